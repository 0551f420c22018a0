// NFC, NFD, NFKC and NFKD, as Unicode 9 defines them.
#pragma once
#include <utf8proc.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/normalizer.hpp"
#include "skald/text/unicode/inert.hpp"

namespace skald::inline SKALD_ABI {

enum class UnicodeForm : std::uint8_t { nfc, nfd, nfkc, nfkd };

namespace detail {

/// A character of the normalised text and what it means for the old one: 0 takes the place of one character, -n of one
/// and n more, 1 is put in between.
struct NormalizedCharacter {
  char32_t value;
  int combining_class;
  int change;
};

constexpr bool composes(UnicodeForm form) { return form == UnicodeForm::nfc || form == UnicodeForm::nfkc; }
constexpr bool compatible(UnicodeForm form) { return form == UnicodeForm::nfkc || form == UnicodeForm::nfkd; }

/// No form changes these, wherever they stand. ASCII may still take part in a composition.
constexpr bool is_plain(char32_t c) { return c < 0x80 || (c >= 0x4E00 && c <= 0x9FFF); }

inline void decompose(char32_t c, UnicodeForm form, std::vector<NormalizedCharacter>& out) {
  if (is_plain(c) || contains(inert_in_normalization, c)) return out.push_back({c, 0, 0});
  utf8proc_int32_t parts[32];
  int boundary = 0;
  const auto options = utf8proc_option_t(UTF8PROC_DECOMPOSE | (compatible(form) ? UTF8PROC_COMPAT : 0));
  const auto n = utf8proc_decompose_char(utf8proc_int32_t(c), parts, 32, options, &boundary);
  if (n < 1 || n > 32) return out.push_back({c, 0, 0});
  for (utf8proc_ssize_t i = 0; i < n; ++i) {
    out.push_back({char32_t(parts[i]), utf8proc_get_property(parts[i])->combining_class, i > 0});
  }
}

/// The character that a and b compose to; 0: they do not.
inline char32_t composition(char32_t a, char32_t b) {
  if ((a < 0x80 && b < 0x80) || contains(inert_in_normalization, a) || contains(inert_in_normalization, b)) return 0;
  utf8proc_int32_t pair[2] = {utf8proc_int32_t(a), utf8proc_int32_t(b)};
  const auto options = utf8proc_option_t(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  return utf8proc_normalize_utf32(pair, 2, options) == 1 ? char32_t(pair[0]) : 0;
}

/// Sorts each run of combining marks by class, keeping the order within a class.
inline void reorder(std::vector<NormalizedCharacter>& text) {
  std::vector<NormalizedCharacter> run;
  for (std::size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    bool sorted = true;
    for (end = begin; end < text.size() && text[end].combining_class != 0; ++end) {
      sorted &= end == begin || text[end - 1].combining_class <= text[end].combining_class;
    }
    if (sorted) continue;
    run.clear();
    for (std::size_t i = begin; i < end; ++i) run.push_back(text[i]);
    // Class by class: there are no more than some fifty.
    for (int last = 0, next; begin < end; last = next) {
      next = INT_MAX;
      for (const NormalizedCharacter& c : run) {
        if (c.combining_class > last) next = std::min(next, c.combining_class);
      }
      for (const NormalizedCharacter& c : run) {
        if (c.combining_class == next) text[begin++] = c;
      }
    }
  }
}

/// The canonical composition algorithm (Unicode 9, section 3.11) in place.
inline void compose(std::vector<NormalizedCharacter>& text) {
  std::size_t size = 0, starter = SIZE_MAX;
  int last_class = -1;  // of the last character kept behind the starter; -1: none is
  for (const NormalizedCharacter& c : text) {
    if (starter != SIZE_MAX && last_class < c.combining_class) {
      if (const char32_t composed = composition(text[starter].value, c.value)) {
        text[starter].value = composed;
        text[starter].change += c.change - 1;
        continue;
      }
    }
    if (c.combining_class == 0) starter = size;
    last_class = c.combining_class == 0 ? -1 : c.combining_class;
    text[size++] = c;
  }
  while (text.size() > size) text.pop_back();
}

/// Writes the normalised form of the rewriter's next characters.
inline void write(const std::vector<NormalizedCharacter>& text, TextRewriter& rewriter) {
  std::string utf8;
  for (const NormalizedCharacter& c : text) {
    utf8.clear();
    append_utf8(utf8, c.value);
    if (c.change > 0) {
      rewriter.insert(utf8);
      continue;
    }
    std::size_t bytes = 0;
    for (int i = 0; i <= -c.change && bytes < rewriter.rest().size(); ++i) {
      bytes += std::size_t(decode_utf8(rewriter.rest().data() + bytes).size);
    }
    rewriter.replace(utf8, bytes);
  }
}

/// Whether the characters are those of the text.
inline bool is_same_text(const std::vector<NormalizedCharacter>& characters, std::string_view old) {
  std::size_t at = 0;
  for (const NormalizedCharacter& c : characters) {
    if (at == old.size()) return false;
    const CodePoint was = decode_utf8(old.data() + at);
    if (was.value != c.value) return false;
    at += std::size_t(was.size);
  }
  return at == old.size();
}

/// Puts a text into the form.
inline void normalize(AlignedText& text, UnicodeForm form) {
  const std::string_view old = text.view();
  std::optional<TextRewriter> rewriter;
  std::vector<NormalizedCharacter> characters;
  for (std::size_t at = 0; at < old.size();) {
    const std::size_t before = at;
    at += ascii_prefix(old.substr(at));
    if (at == old.size()) break;
    if (at == before && is_plain(decode_utf8(old.data() + at).value)) {
      at += 3;
      continue;
    }
    // From the ASCII character in front up to the next plain one, nothing outside matters.
    const std::size_t begin = at > before ? at - 1 : at;
    characters.clear();
    for (at = begin; at < old.size();) {
      const CodePoint c = decode_utf8(old.data() + at);
      if (at > begin && is_plain(c.value)) break;
      decompose(c.value, form, characters);
      at += std::size_t(c.size);
    }
    reorder(characters);
    if (composes(form)) compose(characters);
    if (is_same_text(characters, old.substr(begin, at - begin))) continue;
    if (!rewriter) rewriter.emplace(text);
    rewriter->copy(begin - rewriter->position());
    write(characters, *rewriter);
  }
  if (!rewriter) return;
  rewriter->copy(rewriter->rest().size());
  std::move(*rewriter).commit(text);
}

}  // namespace detail

/// Normalises with the tables of Unicode 9, whatever utf8proc's are: younger characters stay as they are.
template <UnicodeForm form>
struct UnicodeNormalizer {
  static constexpr std::string_view type = form == UnicodeForm::nfc    ? "NFC"
                                           : form == UnicodeForm::nfd  ? "NFD"
                                           : form == UnicodeForm::nfkc ? "NFKC"
                                                                       : "NFKD";

  void read(JsonFields&) {}

  Result<void> operator()(AlignedText& text) const {
    detail::normalize(text, form);
    return {};
  }
};

using NfcNormalizer = UnicodeNormalizer<UnicodeForm::nfc>;
using NfdNormalizer = UnicodeNormalizer<UnicodeForm::nfd>;
using NfkcNormalizer = UnicodeNormalizer<UnicodeForm::nfkc>;
using NfkdNormalizer = UnicodeNormalizer<UnicodeForm::nfkd>;

}  // namespace skald
