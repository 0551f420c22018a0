// Numbers between two bounds, digit by digit.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skald/grammar/expression.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A bound that is not negative, in digits: "12", "345" is 12.345. Neither has zeros that say nothing.
struct DecimalBound {
  std::string whole = "0", fraction{};
  bool exclusive = false;
};

class NumberRange {
 public:
  /// The largest number of digits of a whole number without a bound: doubles tell all of them apart.
  static constexpr int digits = 15;

  explicit NumberRange(Expressions& out) : out_(out) {}

  /// Whole numbers low..high, -10^18 < both < 10^18, without superfluous zeros.
  ExpressionId integers(std::int64_t low, std::int64_t high) {
    std::vector<ExpressionId> all;
    if (low < 0 && low <= high) {
      all.push_back(out_.sequence({out_.text("-"), wholes(std::max<std::int64_t>(1, -high), -low)}));
    }
    if (high >= 0 && low <= high) all.push_back(wholes(std::max<std::int64_t>(low, 0), high));
    return out_.choice(all);
  }

  /// Decimal numbers low..high that are not negative, without exponents. No `high`: up to `digits` digits.
  ExpressionId decimals(const DecimalBound& low, const std::optional<DecimalBound>& high) {
    const std::size_t width = std::max(low.whole.size(), high ? high->whole.size() : std::size_t(1));
    places_ = digits - std::min(int(width), digits - 1);
    places_ = std::max({places_, int(low.fraction.size()), high ? int(high->fraction.size()) : 0});
    const std::int64_t from = std::stoll(low.whole), to = high ? std::stoll(high->whole) : 999'999'999'999'999;
    std::vector<ExpressionId> all;
    if (high && from == to) {
      all.push_back(out_.sequence({out_.text(low.whole), between(low, *high)}));
    } else if (from < to) {
      all.push_back(out_.sequence({out_.text(low.whole), at_least(low)}));
      const std::int64_t last = high ? to - 1 : to;
      if (from + 1 <= last) all.push_back(out_.sequence({wholes(from + 1, last), any_fraction()}));
      if (high) all.push_back(out_.sequence({out_.text(high->whole), at_most(*high)}));
    }
    return out_.choice(all);
  }

 private:
  ExpressionId digit(char first, char last) { return out_.bytes(std::uint8_t(first), std::uint8_t(last)); }
  ExpressionId some(int least, int most) {
    return most <= 0 ? (least > 0 ? out_.nothing() : out_.empty()) : out_.repeat(digit('0', '9'), least, most);
  }

  /// 0 <= low <= high.
  ExpressionId wholes(std::int64_t low, std::int64_t high) {
    std::vector<ExpressionId> all;
    std::int64_t first = 0, last = 9;  // of the numbers with as many digits
    for (; low <= high && first <= high; first = last + 1, last = last * 10 + 9) {
      if (low > last) continue;
      all.push_back(same_length(std::to_string(std::max(low, first)), std::to_string(std::min(high, last))));
    }
    return out_.choice(all);
  }

  ExpressionId same_length(std::string_view low, std::string_view high) {
    if (low.empty()) return out_.empty();
    const int rest = int(low.size()) - 1;
    if (low[0] == high[0]) {
      return out_.sequence({out_.text(low.substr(0, 1)), same_length(low.substr(1), high.substr(1))});
    }
    std::vector<ExpressionId> all{out_.sequence({out_.text(low.substr(0, 1)), upwards(low.substr(1))}),
                                  out_.sequence({out_.text(high.substr(0, 1)), downwards(high.substr(1))})};
    if (low[0] + 1 < high[0]) {
      all.push_back(out_.sequence({digit(char(low[0] + 1), char(high[0] - 1)), some(rest, rest)}));
    }
    return out_.choice(all);
  }
  ExpressionId upwards(std::string_view low) {  // as many digits, no less
    if (low.empty()) return out_.empty();
    const int rest = int(low.size()) - 1;
    const ExpressionId same = out_.sequence({out_.text(low.substr(0, 1)), upwards(low.substr(1))});
    if (low[0] == '9') return same;
    return out_.choice({same, out_.sequence({digit(char(low[0] + 1), '9'), some(rest, rest)})});
  }
  ExpressionId downwards(std::string_view high) {
    if (high.empty()) return out_.empty();
    const int rest = int(high.size()) - 1;
    const ExpressionId same = out_.sequence({out_.text(high.substr(0, 1)), downwards(high.substr(1))});
    if (high[0] == '0') return same;
    return out_.choice({same, out_.sequence({digit('0', char(high[0] - 1)), some(rest, rest)})});
  }

