// The token model of a tokenizer.json. A new kind is one file beside this one and one line in AnyTokenModel's list.
#pragma once
#include <any>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/models/bpe.hpp"
#include "skald/text/models/unigram.hpp"
#include "skald/text/models/word_level.hpp"
#include "skald/text/models/word_piece.hpp"

namespace skald::inline SKALD_ABI {

/// Any token model, a user's own too; an empty one has no tokens.
class AnyTokenModel : public AnyComponent<AnyTokenModel> {
 public:
  // Files without "type" mean the first that their members fit.
  using Components = TypeList<Bpe, WordPiece, WordLevel, Unigram>;
  using Scratch = std::any;  // the component's

  AnyTokenModel() = default;
  template <class M>
    requires(!std::is_same_v<M, AnyTokenModel> && TokenModel<M>)
  AnyTokenModel(M model) : AnyComponent(new Holder<M>(std::move(model))) {}

  Fault tokenize(ModelInput input, Scratch& scratch, std::vector<Token>& tokens) const {
    return *this ? hidden().tokenize(input, scratch, tokens) : Fault();
  }
  std::optional<token_id> token_to_id(std::string_view text) const {
    return *this ? hidden().token_to_id(text) : std::nullopt;
  }
  std::optional<std::string_view> id_to_token(token_id id) const {
    return *this ? hidden().id_to_token(id) : std::nullopt;
  }
  std::size_t vocab_size() const { return *this ? hidden().vocab_size() : 0; }
  std::optional<token_id> token_of_any_text() const {
    return *this ? hidden().token_of_any_text() : std::nullopt;
  }
  bool keeps_spaces() const { return *this && hidden().keeps_spaces(); }
  bool marks_subwords() const { return *this && hidden().marks_subwords(); }

 private:
  friend AnyComponent;

  struct Interface : detail::HiddenComponent {
    virtual Fault tokenize(ModelInput input, Scratch& scratch, std::vector<Token>& tokens) const = 0;
    virtual std::optional<token_id> token_to_id(std::string_view text) const = 0;
    virtual std::optional<std::string_view> id_to_token(token_id id) const = 0;
    virtual std::size_t vocab_size() const = 0;
    virtual std::optional<token_id> token_of_any_text() const = 0;
    virtual bool keeps_spaces() const = 0;
    virtual bool marks_subwords() const = 0;
  };
  template <class M>
  struct Holder final : Interface {
    Holder() = default;
    explicit Holder(M model) : component(std::move(model)) {}
    Fault tokenize(ModelInput input, Scratch& scratch, std::vector<Token>& tokens) const override {
      return component.tokenize(input, detail::value_in<typename M::Scratch>(scratch), tokens);
    }
    std::optional<token_id> token_to_id(std::string_view text) const override { return component.token_to_id(text); }
    std::optional<std::string_view> id_to_token(token_id id) const override { return component.id_to_token(id); }
    std::size_t vocab_size() const override { return component.vocab_size(); }
    std::optional<token_id> token_of_any_text() const override { return detail::token_of_any_text(component); }
    bool keeps_spaces() const override { return detail::keeps_spaces(component); }
    bool marks_subwords() const override { return detail::marks_subwords(component); }

    M component;
  };
};

static_assert(TokenModel<AnyTokenModel>);

}  // namespace skald
