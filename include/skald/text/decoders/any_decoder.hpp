// The decoder of a tokenizer.json. A new kind is one file beside this one and one line in AnyDecoder's list.
#pragma once
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/decoders/byte_fallback.hpp"
#include "skald/text/decoders/byte_level.hpp"
#include "skald/text/decoders/fuse.hpp"
#include "skald/text/decoders/replace.hpp"
#include "skald/text/decoders/strip.hpp"

namespace skald::inline SKALD_ABI {

class AnyDecoder;
struct AnyDecoderState;

/// Each works on the strings of the one before.
struct DecoderSequence {
  static constexpr std::string_view type = "Sequence";

  std::vector<AnyDecoder> decoders;

  struct State {
    std::vector<AnyDecoderState> states;
  };

  static Result<DecoderSequence> from_json(JsonFields& fields);
  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const;
};

/// No decoder in the file: JoinDecoder.
struct AbsentDecoder : JoinDecoder {
  static constexpr std::string_view type = "";

  static Result<AbsentDecoder> from_json(JsonFields& fields) { return fields.finish(AbsentDecoder{}); }
};

class AnyDecoder : public OneComponentOf<AnyDecoder,
                                AbsentDecoder,
                                ByteFallbackDecoder,
                                ByteLevelDecoder,
                                DecoderSequence,
                                FuseDecoder,
                                ReplaceDecoder,
                                StripDecoder> {
 public:
  using OneComponentOf::OneComponentOf;
  using State = AnyDecoderState;

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const;
};

namespace detail {

template <class List>
struct StatesOf;
template <class... Ds>
struct StatesOf<TypeList<Ds...>> {
  using type = std::variant<typename Ds::State...>;
};

}  // namespace detail

struct AnyDecoderState {
  detail::StatesOf<AnyDecoder::Components>::type state;
};

inline Result<void> AnyDecoder::operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
  return visit([&]<class D>(const D& decoder) {
    if (!std::holds_alternative<typename D::State>(state.state)) state.state.template emplace<typename D::State>();
    return decoder(*std::get_if<typename D::State>(&state.state), pieces, last);
  });
}

inline Result<DecoderSequence> DecoderSequence::from_json(JsonFields& fields) {
  Result<std::vector<AnyDecoder>> parts = parts_from_json<AnyDecoder>(fields, "decoders");
  if (!parts) return std::move(parts).error();
  return DecoderSequence{*std::move(parts)};
}

inline Result<void> DecoderSequence::operator()(State& state, std::vector<DecodedPiece>& pieces, bool last) const {
  state.states.resize(decoders.size());
  for (std::size_t i = 0; i < decoders.size(); ++i) {
    if (Result<void> done = decoders[i](state.states[i], pieces, last); !done) return done;
  }
  return {};
}

static_assert(Decoder<AnyDecoder>);

}  // namespace skald
