// The pre-tokenizer of a tokenizer.json. A new kind is one file beside this one and one line in AnyPreTokenizer's list.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/pre_tokenizers/byte_level.hpp"
#include "skald/text/pre_tokenizers/digits.hpp"
#include "skald/text/pre_tokenizers/split.hpp"

namespace skald::inline SKALD_ABI {

class AnyPreTokenizer;

/// Each cuts the pieces of the one before; none: the text stays in one piece.
struct PreTokenizerSequence {
  static constexpr std::string_view type = "Sequence";

  std::vector<AnyPreTokenizer> pretokenizers;

  static Result<PreTokenizerSequence> from_json(JsonFields& fields);
  Result<void> operator()(PreTokenized& text) const;
};

class AnyPreTokenizer : public OneComponentOf<AnyPreTokenizer,
                                     PreTokenizerSequence,
                                     ByteLevelPreTokenizer,
                                     DigitsPreTokenizer,
                                     SplitPreTokenizer> {
 public:
  using OneComponentOf::OneComponentOf;

  Result<void> operator()(PreTokenized& text) const {
    return visit([&](const auto& pre_tokenizer) { return pre_tokenizer(text); });
  }
};

inline Result<PreTokenizerSequence> PreTokenizerSequence::from_json(JsonFields& fields) {
  Result<std::vector<AnyPreTokenizer>> parts = parts_from_json<AnyPreTokenizer>(fields, "pretokenizers");
  if (!parts) return std::move(parts).error();
  return PreTokenizerSequence{*std::move(parts)};
}

inline Result<void> PreTokenizerSequence::operator()(PreTokenized& text) const {
  for (const AnyPreTokenizer& pre_tokenizer : pretokenizers) {
    if (Result<void> done = pre_tokenizer(text); !done) return done;
  }
  return {};
}

static_assert(PreTokenizer<AnyPreTokenizer>);

}  // namespace skald
