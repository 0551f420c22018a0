// A text on its way through the normalizers, with the place in the original that each of its bytes came from.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {

/// Bytes [begin, end) of a text.
struct ByteRange {
  std::uint32_t begin = 0, end = 0;

  constexpr std::uint32_t size() const { return end - begin; }
  friend constexpr bool operator==(const ByteRange&, const ByteRange&) = default;
};

class TextRewriter;

/// A piece of the original until something changes it; from then on a text of its own, whose every byte knows the
/// whole character of the original that it stands for. Valid UTF-8 throughout.
class AlignedText {
 public:
  AlignedText() = default;
  /// Bytes `range` of `original`, which must outlive this and be shorter than 4 GiB. Without `with_origins`, origin()
  /// only tells what begins at the original's first byte, and changes cost less.
  AlignedText(std::string_view original, ByteRange range, bool with_origins = true)
      : original_(original), start_(range.begin), with_origins_(with_origins) {
    piece_ = original.substr(range.begin, range.size());
    if (range.begin == 0 && !piece_.empty()) first_ = std::uint32_t(detail::utf8_step(piece_).size);
  }

  std::string_view view() const { return changed_ ? std::string_view(own_) : piece_; }
  std::string_view view(ByteRange range) const { return view().substr(range.begin, range.size()); }
  bool changed() const { return changed_; }

  /// The range of the original that bytes `range` of view() stand for. A part of a character is the whole of it.
  ByteRange origin(ByteRange range) const {
    if (!with_origins_) return range.begin < first_ ? ByteRange{0, 1} : ByteRange{1, 1};
    if (changed_) {
      if (range.size() == 0) return {start_, start_};
      return {origin_[range.begin].begin, origin_[range.end - 1].end};
    }
    std::uint32_t begin = start_ + range.begin, end = start_ + range.end;
    while (begin > 0 && begin < original_.size() && detail::is_continuation(original_[begin])) --begin;
    while (end < original_.size() && detail::is_continuation(original_[end])) ++end;
    return {begin, end};
  }

 private:
  friend class TextRewriter;

  std::string_view original_, piece_;
  std::uint32_t start_ = 0;
  bool changed_ = false;
  bool with_origins_ = true;
  std::uint32_t first_ = 0;        // so many bytes of view() have origins that begin at 0
  std::string own_;
  std::vector<ByteRange> origin_;  // of each byte of own_
};

/// Makes the next version of a text from left to right. What is not copied, replaced or dropped by the end is lost.
///
/// | call | the new text gets | the old text moves on by | origin of what is new |
/// | --- | --- | --- | --- |
/// | copy(n) | the next n bytes | n | as before |
/// | replace(s, n) | s | n bytes | of the first of the n bytes |
/// | insert(s) | s | 0 | of the byte before in the old text; at its start the empty range there |
/// | drop(n) | nothing | n | |
class TextRewriter {
 public:
  explicit TextRewriter(const AlignedText& old) : old_(old), text_(old.view()) {
    new_.reserve(text_.size() + text_.size() / 2);
    if (old.with_origins_) origin_.reserve(text_.size() + text_.size() / 2);
  }

  std::size_t position() const { return at_; }
  std::size_t written() const { return new_.size(); }
  std::string_view rest() const { return text_.substr(at_); }

  void copy(std::size_t bytes) {
    const std::size_t end = at_ + bytes, from = origin_.size();
    if (at_ < old_.first_) first_ = std::uint32_t(new_.size() + std::min<std::size_t>(bytes, old_.first_ - at_));
    new_.append(text_.substr(at_, bytes));
    if (!old_.with_origins_) {
      // nothing to write down
    } else if (old_.changed_) {
      const auto first = old_.origin_.begin() + std::ptrdiff_t(at_);
      origin_.insert(origin_.end(), first, first + std::ptrdiff_t(bytes));
    } else {
      origin_.resize(from + bytes);
      ByteRange* to = origin_.data() + from;
      for (std::size_t i = at_; i < end; ++i) {
        const auto byte = old_.start_ + std::uint32_t(i);
        *to++ = static_cast<unsigned char>(text_[i]) < 128 ? ByteRange{byte, byte + 1} : origin_at(i);
      }
    }
    at_ = end;
  }
  void replace(std::string_view text, std::size_t bytes) {
    put(text, origin_at(at_));
    at_ += bytes;
  }
  void insert(std::string_view text) {
    put(text, at_ == 0 ? ByteRange{old_.start_, old_.start_} : origin_at(at_ - 1));
  }
  void drop(std::size_t bytes) { at_ += bytes; }

  /// The new version takes the place of the old one; `text` is what this was made for.
  void commit(AlignedText& text) && {
    text.own_ = std::move(new_);
    text.origin_ = std::move(origin_);
    text.first_ = first_;
    text.changed_ = true;
  }

 private:
  ByteRange origin_at(std::size_t byte) const {
    return old_.origin({std::uint32_t(byte), std::uint32_t(byte) + 1});
  }
  void put(std::string_view text, ByteRange origin) {
    new_.append(text);
    if (origin.begin == 0) first_ = std::uint32_t(new_.size());
    if (old_.with_origins_) origin_.insert(origin_.end(), text.size(), origin);
  }

  const AlignedText& old_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t first_ = 0;
  std::string new_;
  std::vector<ByteRange> origin_;
};

}  // namespace skald
