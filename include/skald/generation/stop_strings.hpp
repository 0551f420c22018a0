// Ends a sequence when its text contains a given string.
#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/generation/stopping.hpp"

namespace skald::inline SKALD_ABI {

/// transformers' rule: the string must end inside, or at the end of, the last token; it may begin in any earlier one,
/// the prompt's included. Nothing is cut off the sequence. Bytes are compared, so a string may end in the middle of a
/// code point's tokens. `piece(token)` gives a token's bytes as decoding in the middle of a text would. Cost: the last
/// max(strings) tokens' bytes, searched once a string.
class StopStrings {
 public:
  using Piece = std::function<std::string(token_id)>;

  StopStrings(std::vector<std::string> strings, Piece piece) : strings_(std::move(strings)), piece_(std::move(piece)) {
    std::erase(strings_, std::string());
    for (const std::string& s : strings_) longest_ = std::max(longest_, s.size());
  }

  FinishReason operator()(const RowContext& c) const {
    if (strings_.empty() || c.ids.empty()) return FinishReason::none;
    // A token adds a byte or more, but for empty ones: so many tokens always hold the longest string.
    const std::size_t tokens = std::min(c.ids.size(), longest_);
    std::string text;
    std::size_t before_last = 0;
    for (token_id t : c.ids.last(tokens)) {
      before_last = text.size();
      text += piece_(t);
    }
    for (const std::string& s : strings_)
      for (std::size_t at = text.find(s); at != std::string::npos; at = text.find(s, at + 1))
        if (at + s.size() > before_last) return FinishReason::stop;
    return FinishReason::none;
  }

 private:
  std::vector<std::string> strings_;
  Piece piece_;
  std::size_t longest_ = 0;
};

static_assert(StoppingCriterion<StopStrings>);

}  // namespace skald
