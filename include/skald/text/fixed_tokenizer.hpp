// Text to ids and back without a heap, on tables that `skald embed` made.
#pragma once
#include "skald/core/fault.hpp"
#include "skald/text/token_tables.hpp"
#include "skald/text/utf8_step.hpp"

namespace skald::inline SKALD_ABI {

/// The same ids as the tokenizer that the tables were made of. `Tables` is a TokenTables, which stays where it is.
template <class Tables>
class FixedTokenizer {
 public:
  constexpr explicit FixedTokenizer(const Tables& tables) : t_(&tables) {}

  /// The ids of a text into `to`, their number into `count`. A piece between two places where text is split is merged
  /// inside `to`, so as many tokens as the text has bytes, and the special ones, always suffice. Cost of a piece of n
  /// bytes: O(n^2 log merges) at most. Faults: malformed (the first byte that is no UTF-8), out_of_range (no room).
  Fault encode(std::string_view text, std::span<token_id> to, std::size_t& count,
               bool add_special_tokens = true) const {
    Out out{to};
    count = 0;
    for (std::size_t i = 0; i < text.size();) {
      const detail::Utf8Step step = detail::utf8_step(detail::part_of(text, i));
      if (!step.valid) return fault(FaultCode::malformed, "text: no UTF-8 at byte", 0, std::int64_t(i));
      i += std::size_t(step.size);
    }
    if (add_special_tokens)
      for (const auto id : t_->before) out.push(id);
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size();) {
      const token_id added = added_at(detail::part_of(text, at));
      if (added < 0) {
        ++at;
        continue;
      }
      encode_between(detail::part_of(text, done, at - done), out);
      out.push(added);
      done = at += t_->bytes(added).size();
    }
    encode_between(detail::part_of(text, done), out);
    if (add_special_tokens)
      for (const auto id : t_->after) out.push(id);
    if (out.full)
      return fault(FaultCode::out_of_range, "text: room for its tokens while they are merged, at least",
                   std::int64_t(to.size()) + 1, std::int64_t(to.size()));
    count = out.n;
    return {};
  }

  /// The bytes of a token, which may be part of a character; none where it is special, unless asked for.
  constexpr std::string_view piece(token_id t, bool skip_special_tokens = true) const {
    return !t_->has(t) || (skip_special_tokens && t_->is_special(t)) ? std::string_view() : t_->bytes(t);
  }
  constexpr std::size_t vocab_size() const { return t_->size(); }

 private:
  using Id = std::remove_cvref_t<decltype(*Tables{}.byte_tokens)>;

  struct Out {
    std::span<token_id> to;
    std::size_t n = 0;
    bool full = false;
    void push(token_id t) {
      if (n < to.size()) to[n++] = t;
      else full = true;
    }
  };

  /// The longest added token that the text begins with.
  token_id added_at(std::string_view text) const {
    token_id found = token_id(-1);
    std::size_t longest = 0;
    for (const auto id : t_->added)
      if (const std::string_view bytes = t_->bytes(id); bytes.size() > longest && text.starts_with(bytes))
        found = id, longest = bytes.size();
    return found;
  }

  void encode_between(std::string_view text, Out& out) const {
    if (!t_->splits && !text.empty()) return encode_word(text, out);
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t at = begin, end = detail::match_words(t_->words, text, at);
      while (end == at) {  // what no pattern takes stays together
        at = detail::look_at(text, at).end;
        end = at < text.size() ? detail::match_words(t_->words, text, at) : at;
        if (at == text.size()) break;
      }
      if (at > begin) encode_word(detail::part_of(text, begin, at - begin), out);
      if (end > at) encode_word(detail::part_of(text, at, end - at), out);
      begin = end;
    }
  }

  void encode_word(std::string_view word, Out& out) const {
    if (const token_id whole = whole_token(word); whole >= 0) return out.push(whole);
    const std::size_t first = out.n;
    for (const char c : word)
      if (const Id id = t_->byte_tokens[static_cast<unsigned char>(c)]; id != Tables::no_id) out.push(id);
    while (merge_one(out.to.subspan(first, out.n - first))) --out.n;
  }

  /// Merges the leftmost pair of the lowest rank; the last place is free then.
  bool merge_one(std::span<token_id> ids) const {
    const TokenMerge<Id>* best = nullptr;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i)
      if (const TokenMerge<Id>* const merge = find(ids[i], ids[i + 1]); merge && (!best || merge->rank < best->rank))
        best = merge, at = i;
    if (!best) return false;
    ids[at] = best->result;
    for (std::size_t i = at + 1; i + 1 < ids.size(); ++i) ids[i] = ids[i + 1];
    return true;
  }

  const TokenMerge<Id>* find(token_id left, token_id right) const {
    std::size_t low = 0, high = t_->merges.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      const TokenMerge<Id>& merge = t_->merges[middle];
      if (token_id(merge.left) == left && token_id(merge.right) == right) return &merge;
      const bool below = token_id(merge.left) < left || (token_id(merge.left) == left && token_id(merge.right) < right);
      (below ? low : high) = below ? middle + 1 : middle;
    }
    return nullptr;
  }

  token_id whole_token(std::string_view word) const {
    std::size_t low = 0, high = t_->by_text.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      const std::string_view bytes = t_->bytes(t_->by_text[middle]);
      if (bytes == word) return t_->by_text[middle];
      (bytes < word ? low : high) = bytes < word ? middle + 1 : middle;
    }
    return token_id(-1);
  }

  const Tables* t_;
};

/// Bytes as they come, whole characters as they go: what no UTF-8 can become is U+FFFD, each maximal part of it one.
class Utf8Stream {
 public:
  /// write(std::string_view) is called with whole characters, any number of times.
  template <class Write>
  void push(std::string_view bytes, Write&& write) {
    while (!bytes.empty()) {
      if (held_ == 0) {
        std::size_t whole = 0;
        for (detail::Utf8Step step{}; whole < bytes.size(); whole += std::size_t(step.size))
          if (step = detail::utf8_step(detail::part_of(bytes, whole)); !step.valid) break;
        if (whole > 0) write(detail::part_of(bytes, 0, whole));
        bytes.remove_prefix(whole);
        if (bytes.empty()) return;
      }
      hold_[held_++] = bytes.front();
      bytes.remove_prefix(1);
      settle(false, write);
    }
  }

  /// What is still held back. The stream then is as new.
  template <class Write>
  void finish(Write&& write) { settle(true, write); }

 private:
  template <class Write>
  void settle(bool last, Write&& write) {
    while (held_ > 0) {
      const detail::Utf8Step step = detail::utf8_step({hold_, held_});
      if (step.incomplete && !last) return;
      write(step.valid ? std::string_view(hold_, std::size_t(step.size)) : std::string_view("\xEF\xBF\xBD"));
      held_ -= std::size_t(step.size);
      for (std::size_t i = 0; i < held_; ++i) hold_[i] = hold_[i + std::size_t(step.size)];
    }
  }

  char hold_[4];
  std::size_t held_ = 0;
};

}  // namespace skald
