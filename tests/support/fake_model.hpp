// A model whose logits are a function of the tokens that its cache holds: searches run on it without weights, and a
// mistake in what a cache holds changes the tokens.
#pragma once
#include <functional>
#include <utility>
#include <vector>

#include "skald/backend/reference.hpp"
#include "skald/core/random.hpp"
#include "skald/layers/kv_cache.hpp"
#include "skald/model/special_tokens.hpp"
#include "skald/ops/reference/kernels.hpp"

namespace support {

using skald::Fault;
using skald::token_id;

class FakeModel {
 public:
  using Backend = skald::Reference;
  using Queue = Backend::Queue;
  using Space = Backend::Space;
  using Ptr = float*;
  /// ids -> the scores of the next token.
  using Rule = std::function<void(std::span<const token_id>, std::span<float>)>;

  explicit FakeModel(std::int32_t vocab = 24, std::vector<token_id> eos = {}, Rule rule = hashed(1))
      : rule_(std::move(rule)) {
    spec_.vocab_size = vocab;
    spec_.max_positions = 100;
    spec_.hidden_size = 1;
    spec_.decoder.layers = 1;
    spec_.decoder.kinds[0].attention.heads = spec_.decoder.kinds[0].attention.kv_heads = 1;
    spec_.decoder.kinds[0].attention.head_dim = 1;
    for (token_id e : eos) special_.eos.push_back(e);
  }

  /// Scores in [-4, 4), unlike for every sequence of tokens.
  static Rule hashed(std::uint64_t seed) {
    return [seed](std::span<const token_id> ids, std::span<float> scores) {
      std::uint64_t h = seed;
      for (token_id t : ids) h = (h ^ std::uint64_t(t + 1)) * 0x9E3779B97F4A7C15u, h ^= h >> 29;
      for (std::size_t v = 0; v < scores.size(); ++v)
        scores[v] = 8 * skald::random_uniform({h, 0, std::uint32_t(v)}) - 4;
    };
  }
  /// The same with `more` added to some tokens.
  static Rule hashed_with(std::uint64_t seed, std::vector<token_id> tokens, float more) {
    return [plain = hashed(seed), tokens, more](std::span<const token_id> ids, std::span<float> scores) {
      plain(ids, scores);
      for (token_id t : tokens) scores[std::size_t(t)] += more;
    };
  }

  std::int32_t vocab_size() const { return spec_.vocab_size; }
  const skald::ModelSpec& spec() const { return spec_; }
  skald::ModelSpec& spec() { return spec_; }
  const Backend& backend() const { return backend_; }
  const skald::SpecialTokens& special_tokens() const { return special_; }

  /// The key of a position is its token; its value checks the position.
  template <class Cache>
  Fault forward(Queue& q, const skald::StepBatch& batch, Cache& cache, float* logits) const {
    ++forwards;
    tokens_fed += std::int64_t(batch.tokens.size());
    if (q.cancelled()) return skald::fault(skald::FaultCode::cancelled, "fake: cancelled");
    for (std::size_t r = 0; r < batch.rows.size(); ++r) {
      const skald::Row& row = batch.rows[r];
      if (row.past != cache.length(row.sequence)) return undo(batch, cache, r, skald::FaultCode::mismatch);
      if (Fault f = cache.extend(row.sequence, row.count)) return undo(batch, cache, r, f.code);
      const auto view = cache.view(0, row.sequence);
      for (std::int32_t t = 0; t < row.count; ++t) {
        *view.key(row.past + t) = float(batch.tokens[std::size_t(row.first + t)]);
        *view.value(row.past + t) = float(batch.positions[std::size_t(row.first + t)]);
      }
    }
    if (within) within();
    if (q.cancelled()) return undo(batch, cache, batch.rows.size(), skald::FaultCode::cancelled);
    for (const std::int32_t at : batch.logits_at) {
      const skald::Row* row = batch.rows.data();
      while (at >= row->first + row->count) ++row;
      const auto view = cache.view(0, row->sequence);
      std::vector<token_id> ids;
      for (std::int32_t p = 0; p <= row->past + at - row->first; ++p) {
        if (*view.value(p) != float(p)) return undo(batch, cache, batch.rows.size(), skald::FaultCode::out_of_range);
        ids.push_back(token_id(*view.key(p)));
      }
      rule_(ids, {logits, std::size_t(vocab_size())});
      logits += vocab_size();
    }
    return {};
  }

  // What tests look at and set; a model that is really used holds nothing of the kind.
  mutable std::int64_t forwards = 0, tokens_fed = 0;
  std::function<void()> within;  ///< called in the middle of each forward

 private:
  template <class Cache>
  static Fault undo(const skald::StepBatch& batch, Cache& cache, std::size_t rows, skald::FaultCode code) {
    for (std::size_t r = 0; r < rows; ++r) cache.rewind(batch.rows[r].sequence, batch.rows[r].past);
    return skald::fault(code, "fake: not done");
  }

  Rule rule_;
  skald::ModelSpec spec_;
  Backend backend_;
  skald::SpecialTokens special_;
};

}  // namespace support
