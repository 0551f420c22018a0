// Tokens that are found in the text itself, before any model sees it: special tokens and those added later.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/types.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/models/vocabulary.hpp"
#include "skald/text/pre_tokenized.hpp"
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

  /// What a bare string is: special ones are looked for in the raw text.
  static AddedToken from(std::string_view content, bool special) {
    AddedToken token;
    token.content = content;
    token.special = special;
    token.normalized = !special;
    return token;
  }

  /// Whether both are looked for alike. The id does not count.
  friend bool operator==(const AddedToken& a, const AddedToken& b) {
    return a.content == b.content && a.single_word == b.single_word && a.lstrip == b.lstrip && a.rstrip == b.rstrip &&
           a.normalized == b.normalized && a.special == b.special;
  }

  /// Members that `flags_required` asks for must all be there, as in tokenizer.json.
  void read(JsonFields& fields, bool flags_required) {
    const std::optional<bool> otherwise = flags_required ? std::nullopt : std::optional<bool>(false);
    content = fields.string("content");
    single_word = fields.boolean("single_word", otherwise);
    lstrip = fields.boolean("lstrip", otherwise);
    rstrip = fields.boolean("rstrip", otherwise);
    special = fields.boolean("special", otherwise);
    normalized = fields.boolean("normalized", flags_required ? otherwise : !special);
  }
};

namespace detail {

/// Ids and what each belongs to.
using IdPlaces = std::vector<std::pair<token_id, std::uint32_t>>;

/// Places of the same id keep the order of the places.
inline void sort_by_id(IdPlaces& places) {
  std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) {
    return a.first < b.first || (a.first == b.first && a.second < b.second);
  });
}

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
    added.reserve(list.size());
    for (const AddedToken& token : list) added.add(token, model.token_to_id(token.content), model.vocab_size());
    for (const AddedToken& token : added.tokens_) {
      Result<std::string> written = token.normalized ? normalize(token.content) : Result<std::string>(token.content);
      if (!written) return std::move(written).error();
      added.written_.push_back({*std::move(written), false});
    }
    added.index();
    return added;
  }

  const std::vector<AddedToken>& tokens() const { return tokens_; }
  std::size_t outside_model() const { return outside_model_; }

  const AddedToken* find(std::string_view content) const {
    const std::optional<std::int32_t> place = by_content_.find(content);
    return place ? &tokens_[std::size_t(*place)] : nullptr;
  }

  /// What a token is written as: its content, in normalised form if it is looked for in that form.
  std::optional<std::string_view> id_to_token(token_id id) const {
    const std::int32_t i = place(id);
    return i < 0 ? std::nullopt : std::optional<std::string_view>(written_[std::size_t(i)].text);
  }
  bool is_special(token_id id) const {
    const std::int32_t i = place(id);
    return i >= 0 && written_[std::size_t(i)].special;
  }

  /// `pieces` become the matches in a text and what lies between them. `normalized` says which tokens are looked for,
  /// `split_special` leaves special ones unseen. A token whose white space the one before has taken is empty in a raw
  /// text, and not there in a normalized one.
  void split(std::string_view text, bool normalized, bool split_special, std::vector<TextPiece>& pieces) const {
    pieces.clear();
    const auto add = [&](std::size_t begin, std::size_t end, token_id added) {
      if (begin < end || (added >= 0 && !normalized)) {
        pieces.push_back({{std::uint32_t(begin), std::uint32_t(end)}, added});
      }
    };
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
      end = std::max(end, begin);
      add(done, begin, -1);
      add(begin, end, token.id);
      done = end;
    }
    add(done, text.size(), -1);
  }

 private:
  /// What a token is in the text that it is looked for in, and whether decode may skip it.
  struct Written {
    std::string text;
    bool special;
  };

  void reserve(std::size_t tokens) {
    tokens_.reserve(tokens);
    by_content_.reserve(tokens);
  }

  void add(const AddedToken& token, std::optional<token_id> known, std::size_t vocab_size) {
    if (token.content.empty()) return;
    std::optional<std::int32_t> place = by_content_.find(token.content);
    const bool is_new = !place;
    if (is_new) {
      place = std::int32_t(tokens_.size());
      by_content_.insert(token.content, *place);
      tokens_.emplace_back().id = token_id(vocab_size + outside_model_);
      outside_model_ += !known;
    }
    AddedToken& own = tokens_[std::size_t(*place)];
    const token_id id = known.value_or(own.id);
    own = token;
    own.id = id;
  }

  void index() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      tries_[tokens_[i].normalized].insert(written_[i].text, std::uint32_t(i));
      const AddedToken* const same = find(written_[i].text);
      written_[i].special = same != nullptr && same->special;
      places_.push_back({tokens_[i].id, std::uint32_t(i)});
    }
    detail::sort_by_id(places_);
  }

  std::int32_t place(token_id id) const {
    if (places_.empty() || id < places_.front().first || id > places_.back().first) return -1;
    const auto at = std::lower_bound(places_.begin(), places_.end(), id,
                                     [](const auto& entry, token_id x) { return entry.first < x; });
    return at->first == id ? std::int32_t(at->second) : -1;
  }

  static bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
    const auto is_word = [](char32_t c) { return detail::contains(detail::word_characters, c); };
    return (begin > 0 && is_word(detail::decode_utf8_before(text.data() + begin).value)) ||
           (end < text.size() && is_word(detail::decode_utf8(text.data() + end).value));
  }

  std::vector<AddedToken> tokens_;
  Vocabulary by_content_;  // the places in tokens_
  std::vector<Written> written_;
  detail::IdPlaces places_;                 // in tokens_
  std::array<detail::TokenTrie, 2> tries_;  // on the raw and on the normalised text
  std::size_t outside_model_ = 0;
};

namespace detail {

/// Appends the tokens that `added` does not have just so, and says how many.
inline std::size_t append_new_tokens(std::vector<AddedToken>& list, const AddedTokens& added,
                                     std::span<const AddedToken> tokens) {
  Vocabulary seen;  // content to place in list
  seen.reserve(tokens.size());
  const std::size_t before = list.size();
  for (const AddedToken& token : tokens) {
    const std::optional<std::int32_t> place = seen.find(token.content);
    const AddedToken* const old = place ? &list[std::size_t(*place)] : added.find(token.content);
    if (token.content.empty() || (old != nullptr && *old == token)) continue;
    if (!place) seen.insert(token.content, std::int32_t(list.size()));
    list.push_back(token);
  }
  return list.size() - before;
}

}  // namespace detail
}  // namespace skald
