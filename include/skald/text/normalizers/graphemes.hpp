// Extended grapheme clusters: what readers see as one character.
#pragma once
#include <utf8proc.h>

#include <cstddef>
#include <string_view>

#include "skald/text/unicode/new_characters.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Marks of Unicode 15 and 16, which utf8proc may not know. They never begin a cluster.
inline bool is_new_mark(char32_t c) {
  if (c < 0x897) return false;
  for (const NewCharacters& range : new_characters) {
    if (c >= range.first && c <= range.last) return range.category[0] == 'M';
  }
  return false;
}

/// Cuts a text into its clusters (Unicode Standard Annex 29), left to right.
class GraphemeCutter {
 public:
  explicit GraphemeCutter(std::string_view text) : text_(text) {}

  /// The end of the next cluster.
  std::size_t next() {
    CodePoint c = decode_utf8(text_.data() + at_);
    utf8proc_int32_t state = 0;
    for (at_ += std::size_t(c.size); at_ < text_.size(); at_ += std::size_t(c.size)) {
      const CodePoint before = c;
      c = decode_utf8(text_.data() + at_);
      if (before.value < 0x300 && c.value < 0x300) {  // nothing of these joins but a line end's two characters
        if (before.value != '\r' || c.value != '\n') break;
        continue;
      }
      const bool cut = utf8proc_grapheme_break_stateful(utf8proc_int32_t(before.value), utf8proc_int32_t(c.value),
                                                        &state);
      if (cut && (is_control(before.value) || !is_new_mark(c.value))) break;
    }
    return at_;
  }

 private:
  static bool is_control(char32_t c) {
    const utf8proc_category_t category = utf8proc_category(utf8proc_int32_t(c));
    return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP ||
           (category == UTF8PROC_CATEGORY_CF && c != 0x200C && c != 0x200D);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace detail
}  // namespace skald
