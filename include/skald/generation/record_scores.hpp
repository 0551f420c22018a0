// Links of a chain that change nothing and remember what they see.
#pragma once
#include <utility>
#include <vector>

#include "skald/generation/scored_output.hpp"
#include "skald/logits/row.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Copies each row to its step and place; null: does nothing. A step that is run again is written again.
struct RecordRows {
  using LogitsLink = void;
  StepScores* to;

  void operator()(LogitsRow& row, const RowContext& c) const {
    if (!to) return;
    const std::size_t step = c.ids.size() - std::size_t(c.prompt_length), at = std::size_t(c.row);
    if (to->size() <= step) to->resize(step + 1);
    auto& rows = (*to)[step];
    if (rows.size() <= at) rows.resize(at + 1);
    rows[at].assign(std::size_t(row.vocab()), -infinity);
    row.for_each([&](float x, token_id t) { rows[at][std::size_t(t)] = x; });
  }
};

/// The last row of each sequence, until its token is chosen.
struct LogProbStore {
  std::int32_t top = 0;
  std::vector<std::vector<float>> last{};
  std::vector<std::vector<TokenLogProbs>> found{};
};

/// Hears of the token that was chosen from a row; null: does nothing.
struct RecordLogProbs {
  using LogitsLink = void;
  struct State {
    std::size_t row = 0, step = 0;
  };
  LogProbStore* to;

  State start(const RowContext& c) const { return {std::size_t(c.row), 0}; }
  void operator()(LogitsRow& row, const RowContext& c, State& s) const {
    if (!to) return;
    s = {std::size_t(c.row), c.ids.size() - std::size_t(c.prompt_length)};
    if (to->last.size() <= s.row) to->last.resize(s.row + 1), to->found.resize(s.row + 1);
    to->last[s.row].assign(row.values().begin(), row.values().end());
  }
  void accept(token_id token, State& s) const {
    if (!to) return;
    auto& found = to->found[s.row];
    found.resize(s.step);  // a step that is run again is written again
    found.push_back(log_probs_of(to->last[s.row], token, to->top));
  }
};

}  // namespace detail
}  // namespace skald
