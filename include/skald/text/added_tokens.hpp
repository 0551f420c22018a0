// Tokens that are found in the text itself, before any model sees it: special tokens and those added later.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "skald/core/types.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/unicode/code_point_range.hpp"
#include "skald/text/unicode/words.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {

/// An entry of "added_tokens".
struct AddedToken {
  token_id id = -1;
  std::string content;
  bool single_word = false;  ///< not between word characters
  bool lstrip = false;       ///< takes the white space on its left
  bool rstrip = false;       ///< and on its right
  bool normalized = false;   ///< looked for in the normalised text, by its normalised content
  bool special = false;      ///< decode may skip it

  /// Members that `flags_required` asks for must all be there, as in tokenizer.json.
  static AddedToken from_json(JsonFields& fields, bool flags_required) {
    const std::optional<bool> otherwise = flags_required ? std::nullopt : std::optional<bool>(false);
    AddedToken token;
    token.content = fields.string("content");
    token.single_word = fields.boolean("single_word", otherwise);
    token.lstrip = fields.boolean("lstrip", otherwise);
    token.rstrip = fields.boolean("rstrip", otherwise);
    token.special = fields.boolean("special", otherwise);
    token.normalized = fields.boolean("normalized", flags_required ? otherwise : !token.special);
    return token;
  }
};

namespace detail {

/// Many strings looked for at once: leftmost first, then longest.
class TokenTrie {
 public:
  /// The first string that is inserted twice wins.
  void insert(std::string_view text, std::uint32_t token) {
    if (text.empty()) return;
    std::uint32_t node = 0;
    for (const char byte : text) {
      const std::uint32_t next = child(node, byte);
      if (next == 0) {
        nodes_[node].edges.push_back({byte, std::uint32_t(nodes_.size())});
        node = std::uint32_t(nodes_.size());
        nodes_.emplace_back();
      } else {
        node = next;
      }
    }
    if (nodes_[node].token == nobody) nodes_[node].token = token;
    auto& first = first_[static_cast<unsigned char>(text[0])];
    if (first == 0) first_bytes_.push_back(text[0]);
    first = child(0, text[0]);
  }

  struct Match {
    std::size_t begin, end;
    std::uint32_t token;
  };

  std::optional<Match> find(std::string_view text, std::size_t from) const {
    if (first_bytes_.empty()) return std::nullopt;
    for (std::size_t begin = from; begin < text.size(); ++begin) {
      if (first_bytes_.size() == 1) {  // often all begin with '<'
        const void* const next = std::memchr(text.data() + begin, first_bytes_[0], text.size() - begin);
        if (next == nullptr) break;
        begin = std::size_t(static_cast<const char*>(next) - text.data());
      }
      std::uint32_t node = first_[static_cast<unsigned char>(text[begin])];
      std::optional<Match> longest;
      for (std::size_t end = begin + 1; node != 0; ++end) {
        if (nodes_[node].token != nobody) longest = Match{begin, end, nodes_[node].token};
        if (end == text.size()) break;
        node = child(node, text[end]);
      }
      if (longest) return longest;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::uint32_t nobody = UINT32_MAX;
  struct Edge {
    char byte;
    std::uint32_t node;
  };
  struct Node {
    std::uint32_t token = nobody;
    std::vector<Edge> edges;
  };

  std::uint32_t child(std::uint32_t node, char byte) const {
    for (const Edge& edge : nodes_[node].edges) {
      if (edge.byte == byte) return edge.node;
    }
    return 0;
  }

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<std::uint32_t, 256> first_{};
  std::string first_bytes_;
};

}  // namespace detail

/// All added tokens of a tokenizer. Immutable once made.
class AddedTokens {
 public:
  AddedTokens() = default;

  /// Takes the list in order. A content that the model knows has the model's id; others get the next free ids, whatever
  /// the list says; of a content that is there twice the last flags count. `normalize` turns a content into what it is
  /// in a normalised text: Result<std::string>(std::string_view).
  template <class Model, class Normalize>
  static Result<AddedTokens> make(const std::vector<AddedToken>& list, const Model& model, Normalize normalize) {
    AddedTokens added;
    token_id next = token_id(model.vocab_size());
    for (const AddedToken& token : list) {
      if (token.content.empty()) continue;
      const auto known = model.token_to_id(token.content);
      const auto [place, is_new] = added.by_content_.try_emplace(token.content, std::uint32_t(added.tokens_.size()));
      if (is_new) added.tokens_.emplace_back();
      AddedToken& own = added.tokens_[place->second];
      const token_id id = known ? *known : is_new ? next++ : own.id;
      added.outside_model_ += is_new && !known;
      own = token;
      own.id = id;
    }
    return index(std::move(added), normalize);
  }

