// What a token model is: pieces of text in, tokens out.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "skald/core/fault.hpp"
#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// A token and how many bytes of the piece it covers; the tokens of a piece lie one behind the other. A size of 0 says
/// that it covers the same bytes as the token before it.
struct Token {
  token_id id = 0;
  std::uint32_t size = 0;

  friend constexpr bool operator==(const Token&, const Token&) = default;
};

/// A piece, and whether each of its bytes stands for its byte-level character (byte_level.hpp) or its characters for
/// themselves. Sizes of tokens count bytes of `text` either way.
struct ModelInput {
  std::string_view text;
  bool byte_level = false;
};

/// Turns pieces into tokens.
///
/// | expression | meaning |
/// | --- | --- |
/// | `typename M::Scratch` | what a call works in and leaves for the next; default constructible; one thread a time |
/// | `m.tokenize(input, scratch, tokens)` | Fault; appends the tokens of a ModelInput to a std::vector<Token> |
/// | `m.token_to_id(text)` | std::optional<token_id> |
/// | `m.id_to_token(id)` | std::optional<std::string_view>, valid while m lives |
/// | `m.vocab_size()` | std::size_t; how many tokens it has |
/// | `m.token_of_any_text()` (optional) | std::optional<token_id>; Encoding::tokens() shows the text that it covers |
/// | `m.keeps_spaces()` (optional) | bool; decoding gives back the spaces that there were, none are to be cleaned up |
/// | `m.marks_subwords()` (optional) | bool; tokens inside a word are written with a prefix, as "##ing" |
///
/// Immutable: called from many threads at once.
template <class M>
concept TokenModel = requires(const M& m, ModelInput input, typename M::Scratch& scratch, std::vector<Token>& tokens,
                              std::string_view text, token_id id) {
  requires std::default_initializable<typename M::Scratch>;
  { m.tokenize(input, scratch, tokens) } -> std::same_as<Fault>;
  { m.token_to_id(text) } -> std::same_as<std::optional<token_id>>;
  { m.id_to_token(id) } -> std::same_as<std::optional<std::string_view>>;
  { m.vocab_size() } -> std::convertible_to<std::size_t>;
};

namespace detail {

template <class M>
std::optional<token_id> token_of_any_text(const M& model) {
  if constexpr (requires { model.token_of_any_text(); }) return model.token_of_any_text();
  else return std::nullopt;
}

template <class M>
bool keeps_spaces(const M& model) {
  if constexpr (requires { model.keeps_spaces(); }) return model.keeps_spaces();
  else return false;
}

template <class M>
bool marks_subwords(const M& model) {
  if constexpr (requires { model.marks_subwords(); }) return model.marks_subwords();
  else return false;
}

}  // namespace detail
}  // namespace skald
