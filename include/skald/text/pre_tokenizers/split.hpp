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

  void read(JsonFields& fields) {
    behavior = read_split_behavior(fields, "behavior");
    invert = fields.boolean("invert");
    pattern.read(fields, "pattern");
  }

  Result<void> operator()(PreTokenized& text) const {
    if (pattern.known() && behavior == SplitBehavior::isolated) {
      text.split([known = pattern.known()](std::string_view piece, PieceCutter& cutter) {
        for (std::size_t at = 0; at < piece.size();) {
          const ByteRange match = known->find(piece, at);
          cutter.emit(at, match.begin);
          cutter.emit(match.begin, match.end);
          at = match.end;
        }
      });
      return {};
    }
    Pattern::Finder finder(pattern);
    text.split([&](std::string_view piece, PieceCutter& cutter) {
      detail::SplitJoiner joiner(behavior, invert, cutter);
      finder.start(piece);
      while (const auto match = finder.next()) joiner.match(match->begin, match->end);
      joiner.finish(piece.size());
    });
    return finder.result();
  }
};

}  // namespace skald
