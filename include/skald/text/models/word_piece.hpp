// WordPiece: words from their longest known parts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/models/piece_trie.hpp"
#include "skald/text/models/spelling.hpp"
#include "skald/text/models/token_model.hpp"
#include "skald/text/models/vocabulary.hpp"
#include "skald/text/models/word_cache.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {

/// Again and again the longest token that the rest of the word begins with; all but the first are looked up with
/// continuing_subword_prefix in front. A word with a rest that no token begins, or with more than
/// max_input_chars_per_word characters, is unk_token as a whole.
/// Cost: O(length of the longest token) for a byte of text, O(1) for a word that was there before in the same call.
class WordPiece {
 public:
  static constexpr std::string_view type = "WordPiece";
  static constexpr std::string_view untyped_key = "max_input_chars_per_word";

  struct Scratch {
    detail::WordCache cache;
    detail::Spelling spelling;
    std::vector<Token> tokens;
  };

  void read(JsonFields& fields) {
    unk_token_ = fields.string("unk_token");
    const std::string prefix = fields.string("continuing_subword_prefix");
    const auto longest = fields.find("max_input_chars_per_word");
    if (longest && longest->integer().value_or(-1) >= 0) longest_word_ = std::size_t(*longest->integer());
    else fields.fail(fields.place("max_input_chars_per_word"), "an integer of at least 0", longest);
    vocabulary_.read(fields, "vocab");
    if (fields.failed()) return;
    vocabulary_.each([this](std::string_view token, token_id id) { trie_.insert(token, id); });
    if (!prefix.empty()) continuation_ = trie_.walk(prefix);
    marks_subwords_ = !prefix.empty();
    can_continue_ = prefix.empty() || continuation_ != detail::PieceTrie::root;
  }

  /// Errors (malformed): a word that needs unk_token, and that is not in the vocabulary.
  Fault tokenize(ModelInput piece, Scratch& scratch, std::vector<Token>& tokens) const {
    const detail::WordKey key(piece.text, piece.byte_level);
    if (key.fits() && scratch.cache.find(key, tokens)) return {};
    scratch.tokens.clear();
    const std::string_view text = scratch.spelling.text(piece);
    if (is_too_long(text) || !split(text, scratch.tokens)) {
      const std::optional<token_id> unk = vocabulary_.find(unk_token_);
      if (!unk) return fault(FaultCode::malformed, "model.unk_token is not in the vocabulary");
      scratch.tokens.assign(1, {*unk, std::uint32_t(text.size())});
    }
    scratch.spelling.count_bytes(piece, scratch.tokens, 0);
    if (key.fits()) scratch.cache.insert(key, scratch.tokens);
    for (const Token& token : scratch.tokens) tokens.push_back(token);
    return {};
  }

  std::optional<token_id> token_to_id(std::string_view text) const { return vocabulary_.find(text); }
  std::optional<std::string_view> id_to_token(token_id id) const { return vocabulary_.token(id); }
  std::size_t vocab_size() const { return vocabulary_.size(); }
  bool marks_subwords() const { return marks_subwords_; }

 private:
  bool is_too_long(std::string_view text) const {
    if (text.size() <= longest_word_) return false;
    std::size_t characters = 0;
    for (const char byte : text) characters += !detail::is_continuation(byte);
    return characters > longest_word_;
  }

  /// False if some part is unknown.
  bool split(std::string_view text, std::vector<Token>& tokens) const {
    for (std::size_t at = 0; at < text.size();) {
      if (at > 0 && !can_continue_) return false;
      std::uint32_t node = at == 0 ? detail::PieceTrie::root : continuation_;
      Token longest{-1, 0};
      for (std::size_t end = at; end < text.size();) {
        const detail::PieceTrie::Step& step = trie_.step(node, text[end]);
        if (step.node == detail::PieceTrie::root) break;
        node = step.node;
        ++end;
        if (step.token >= 0) longest = {step.token, std::uint32_t(end - at)};
      }
      if (longest.size == 0) return false;
      tokens.push_back(longest);
      at += longest.size;
    }
    return true;
  }

  Vocabulary vocabulary_;
  detail::PieceTrie trie_;
  std::string unk_token_;
  std::size_t longest_word_ = 0;
  std::uint32_t continuation_ = detail::PieceTrie::root;  // the trie's node behind the prefix
  bool can_continue_ = false, marks_subwords_ = false;
};

}  // namespace skald
