// Numbers by Python's format letters, for % and for str.format.
#pragma once
#include <cctype>
#include <cmath>
#include <string>
#include <string_view>

#include "skald/text/jinja/integers.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// A number's magnitude as text, without a sign.
inline std::string real_digits(double v, char letter, int precision, bool alternate) {
  v = std::fabs(v);
  const bool capital = letter == 'E' || letter == 'F' || letter == 'G';
  std::string text;
  if (const std::string_view word = not_finite(v); !word.empty()) {
    text = word;
  } else if (lower_ascii(letter) == 'g') {
    // As C's %g; the alternate form keeps zeros at the end.
    const int digits = precision == 0 ? 1 : precision;
    if (!alternate) {
      text = with_precision(v, std::chars_format::general, digits);
    } else {
      const std::string scientific = with_precision(v, std::chars_format::scientific, digits - 1);
      const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
      text = exponent < -4 || exponent >= digits ? scientific
                                                 : with_precision(v, std::chars_format::fixed, digits - 1 - exponent);
      if (text.find('.') == text.npos) text.insert(std::min(text.find('e'), text.size()), ".");
    }
  } else {
    const auto format = lower_ascii(letter) == 'e' ? std::chars_format::scientific : std::chars_format::fixed;
    text = with_precision(v, format, precision);
    if (alternate && precision == 0) text.insert(std::min(text.find('e'), text.size()), ".");
  }
  for (char& c : text) {
    if (capital && c >= 'a' && c <= 'z') c = char(c - 32);
  }
  return text;
}

/// Commas or underscores between groups of the digits before the point.
inline void group_digits(std::string& digits, char separator, std::size_t every) {
  std::size_t whole = 0;
  while (whole < digits.size() && std::isxdigit(static_cast<unsigned char>(digits[whole])) && digits[whole] != 'e')
    ++whole;
  if (every == 4) whole = digits.size();
  for (std::size_t at = whole; at > every;) digits.insert(at -= every, 1, separator);
}

/// An integer's magnitude in the base of d, b, o, x or X.
inline std::string integer_digits(Runtime& rt, const Value& v, char letter) {
  if (letter == 'd' || letter == 'n') {
    std::string text = integer_text(rt, v);
    return text.starts_with('-') ? text.substr(1) : text;
  }
  BigInteger b = big(v);
  b.negative = false;
  std::string text = b.digits(letter == 'b' ? 2 : letter == 'o' ? 8 : 16);
  for (char& c : text) {
    if (letter == 'X' && c >= 'a') c = char(c - 32);
  }
  return text;
}

inline bool is_negative(const Value& integer) {
  return integer.is(Kind::big_integer) ? integer.is_negative() : integer.small() < 0;
}

}  // namespace jinja
}  // namespace skald
