// The token model of a tokenizer.json. A new kind is one file beside this one and one line in AnyTokenModel's list.
#pragma once
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/models/bpe.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

template <class List>
struct ScratchesOf;
template <class... Ms>
struct ScratchesOf<TypeList<Ms...>> {
  using type = std::variant<typename Ms::Scratch...>;
};

}  // namespace detail

class AnyTokenModel : public OneComponentOf<AnyTokenModel,
                                   Bpe> {
 public:
  using OneComponentOf::OneComponentOf;

  struct Scratch {
    detail::ScratchesOf<Components>::type scratch;
  };

  Fault tokenize(ModelInput piece, Scratch& scratch, std::vector<Token>& tokens) const {
    return visit([&]<class M>(const M& model) {
      if (!std::holds_alternative<typename M::Scratch>(scratch.scratch)) {
        scratch.scratch.template emplace<typename M::Scratch>();
      }
      return model.tokenize(piece, *std::get_if<typename M::Scratch>(&scratch.scratch), tokens);
    });
  }

  std::optional<token_id> token_to_id(std::string_view text) const {
    return visit([&](const auto& model) { return model.token_to_id(text); });
  }
  std::optional<std::string_view> id_to_token(token_id id) const {
    return visit([&](const auto& model) { return model.id_to_token(id); });
  }
  std::size_t vocab_size() const {
    return visit([](const auto& model) { return model.vocab_size(); });
  }
};

static_assert(TokenModel<AnyTokenModel>);

}  // namespace skald
