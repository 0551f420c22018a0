// Python's textwrap: lines of at most a width, broken between words.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/characters.hpp"
#include "skald/text/jinja/runtime.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace detail {

/// textwrap's white space is that of ASCII.
constexpr bool is_wrap_space(char32_t c) { return c == ' ' || (c >= 9 && c <= 13); }

/// Cuts a line in runs of spaces and words; with `hyphens` words are cut behind their hyphens and around dashes too.
class WrapChunks {
 public:
  WrapChunks(std::string_view text, bool hyphens) : rest_(text), hyphens_(hyphens) {}

  bool next(std::string_view& chunk) {
    if (rest_.empty()) return false;
    std::size_t n = run([](char32_t c) { return is_wrap_space(c); }, 0);
    if (n == 0) n = hyphens_ ? word_part() : run([](char32_t c) { return !is_wrap_space(c); }, 0);
    chunk = rest_.substr(0, n);
    before_ = last_of(chunk).value;
    rest_.remove_prefix(n);
    return true;
  }

 private:
  template <class Is>
  std::size_t run(Is is, std::size_t from) const {
    std::size_t at = from;
    while (at < rest_.size() && is(first_of(rest_.substr(at)).value))
      at += std::size_t(first_of(rest_.substr(at)).size);
    return at;
  }
  char32_t at(std::size_t i) const { return i < rest_.size() ? first_of(rest_.substr(i)).value : 0; }
  static bool is_letter(char32_t c) { return is_word(c) && !is_decimal(c) && c != '_'; }
  static bool is_word_punctuation(char32_t c) {
    return is_word(c) || c == '!' || c == '"' || c == '\'' || c == '&' || c == '.' || c == ',' || c == '?';
  }

  /// Bytes of hyphens at `from`.
  std::size_t hyphens_at(std::size_t from) const { return run([](char32_t c) { return c == '-'; }, from) - from; }

  /// A dash between words by itself; else up to behind a hyphen between letters, or the word's end.
  std::size_t word_part() const {
    // An em-dash behind a word and before one.
    const std::size_t dash = hyphens_at(0);
    if (dash >= 2 && is_word_punctuation(before_) && is_word(at(dash))) return dash;
    for (std::size_t i = 0; i < rest_.size();) {
      const char32_t c = at(i);
      const auto size = std::size_t(first_of(rest_.substr(i)).size);
      if (is_wrap_space(c)) return i;
      if (i > 0 && hyphens_at(i) >= 2 && is_word_punctuation(last_of(rest_.substr(0, i)).value) &&
          is_word(at(i + hyphens_at(i))))
        return i;
      if (c == '-' && i > 0 && breaks_behind(i)) return i + 1;
      i += size;
    }
    return rest_.size();
  }

  /// letter letter - letter letter, or letter - letter -
  bool breaks_behind(std::size_t i) const {
    const std::string_view left = rest_.substr(0, i);
    if (!is_letter(last_of(left).value)) return false;
    const std::string_view further = left.substr(0, left.size() - std::size_t(last_of(left).size));
    const char32_t second = further.empty() ? before_ : last_of(further).value;
    const bool left_fits = is_letter(second) || (second == '-' && !further.empty() && further.size() > 1 &&
                                                 is_letter(last_of(further.substr(0, further.size() - 1)).value));
    const char32_t next = at(i + 1);
    if (!left_fits || !is_letter(next)) return false;
    const std::size_t after = i + 1 + std::size_t(first_of(rest_.substr(i + 1)).size);
    const char32_t third = at(after);
    return is_letter(third) || (third == '-' && is_letter(at(after + 1)));
  }

  std::string_view rest_;
  bool hyphens_;
  char32_t before_ = 0;
};

}  // namespace detail

/// Lines of at most `width` code points; longer words are cut if `break_words`.
inline std::vector<std::string> wrap_words(Runtime& rt, std::string_view text, std::int64_t width, bool break_words,
                                           bool hyphens) {
  std::vector<std::string_view> chunks;  // the next one last
  detail::WrapChunks cutter(text, hyphens);
  for (std::string_view chunk; rt.tick() && cutter.next(chunk);) chunks.push_back(chunk);
  std::reverse(chunks.begin(), chunks.end());
  const auto is_blank = [](std::string_view chunk) { return jinja::strip(chunk).empty(); };
  std::vector<std::string> lines;
  while (!chunks.empty() && rt.tick()) {
    std::vector<std::string_view> line;
    std::int64_t size = 0;
    if (is_blank(chunks.back()) && !lines.empty()) chunks.pop_back();
    while (!chunks.empty() && rt.tick() && size + length(chunks.back()) <= width) {
      size += length(chunks.back());
      line.push_back(chunks.back());
      chunks.pop_back();
    }
    if (!chunks.empty() && length(chunks.back()) > width) {
      if (break_words) {
        const std::int64_t room = width - size;
        std::size_t end = byte_of(chunks.back(), std::max<std::int64_t>(room, 0));
        if (hyphens && room > 0 && length(chunks.back()) > room) {
          const std::size_t hyphen = chunks.back().substr(0, end).rfind('-');
          if (hyphen != std::string_view::npos && hyphen > 0 &&
              chunks.back().substr(0, hyphen).find_first_not_of('-') != std::string_view::npos) {
            end = hyphen + 1;
          }
        }
        line.push_back(chunks.back().substr(0, end));
        chunks.back().remove_prefix(end);
      } else if (line.empty()) {
        line.push_back(chunks.back());
        chunks.pop_back();
      }
    }
    if (!line.empty() && is_blank(line.back())) line.pop_back();
    if (line.empty()) continue;
    std::string whole;
    for (const std::string_view part : line) whole.append(part);
    lines.push_back(std::move(whole));
  }
  return lines;
}

}  // namespace jinja
}  // namespace skald