  const std::vector<AddedToken>& tokens() const { return tokens_; }
  std::size_t outside_model() const { return outside_model_; }

  const AddedToken* find(std::string_view content) const {
    const auto place = by_content_.find(std::string(content));
    return place == by_content_.end() ? nullptr : &tokens_[place->second];
  }

  /// What a token is written as: its content, in normalised form if it is looked for in that form.
  std::optional<std::string_view> id_to_token(token_id id) const {
    const std::int32_t i = place(id);
    return i < 0 ? std::nullopt : std::optional<std::string_view>(written_[std::size_t(i)]);
  }
  bool is_special(token_id id) const {
    const std::int32_t i = place(id);
    return i >= 0 && skipped_[std::size_t(i)];
  }

  /// Goes through a text: on_text(begin, end) for what lies between matches, on_token(begin, end, id) for matches.
  /// `normalized` says which tokens are looked for, `split_special` leaves special ones unseen.
  template <class OnText, class OnToken>
  void split(std::string_view text, bool normalized, bool split_special, OnText on_text, OnToken on_token) const {
    const detail::TokenTrie& trie = tries_[normalized];
    std::size_t done = 0, from = 0;
    while (const auto match = trie.find(text, from)) {
      from = match->end;
      const AddedToken& token = tokens_[match->token];
      if (split_special && token.special) continue;
      if (token.single_word && touches_word(text, match->begin, match->end)) continue;
      std::size_t begin = match->begin, end = match->end;
      while (token.lstrip && begin > done) {
        const detail::CodePoint c = detail::decode_utf8_before(text.data() + begin);
        if (!detail::is_white_space(c.value)) break;
        begin -= std::size_t(c.size);
      }
      while (token.rstrip && end < text.size()) {
        const detail::CodePoint c = detail::decode_utf8(text.data() + end);
        if (!detail::is_white_space(c.value)) break;
        end += std::size_t(c.size);
      }
      begin = std::max(begin, done);
      if (done < begin) on_text(done, begin);
      on_token(begin, std::max(end, begin), token.id);
      done = std::max(end, begin);
    }
    if (done < text.size()) on_text(done, text.size());
  }

 private:
  template <class Normalize>
  static Result<AddedTokens> index(AddedTokens added, Normalize normalize) {
    for (std::uint32_t i = 0; i < added.tokens_.size(); ++i) {
      const AddedToken& token = added.tokens_[i];
      std::string written = token.content;
      if (token.normalized) {
        Result<std::string> changed = normalize(token.content);
        if (!changed) return std::move(changed).error();
        written = *std::move(changed);
      }
      added.tries_[token.normalized].insert(written, i);
      const AddedToken* const same = added.find(written);
      added.skipped_.push_back(same != nullptr && same->special);
      added.written_.push_back(std::move(written));
      added.places_.push_back({token.id, std::int32_t(i)});
    }
    std::stable_sort(added.places_.begin(), added.places_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    return added;
  }

  std::int32_t place(token_id id) const {
    if (places_.empty() || id < places_.front().first || id > places_.back().first) return -1;
    const auto at = std::lower_bound(places_.begin(), places_.end(), id,
                                     [](const auto& entry, token_id x) { return entry.first < x; });
    return at->first == id ? at->second : -1;
  }

  static bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
    const auto is_word = [](char32_t c) { return detail::contains(detail::word_characters, c); };
    return (begin > 0 && is_word(detail::decode_utf8_before(text.data() + begin).value)) ||
           (end < text.size() && is_word(detail::decode_utf8(text.data() + end).value));
  }

  std::vector<AddedToken> tokens_;
  std::unordered_map<std::string, std::uint32_t> by_content_;
  std::vector<std::string> written_;
  std::vector<bool> skipped_;
  std::vector<std::pair<token_id, std::int32_t>> places_;  // sorted by id
  std::array<detail::TokenTrie, 2> tries_;                 // on the raw and on the normalised text
  std::size_t outside_model_ = 0;
};

}  // namespace skald