  // Fractions, with their point. A fraction may be left out where it is zero.

  ExpressionId any_fraction() { return out_.optional(out_.sequence({out_.text("."), some(1, places_)})); }

  ExpressionId at_least(const DecimalBound& low) {
    std::vector<ExpressionId> all;
    if (low.fraction.empty() && !low.exclusive) return any_fraction();
    all.push_back(out_.sequence({out_.text("."), digits_from(low.fraction, 0, low.exclusive)}));
    return out_.choice(all);
  }
  ExpressionId at_most(const DecimalBound& high) {
    std::vector<ExpressionId> all;
    const bool zero = high.fraction.empty();
    if (zero && high.exclusive) return out_.nothing();
    all.push_back(out_.empty());
    const ExpressionId tail = zero ? zeros(1) : digits_to(high.fraction, 0, high.exclusive);
    all.push_back(out_.sequence({out_.text("."), tail}));
    return out_.choice(all);
  }

  /// The same whole part on both sides.
  ExpressionId between(const DecimalBound& low, const DecimalBound& high) {
    std::string from = low.fraction, to = high.fraction;
    const std::size_t width = std::max(from.size(), to.size());
    from.resize(width, '0');
    to.resize(width, '0');
    if (from > to) return out_.nothing();
    if (from == to) {
      if (low.exclusive || high.exclusive) return out_.nothing();
      if (width == 0) return out_.optional(out_.sequence({out_.text("."), zeros(1)}));
      return out_.sequence({out_.text("." + from), zeros(0)});
    }
    std::size_t same = 0;
    while (from[same] == to[same]) ++same;
    std::vector<ExpressionId> tails;
    const auto put = [&](char c, ExpressionId rest) { tails.push_back(out_.sequence({digit(c, c), rest})); };
    put(from[same], digits_from(low.fraction, same + 1, low.exclusive));
    put(to[same], digits_to(high.fraction, same + 1, high.exclusive));
    if (from[same] + 1 < to[same]) {
      const ExpressionId rest = some(0, places_ - int(same) - 1);
      tails.push_back(out_.sequence({digit(char(from[same] + 1), char(to[same] - 1)), rest}));
    }
    std::vector<ExpressionId> all{out_.sequence({out_.text("." + from.substr(0, same)), out_.choice(tails)})};
    if (!low.exclusive) {  // the lower bound itself, in fewer digits
      if (low.fraction.empty()) all.push_back(out_.empty());
      for (std::size_t n = std::max<std::size_t>(1, low.fraction.size()); n <= same; ++n) {
        all.push_back(out_.text("." + from.substr(0, n)));
      }
    }
    return out_.choice(all);
  }

  ExpressionId zeros(int least) {
    const int most = std::max(places_ - 1, least);
    return out_.repeat(digit('0', '0'), least, most);
  }

  /// Digits from place `at` on, when those before are as the bound's: no less, or more.
  ExpressionId digits_from(std::string_view low, std::size_t at, bool exclusive) {
    const int left = places_ - int(at);
    if (left <= 0) return exclusive ? out_.nothing() : out_.empty();
    if (at >= low.size()) {
      if (!exclusive) return some(at == 0 ? 1 : 0, left);
      // Zeros, then something.
      return out_.sequence({out_.repeat(digit('0', '0'), 0, left - 1), digit('1', '9'), some(0, left / 2)});
    }
    const char c = low[at];
    const ExpressionId same = out_.sequence({digit(c, c), digits_from(low, at + 1, exclusive)});
    if (c == '9') return same;
    return out_.choice({same, out_.sequence({digit(char(c + 1), '9'), some(0, left - 1)})});
  }

  /// No more, or less. At a place behind the first the digits may end.
  ExpressionId digits_to(std::string_view high, std::size_t at, bool exclusive) {
    if (at >= high.size()) return exclusive ? out_.nothing() : zeros(0);
    const char c = high[at];
    std::vector<ExpressionId> all{out_.sequence({digit(c, c), digits_to(high, at + 1, exclusive)})};
    const int left = places_ - int(at);
    if (c > '0') all.push_back(out_.sequence({digit('0', char(c - 1)), some(0, left - 1)}));
    if (at > 0) all.push_back(out_.empty());  // the bound has digits that are not zero behind
    return out_.choice(all);
  }

  Expressions& out_;
  int places_ = 1;  // digits behind the point
};

}  // namespace detail
}  // namespace skald
