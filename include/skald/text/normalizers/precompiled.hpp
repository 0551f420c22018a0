// SentencePiece's normalisation as files carry it: a trie of what is replaced, and the texts it becomes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/text/base64.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/graphemes.hpp"
#include "skald/text/normalizers/normalizer.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Writes what becomes of a text piece by piece. The original keeps account in characters, and so the origins of what
/// it writes: what is put beyond the old characters of a piece is inserted; where fewer are put, the last character
/// written so far takes the place of those that are left over. At the very start there is none, and then all that
/// follows stands that far too early.
class CharsmapWriter {
 public:
  explicit CharsmapWriter(AlignedText& text) : text_(text) {}

  void keep(std::string_view character) {
    if (rewriter_) put(character, 0);
    at_ += character.size();
  }
  void replace(std::string_view old, std::string_view now) {
    if (!rewriter_) begin();
    at_ += old.size();
    int left = 0;
    for (const char byte : old) left += !is_continuation(byte);
    while (!now.empty()) {
      const auto size = std::size_t(decode_utf8(now.data()).size);
      put(now.substr(0, size), left > 0 ? 0 : 1);
      now.remove_prefix(size);
      --left;
    }
    if (left > 0 && !last_.empty()) change_ -= left;
  }
  void finish() {
    if (!rewriter_) return;
    flush();
    std::move(*rewriter_).commit(text_);
  }

 private:
  /// All up to here stays. Its last character is not written yet.
  void begin() {
    rewriter_.emplace(text_);
    if (at_ == 0) return;
    const char* const end = text_.view().data() + at_;
    const auto size = std::size_t(decode_utf8_before(end).size);
    rewriter_->copy(at_ - size);
    last_.assign(end - size, size);
  }
  void put(std::string_view character, int change) {
    flush();
    last_.assign(character);
    change_ = change;
  }
  void flush() {
    if (last_.empty()) return;
    if (change_ > 0) return rewriter_->insert(last_);
    const std::string_view rest = rewriter_->rest();
    std::size_t bytes = 0;
    for (int n = 1 - change_; n > 0 && bytes < rest.size(); --n) {
      bytes += std::size_t(decode_utf8(rest.data() + bytes).size);
    }
    rewriter_->replace(last_, bytes);
  }

  AlignedText& text_;
  std::optional<TextRewriter> rewriter_;  // none: nothing has changed yet
  std::size_t at_ = 0;                    // in the old text
  std::string last_;                      // the character to write next
  int change_ = 0;                        // 1: it is inserted; else it takes the place of 1 - change_ characters
};

}  // namespace detail

/// Replaces grapheme clusters of up to 5 bytes, and characters, by what the charsmap has for the shortest of their
/// beginnings that it knows, as the original does.
///
/// The charsmap, all numbers little-endian of 32 bits: the trie's size in bytes, the units of its double array (as
/// Darts-clone writes them), then texts in UTF-8, each up to a zero byte.
class PrecompiledNormalizer {
 public:
  static constexpr std::string_view type = "Precompiled";

  void read(JsonFields& fields) {
    const std::string text = fields.string("precompiled_charsmap");
    if (fields.failed()) return;
    std::optional<std::string> bytes = detail::decode_base64(text);
    const auto fail = [&](std::string_view expected) {
      fields.fail(FaultCode::malformed, fields.place("precompiled_charsmap").append(": expected ").append(expected));
    };
    if (!bytes) return fail("Base64");
    const std::uint32_t size = bytes->size() < 8 ? 0 : number(*bytes, 0);
    if (size < 4 || size % 4 != 0 || size > bytes->size() - 4) return fail("a charsmap: the size of a trie, the trie");
    texts_ = bytes->substr(4 + size);
    if (detail::valid_utf8_prefix(texts_) != texts_.size()) return fail("texts in UTF-8 behind the trie");
    units_ = bytes->substr(4, size);
  }

  Result<void> operator()(AlignedText& text) const {
    const std::string_view all = text.view();
    detail::CharsmapWriter writer(text);
    detail::GraphemeCutter cutter(all);
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = cutter.next();
      const std::string_view cluster = all.substr(at, end - at);
      const auto whole = cluster.size() < 6 ? transform(cluster) : std::nullopt;
      if (whole) {
        writer.replace(cluster, *whole);
        at = end;
      }
      while (at < end) {
        const std::string_view character = all.substr(at, std::size_t(detail::decode_utf8(all.data() + at).size));
        const auto to = character.size() < cluster.size() || cluster.size() >= 6 ? transform(character) : std::nullopt;
        if (to) writer.replace(character, *to);
        else writer.keep(character);
        at += character.size();
      }
    }
    writer.finish();
    return {};
  }

  /// What stands for the shortest beginning of `chunk` that the charsmap knows.
  std::optional<std::string_view> transform(std::string_view chunk) const {
    std::uint32_t at = 0;
    std::uint32_t unit = unit_at(at);
    at ^= offset(unit);
    for (const char c : chunk) {
      const auto byte = std::uint32_t(static_cast<unsigned char>(c));
      if (byte == 0) break;
      at ^= byte;
      unit = unit_at(at);
      if ((unit & 0x800000FF) != byte) break;
      at ^= offset(unit);
      if (unit >> 8 & 1) return text_at(unit_at(at) & 0x7FFFFFFF);
    }
    return std::nullopt;
  }

 private:
  static std::uint32_t number(const std::string& bytes, std::size_t at) {
    const auto byte = [&](std::size_t i) { return std::uint32_t(static_cast<unsigned char>(bytes[at + i])); };
    return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
  }
  /// A unit outside the trie, which a broken file may ask for, has a label that is no byte.
  std::uint32_t unit_at(std::uint32_t i) const {
    return i < units_.size() / 4 ? number(units_, std::size_t(i) * 4) : 0x80000000;
  }
  static std::uint32_t offset(std::uint32_t unit) { return unit >> 10 << ((unit & 0x200) >> 6); }

  std::optional<std::string_view> text_at(std::uint32_t at) const {
    if (at > texts_.size() || (at < texts_.size() && detail::is_continuation(texts_[at]))) return std::nullopt;
    const std::string_view from = std::string_view(texts_).substr(at);
    return from.substr(0, from.find('\0'));
  }

  std::string units_, texts_;
};

}  // namespace skald
