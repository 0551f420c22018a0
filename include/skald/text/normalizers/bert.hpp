// BERT's normalizer: cleaning, spaces around Chinese characters, accents, lower case.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/each_character.hpp"
#include "skald/text/normalizers/lowercase.hpp"
#include "skald/text/normalizers/normalizer.hpp"
#include "skald/text/normalizers/unicode_form.hpp"
#include "skald/text/unicode/bert_characters.hpp"
#include "skald/text/unicode/marks.hpp"

namespace skald::inline SKALD_ABI {

/// In this order: control characters go and white space becomes spaces (clean_text), Chinese characters get a space on
/// each side (handle_chinese_chars), NFD without nonspacing marks (strip_accents; unset: as lowercase), lower case.
struct BertNormalizer {
  static constexpr std::string_view type = "BertNormalizer";
  static constexpr std::string_view untyped_key = "clean_text";

  bool clean_text = true, handle_chinese_chars = true;
  std::optional<bool> strip_accents{};
  bool lowercase = true;

  void read(JsonFields& fields) {
    clean_text = fields.boolean("clean_text");
    handle_chinese_chars = fields.boolean("handle_chinese_chars");
    if (fields.find("strip_accents")) strip_accents = fields.boolean("strip_accents");
    lowercase = fields.boolean("lowercase");
  }

  Result<void> operator()(AlignedText& text) const {
    const unsigned before = (clean_text ? clean : 0u) | (handle_chinese_chars ? chinese : 0u);
    if (before != 0) detail::change_characters(text, change_before, before);
    const bool accents = strip_accents.value_or(lowercase);
    if (accents) detail::normalize(text, UnicodeForm::nfd);
    const unsigned after = (accents ? marks : 0u) | (lowercase ? lower : 0u);
    if (after != 0) detail::change_characters(text, change_after, after);
    return {};
  }

 private:
  enum : unsigned { clean = 1, chinese = 2, marks = 4, lower = 8 };

  static bool change_before(char32_t c, unsigned flags, std::string& to) {
    if (c >= 0x20 && c < 0x7F) return false;
    if (flags & clean) {
      if (detail::contains(detail::bert_removed, c)) return true;
      if (detail::is_white_space(c)) {
        to += ' ';
        return true;
      }
    }
    if (!(flags & chinese) || !detail::contains(detail::bert_chinese, c)) return false;
    to += ' ';
    detail::append_utf8(to, c);
    to += ' ';
    return true;
  }

  static bool change_after(char32_t c, unsigned flags, std::string& to) {
    if ((flags & marks) && detail::is_nonspacing_mark(c)) return true;
    return (flags & lower) && detail::change_to_lowercase(c, 0, to);
  }
};

}  // namespace skald
