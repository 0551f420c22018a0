// One token a word.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/models/spelling.hpp"
#include "skald/text/models/token_model.hpp"
#include "skald/text/models/vocabulary.hpp"

namespace skald::inline SKALD_ABI {

/// A piece is a token of the vocabulary, or unk_token.
class WordLevel {
 public:
  static constexpr std::string_view type = "WordLevel";
  static constexpr std::string_view untyped_key = "unk_token";

  using Scratch = detail::Spelling;

  void read(JsonFields& fields) {
    unk_token_ = fields.string("unk_token");
    vocabulary_.read(fields, "vocab");
  }

  /// Errors (malformed): a word that needs unk_token, and that is not in the vocabulary.
  Fault tokenize(ModelInput piece, Scratch& scratch, std::vector<Token>& tokens) const {
    if (piece.text.empty()) return {};
    std::optional<token_id> id = vocabulary_.find(scratch.text(piece));
    if (!id) id = vocabulary_.find(unk_token_);
    if (!id) return fault(FaultCode::malformed, "model.unk_token is not in the vocabulary");
    tokens.push_back({*id, std::uint32_t(piece.text.size())});
    return {};
  }

  std::optional<token_id> token_to_id(std::string_view text) const { return vocabulary_.find(text); }
  std::optional<std::string_view> id_to_token(token_id id) const { return vocabulary_.token(id); }
  std::size_t vocab_size() const { return vocabulary_.size(); }

 private:
  Vocabulary vocabulary_;
  std::string unk_token_;
};

}  // namespace skald
