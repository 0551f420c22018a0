// What a decoder is. One form serves whole texts and streams, so that both give the same.
#pragma once
#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"

namespace skald::inline SKALD_ABI {

/// A token string on its way to text, or a part of one: the string goes on in the next piece unless `ends`.
/// Always valid UTF-8, cut between characters.
struct DecodedPiece {
  std::string text;
  bool ends = true;
};

/// Turns token strings into other strings; the text is what the last decoder's strings give one behind the other.
///
/// | expression | meaning |
/// | --- | --- |
/// | `typename D::State` | what must be remembered from one token to the next; default constructible, copyable |
/// | `d(state, pieces, last)` | Result<void>; replaces the std::vector<DecodedPiece> by what can be said by now |
///
/// `last` says that no more will come and that all must be said.
///
/// What comes out in the end may not depend on how the pieces were handed over. Called from many threads at once, each
/// with a State of its own.
template <class D>
concept Decoder = requires(const D& d, typename D::State& state, std::vector<DecodedPiece>& pieces, bool last) {
  requires std::copyable<typename D::State>;
  requires std::default_initializable<typename D::State>;
  { d(state, pieces, last) } -> std::same_as<Result<void>>;
};

namespace detail {

/// Joins the parts of strings that come in parts, for decoders that must see a string as a whole.
class WholeStrings {
 public:
  /// Calls f(std::string&) for each string that has come to its end.
  template <class F>
  void each(const std::vector<DecodedPiece>& pieces, bool last, F f) {
    for (const DecodedPiece& piece : pieces) {
      held_ += piece.text;
      open_ = !piece.ends;
      if (open_) continue;
      f(held_);
      held_.clear();
    }
    if (last && open_) f(held_);
  }

 private:
  std::string held_;
  bool open_ = false;
};

}  // namespace detail

/// What happens without a decoder: tokens with spaces between them.
struct JoinDecoder {
  struct State {
    bool first = true;
  };

  Result<void> operator()(State& state, std::vector<DecodedPiece>& pieces, bool) const {
    for (DecodedPiece& piece : pieces) {
      if (!state.first) piece.text.insert(0, 1, ' ');
      state.first = false;
    }
    return {};
  }
};

}  // namespace skald
