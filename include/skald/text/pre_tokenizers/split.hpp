// Cuts where a pattern of the file says.
#pragma once
#include <string_view>
#include <utility>

#include "skald/text/pattern.hpp"
#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"

namespace skald::inline SKALD_ABI {

/// `invert` takes what lies between matches for the matches. Errors: a Regex that needs too many steps.
struct SplitPreTokenizer {
  static constexpr std::string_view type = "Split";

  Pattern pattern;
  SplitBehavior behavior = SplitBehavior::isolated;
  bool invert = false;

  static Result<SplitPreTokenizer> from_json(JsonFields& fields) {
    const SplitBehavior behavior = split_behavior_from_json(fields, "behavior");
    const bool invert = fields.boolean("invert");
    const auto json = fields.object("pattern");
    if (fields.failed()) return fields.finish(SplitPreTokenizer{});
    Result<Pattern> pattern = Pattern::from_json(*json, fields.place("pattern"));
    if (!pattern) return std::move(pattern).error();
    return SplitPreTokenizer{*std::move(pattern), behavior, invert};
  }

  Result<void> operator()(PreTokenized& text) const {
    Pattern::Finder finder(pattern);
    text.split([&](std::string_view piece, auto emit) {
      detail::SplitJoiner joiner(behavior, invert, emit);
      finder.start(piece);
      while (const auto match = finder.next()) joiner.match(match->begin, match->end);
      joiner.finish(piece.size());
    });
    return finder.result();
  }
};

}  // namespace skald
