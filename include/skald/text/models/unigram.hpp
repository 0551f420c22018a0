// Unigram: the most probable way to cut a text into tokens.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "skald/text/models/byte_tokens.hpp"
#include "skald/text/models/piece_trie.hpp"
#include "skald/text/models/spelling.hpp"
#include "skald/text/models/token_model.hpp"
#include "skald/text/models/vocabulary.hpp"
#include "skald/text/models/word_cache.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {

/// Tokens have log probabilities, and the cut with the greatest sum is taken (Kudo 2018, arXiv:1804.10959): from left
/// to right, best[end] = max over tokens text[begin, end) of best[begin] + score. Of equal sums the one counts whose
/// last token begins first. A character that is no token may stand as unknown for the lowest score less 10; unknown
/// characters side by side are one: byte tokens (byte_fallback), or the token unk_id.
/// Cost: O(length of the longest token) for a byte of text, O(1) for a word that was there before in the same call;
/// 16 bytes of memory for a byte of the piece.
class Unigram {
 public:
  static constexpr std::string_view type = "Unigram";
  static constexpr std::string_view untyped_key = "vocab";

  struct Scratch {
    /// The best way to get to one place of the text.
    struct Node {
      double score;
      std::uint32_t begin;  // where its last token begins
      token_id token;
    };

    detail::WordCache cache;
    detail::Spelling spelling;
    std::vector<Node> nodes;
    std::vector<std::uint32_t> ends;  // of the tokens, from right to left
    std::vector<Token> tokens;
  };

  void read(JsonFields& fields) {
    byte_fallback_ = fields.boolean("byte_fallback", false);
    if (fields.find("unk_id")) unk_ = fields.integer("unk_id");
    for (const std::string_view sampling : {"alpha", "nbest_size"}) {
      if (!fields.find(sampling)) continue;
      fields.fail(FaultCode::unsupported, fields.place(sampling) + ": encoding is deterministic, expected null");
    }
    const std::optional<Json> vocab = fields.array("vocab");
    if (fields.failed()) return;
    if (vocab->size() == 0) fields.fail(fields.place("vocab"), "at least one token", vocab);
    if (unk_ >= 0 && std::size_t(unk_) >= vocab->size()) {
      fields.fail(fields.place("unk_id"), "an id of the vocabulary", fields.find("unk_id"));
    }
    vocabulary_.reserve(vocab->size());
    for (std::size_t i = 0; i < vocab->size() && !fields.failed(); ++i) {
      const Json piece = (*vocab)[i];
      if (piece.is_array() && piece.size() == 2 && piece[0].is_string() && piece[1].is_number()) {
        add(*piece[0].string(), *piece[1].number());
      } else {
        fields.fail(fields.place("vocab", i), "a token and its score", piece);
      }
    }
    if (byte_fallback_) byte_tokens_.index(vocabulary_);
  }

  /// Errors (malformed): a character that needs unk_id, and there is none.
  Fault tokenize(ModelInput piece, Scratch& scratch, std::vector<Token>& tokens) const {
    const detail::WordKey key(piece.text, piece.byte_level);
    if (key.fits() && scratch.cache.find(key, tokens)) return {};
    const std::string_view text = scratch.spelling.text(piece);
    if (const Fault f = find_best(text, scratch)) return f;
    scratch.tokens.clear();
    append_best(text, scratch);
    scratch.spelling.count_bytes(piece, scratch.tokens, 0);
    if (key.fits()) scratch.cache.insert(key, scratch.tokens);
    for (const Token& token : scratch.tokens) tokens.push_back(token);
    return {};
  }

  std::optional<token_id> token_to_id(std::string_view text) const { return vocabulary_.find(text); }
  std::optional<std::string_view> id_to_token(token_id id) const {
    if (id < 0 || std::size_t(id) >= pieces_.size()) return std::nullopt;
    return vocabulary_.text(pieces_[std::size_t(id)]);
  }
  std::size_t vocab_size() const { return pieces_.size(); }

  /// The token whose string in an encoding is the text that it covers.
  std::optional<token_id> token_of_any_text() const {
    return unk_ < 0 ? std::nullopt : std::optional<token_id>(unk_);
  }

 private:
  static constexpr token_id none = -1;

  /// The token of the next id. Of a string that is there twice the last id counts.
  void add(std::string_view text, double score) {
    const auto id = token_id(pieces_.size());
    pieces_.push_back(vocabulary_.insert(text, id));
    scores_.push_back(score);
    unk_score_ = id == 0 ? score - 10 : std::min(unk_score_, score - 10);
    trie_.insert(text, id);
  }

  Fault find_best(std::string_view text, Scratch& scratch) const {
    std::vector<Scratch::Node>& nodes = scratch.nodes;
    constexpr std::uint32_t unreached = UINT32_MAX;
    nodes.assign(text.size() + 1, {0, unreached, none});
    for (std::size_t at = 0; at < text.size();) {
      const auto improve = [&, before = nodes[at].score](std::size_t end, double score, token_id token) {
        Scratch::Node& node = nodes[end];
        if (node.begin == unreached || before + score > node.score) node = {before + score, std::uint32_t(at), token};
      };
      const auto next = at + std::size_t(detail::decode_utf8(text.data() + at).size);
      bool is_token = false;  // the character alone
      std::uint32_t trie_node = detail::PieceTrie::root;
      for (std::size_t end = at; end < text.size();) {
        const detail::PieceTrie::Step& step = trie_.step(trie_node, text[end]);
        if (step.node == detail::PieceTrie::root) break;
        trie_node = step.node;
        ++end;
        if (step.token == none) continue;
        improve(end, scores_[std::size_t(step.token)], step.token);
        is_token |= end == next;
      }
      if (!is_token) {
        improve(next, unk_score_, unk_);
        if (nodes[next].begin == at && unk_ == none) {
          return fault(FaultCode::malformed, "a character is no token, and the model has no unk_id");
        }
      }
      at = next;
    }
    return {};
  }

  void append_best(std::string_view text, Scratch& scratch) const {
    const std::vector<Scratch::Node>& nodes = scratch.nodes;
    std::vector<std::uint32_t>& ends = scratch.ends;
    ends.clear();
    for (auto end = std::uint32_t(text.size()); end > 0; end = nodes[end].begin) ends.push_back(end);
    std::uint32_t begin = 0;
    for (std::size_t i = ends.size(); i-- > 0;) {
      std::uint32_t end = ends[i];
      const token_id token = nodes[end].token;
      if (token != unk_) {
        scratch.tokens.push_back({token, end - begin});
      } else {
        while (i > 0 && nodes[ends[i - 1]].token == unk_) end = ends[--i];
        append_unknown(text.substr(begin, end - begin), scratch.tokens);
      }
      begin = end;
    }
  }

  void append_unknown(std::string_view text, std::vector<Token>& tokens) const {
    const auto size = std::uint32_t(text.size());
    if (const auto whole = vocabulary_.find(text)) return tokens.push_back({*whole, size});
    if (byte_fallback_ && byte_tokens_.append(text, size, 0, tokens)) return;
    tokens.push_back({unk_, size});
  }

  Vocabulary vocabulary_;
  std::vector<std::uint32_t> pieces_;  // of each id, in the vocabulary
  std::vector<double> scores_;
  detail::PieceTrie trie_;
  detail::ByteTokens byte_tokens_;
  double unk_score_ = 0;
  token_id unk_ = none;
  bool byte_fallback_ = false;
};

}  // namespace skald
