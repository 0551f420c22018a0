// Numbers as Python writes and reads them. Nothing here knows a locale.
#pragma once
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "skald/text/jinja/big_integer.hpp"
#include "skald/text/jinja/code_points.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// "inf", "-inf" or "nan"; nothing for other numbers.
inline std::string_view not_finite(double v) {
  if (std::isnan(v)) return "nan";
  return std::isinf(v) ? (v < 0 ? "-inf" : "inf") : "";
}

/// A finite number with so many digits behind the point, or in all for `general`; exact, half to even.
inline std::string with_precision(double v, std::chars_format format, int precision) {
  std::string text(std::size_t(precision) + 330, '\0');
  const auto done = std::to_chars(text.data(), text.data() + text.size(), v, format, precision);
  text.resize(std::size_t(done.ptr - text.data()));
  return text;
}

/// repr(v): the shortest digits that read back as v; an exponent below 1e-4 and from 1e16 on.
inline std::string repr(double v) {
  if (const std::string_view word = not_finite(v); !word.empty()) return std::string(word);
  char text[32];
  const auto done = std::to_chars(text, text + sizeof text, v, std::chars_format::scientific);
  const std::string_view all(text, std::size_t(done.ptr - text));
  const std::size_t e = all.find('e');
  int exponent = 0;
  std::from_chars(text + e + (text[e + 1] == '+' ? 2 : 1), done.ptr, exponent);
  if (exponent < -4 || exponent >= 16) return std::string(all);
  std::string digits;
  for (const char c : all.substr(0, e)) {
    if (is_ascii_digit(c)) digits.push_back(c);
  }
  std::string out(all[0] == '-' ? "-" : "");
  if (exponent < 0) return out.append("0.").append(std::size_t(-exponent - 1), '0').append(digits);
  const auto whole = std::size_t(exponent) + 1;
  if (digits.size() <= whole) return out.append(digits).append(whole - digits.size(), '0').append(".0");
  return out.append(digits, 0, whole).append(".").append(digits, whole);
}

/// A decimal number that is known to be one, without sign or underscores.
inline double read_real(std::string_view text) {
  double v = 0;
  const auto done = std::from_chars(text.data(), text.data() + text.size(), v);
  if (done.ec != std::errc::result_out_of_range) return v;
  // Too large or too small: the sign of the power of ten of the first digit tells.
  const std::size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  std::int64_t power = 0;
  if (e != text.npos) {
    const std::string_view digits = text.substr(e + 1 + (text[e + 1] == '+'));
    if (std::from_chars(digits.data(), digits.data() + digits.size(), power).ec != std::errc()) {
      power = digits[0] == '-' ? -1'000'000'000 : 1'000'000'000;
    }
  }
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == mantissa.npos) return 0;
  power += first < point ? std::int64_t(point - first) - 1 : -std::int64_t(first - point);
  return power > 0 ? HUGE_VAL : 0;
}

/// Digits with single underscores between them, without them; nothing if there is anything else.
inline std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out.push_back(text[i]);
      continue;
    }
    const auto is_digit_at = [&](std::size_t at) {
      return at < text.size() &&
             (is_ascii_digit(text[at]) || (lower_ascii(text[at]) >= 'a' && lower_ascii(text[at]) <= 'z'));
    };
    if (i == 0 || !is_digit_at(i - 1) || !is_digit_at(i + 1)) return std::nullopt;
  }
  return out;
}

/// float(text); nothing where Python raises ValueError.
inline std::optional<double> parse_real(std::string_view given) {
  std::optional<std::string> clean = without_underscores(strip(given));
  if (!clean) return std::nullopt;
  std::string_view text = *clean;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string word;
  for (const char c : text) word.push_back(lower_ascii(c));
  const auto signed_value = [&](double v) { return negative ? -v : v; };
  if (word == "inf" || word == "infinity") return signed_value(HUGE_VAL);
  if (word == "nan") return signed_value(std::numeric_limits<double>::quiet_NaN());
  std::size_t at = 0, digits = 0;
  const auto skip_digits = [&] {
    for (; at < text.size() && is_ascii_digit(text[at]); ++at) ++digits;
  };
  skip_digits();
  if (at < text.size() && text[at] == '.') ++at, skip_digits();
  if (digits == 0) return std::nullopt;
  if (at < text.size() && (text[at] | 32) == 'e') {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    digits = 0;
    skip_digits();
    if (digits == 0) return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  return signed_value(read_real(text));
}

/// int(text, base), base 0 or 2 to 36; nothing where Python raises ValueError.
inline std::optional<BigInteger> parse_integer(std::string_view given, int base) {
  std::string_view text = strip(given);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const char letter = text.size() > 1 && text[0] == '0' ? lower_ascii(text[1]) : '\0';
  const int named = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  if (named != 0 && (base == 0 || base == named)) {
    text.remove_prefix(2);
    if (text.starts_with('_')) text.remove_prefix(1);
    base = named;
  } else if (base == 0) {
    if (letter != '\0' && text.find_first_not_of("0_") != text.npos) return std::nullopt;
    base = 10;
  }
  const std::optional<std::string> digits = without_underscores(text);
  if (!digits || digits->empty() || digits->size() > 20000) return std::nullopt;
  BigInteger value;
  for (const char c : *digits) {
    const char small = lower_ascii(c);
    const int digit = is_ascii_digit(c) ? c - '0' : small >= 'a' && small <= 'z' ? small - 'a' + 10 : 99;
    if (digit >= base) return std::nullopt;
    value.multiply_add(std::uint32_t(base), std::uint32_t(digit));
  }
  value.negative = negative;
  value.trim();
  return value;
}

/// round(v, digits) of a float: the decimal nearest to the exact value, half to even.
inline double rounded(double v, std::int64_t digits) {
  if (!std::isfinite(v) || digits > 323) return v;
  if (digits >= 0) {
    const std::string text = with_precision(v, std::chars_format::fixed, int(digits));
    const double magnitude = read_real(std::string_view(text).substr(text[0] == '-'));
    return text[0] == '-' ? -magnitude : magnitude;
  }
  if (digits < -309) return std::copysign(0.0, v);
  // The exact value's digits, cut by hand.
  std::string text = with_precision(std::fabs(v), std::chars_format::fixed, 0);
  const bool fraction = std::fabs(v) != read_real(text);
  const bool up_before = read_real(text) > std::fabs(v);
  const auto drop = std::size_t(-digits);
  text.insert(0, drop + 1, '0');
  const std::size_t keep = text.size() - drop;
  std::string half(drop, '0');
  half[0] = '5';
  int order = text.compare(keep, drop, half);
  if (order == 0 && fraction) order = up_before ? -1 : 1;
  const bool up = order > 0 || (order == 0 && ((text[keep - 1] - '0') & 1));
  text.replace(keep, drop, drop, '0');
  for (std::size_t i = keep; up && i-- > 0;) {
    if (text[i] != '9') { ++text[i]; break; }
    text[i] = '0';
  }
  return std::copysign(read_real(text), v);
}

}  // namespace jinja
}  // namespace skald
