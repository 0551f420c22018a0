// The pre-tokenizer of a tokenizer.json. A new kind is one file beside this one and one line in AnyPreTokenizer's list.
#pragma once
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/pre_tokenizers/bert.hpp"
#include "skald/text/pre_tokenizers/byte_level.hpp"
#include "skald/text/pre_tokenizers/char_delimiter_split.hpp"
#include "skald/text/pre_tokenizers/digits.hpp"
#include "skald/text/pre_tokenizers/fixed_length.hpp"
#include "skald/text/pre_tokenizers/metaspace.hpp"
#include "skald/text/pre_tokenizers/punctuation.hpp"
#include "skald/text/pre_tokenizers/split.hpp"
#include "skald/text/pre_tokenizers/unicode_scripts.hpp"
#include "skald/text/pre_tokenizers/whitespace.hpp"

namespace skald::inline SKALD_ABI {

struct PreTokenizerSequence;

/// Any pre-tokenizer, a user's own too; an empty one leaves the text in one piece.
class AnyPreTokenizer : public AnyComponent<AnyPreTokenizer> {
 public:
  using Components = TypeList<BertPreTokenizer,
                              ByteLevelPreTokenizer,
                              CharDelimiterSplitPreTokenizer,
                              DigitsPreTokenizer,
                              FixedLengthPreTokenizer,
                              MetaspacePreTokenizer,
                              PreTokenizerSequence,
                              PunctuationPreTokenizer,
                              SplitPreTokenizer,
                              UnicodeScriptsPreTokenizer,
                              WhitespacePreTokenizer,
                              WhitespaceSplitPreTokenizer>;

  static constexpr std::string_view parts_key = "pretokenizers";  // of a Sequence

  AnyPreTokenizer() = default;
  template <class P>
    requires(!std::is_same_v<P, AnyPreTokenizer> && PreTokenizer<P>)
  AnyPreTokenizer(P pre_tokenizer) : AnyComponent(new Holder<P>(std::move(pre_tokenizer))) {}

  Result<void> operator()(PreTokenized& text) const { return *this ? hidden()(text) : Result<void>(); }

 private:
  friend AnyComponent;

  struct Interface : detail::HiddenComponent {
    virtual Result<void> operator()(PreTokenized& text) const = 0;
  };
  template <class P>
  struct Holder final : Interface {
    Holder() = default;
    explicit Holder(P pre_tokenizer) : component(std::move(pre_tokenizer)) {}
    Result<void> operator()(PreTokenized& text) const override { return component(text); }

    P component;
  };
};

/// Each cuts the pieces of the one before.
struct PreTokenizerSequence : SequenceOf<AnyPreTokenizer> {
  Result<void> operator()(PreTokenized& text) const {
    for (const AnyPreTokenizer& pre_tokenizer : parts) {
      if (Result<void> done = pre_tokenizer(text); !done) return done;
    }
    return {};
  }
};

static_assert(PreTokenizer<AnyPreTokenizer>);

}  // namespace skald
