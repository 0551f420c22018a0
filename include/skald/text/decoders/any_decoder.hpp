// The decoder of a tokenizer.json. A new kind is one file beside this one and one line in AnyDecoder's list.
#pragma once
#include <any>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/decoders/bpe.hpp"
#include "skald/text/decoders/byte_fallback.hpp"
#include "skald/text/decoders/byte_level.hpp"
#include "skald/text/decoders/ctc.hpp"
#include "skald/text/decoders/fuse.hpp"
#include "skald/text/decoders/metaspace.hpp"
#include "skald/text/decoders/replace.hpp"
#include "skald/text/decoders/strip.hpp"
#include "skald/text/decoders/word_piece.hpp"

namespace skald::inline SKALD_ABI {

struct DecoderSequence;

/// Any decoder, a user's own too; an empty one is JoinDecoder.
class AnyDecoder : public AnyComponent<AnyDecoder> {
 public:
  // Files without "type" mean the first that their members fit.
  using Components = TypeList<BpeDecoder,
                              ByteLevelDecoder,
                              WordPieceDecoder,
                              MetaspaceDecoder,
                              CtcDecoder,
                              DecoderSequence,
                              ReplaceDecoder,
                              FuseDecoder,
                              StripDecoder,
                              ByteFallbackDecoder>;
  using State = std::any;  // the component's

  static constexpr std::string_view parts_key = "decoders";  // of a Sequence

  AnyDecoder() = default;
  template <class D>
    requires(!std::is_same_v<D, AnyDecoder> && Decoder<D>)
  AnyDecoder(D decoder) : AnyComponent(new Holder<D>(std::move(decoder))) {}

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
    return *this ? hidden()(state, pieces, last)
                 : JoinDecoder()(detail::value_in<JoinDecoder::State>(state), pieces, last);
  }

 private:
  friend AnyComponent;

  struct Interface : detail::HiddenComponent {
    virtual Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const = 0;
  };
  template <class D>
  struct Holder final : Interface {
    Holder() = default;
    explicit Holder(D decoder) : component(std::move(decoder)) {}
    Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const override {
      return component(detail::value_in<typename D::State>(state), pieces, last);
    }

    D component;
  };
};

/// Each works on the strings of the one before.
struct DecoderSequence : SequenceOf<AnyDecoder> {
  using State = std::vector<AnyDecoder::State>;

  Result<void> operator()(State& states, std::vector<DecodedPiece>& pieces, bool last) const {
    if (states.size() != parts.size()) states = State(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (Result<void> done = parts[i](states[i], pieces, last); !done) return done;
    }
    return {};
  }
};

static_assert(Decoder<AnyDecoder>);

}  // namespace skald
