// Local time, and strftime without a locale.
#pragma once
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// A time of day somewhere, as Python's datetime without a zone.
struct LocalTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, microsecond = 0;
};

/// What the system's clock and zone say, as Python's datetime.now().
inline LocalTime local_time() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm t{};
#if defined(_WIN32)
  localtime_s(&t, &seconds);
#else
  localtime_r(&seconds, &t);
#endif
  const auto fraction =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() % 1'000'000;
  return {t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, int(fraction)};
}

namespace detail {

inline constexpr const char* month_names[] = {"January", "February", "March", "April", "May", "June", "July", "August",
                                              "September", "October", "November", "December"};
inline constexpr const char* day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                            "Thursday", "Friday", "Saturday"};

/// Days since 1970-01-01 (of the proleptic Gregorian calendar).
constexpr std::int64_t days_of(int year, int month, int day) {
  const std::int64_t y = year - (month <= 2);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t of_era = y - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}
constexpr int weekday(std::int64_t days) { return int(((days + 4) % 7 + 7) % 7); }  // Sunday is 0

inline std::string padded(std::int64_t value, int width, char pad) {
  std::string text = std::to_string(value);
  if (pad && int(text.size()) < width) text.insert(0, std::size_t(width) - text.size(), pad);
  return text;
}

}  // namespace detail

/// strftime as Python has it on Linux, in the C locale; a time without zone has empty %Z and %z.
class TimeFormatter {
 public:
  explicit TimeFormatter(const LocalTime& t) : t_(t) {
    days_ = detail::days_of(t.year, t.month, t.day);
    day_of_year_ = int(days_ - detail::days_of(t.year, 1, 1));
    weekday_ = detail::weekday(days_);
  }

  std::string format(std::string_view pattern) const {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '%' || i + 1 == pattern.size()) {
        out.push_back(pattern[i]);
        continue;
      }
      const std::size_t start = i++;
      char flag = '\0';
      while (i + 1 < pattern.size() && std::string_view("-_0^#").find(pattern[i]) != std::string_view::npos)
        flag = pattern[i++];
      int width = 0;
      while (i + 1 < pattern.size() && pattern[i] >= '0' && pattern[i] <= '9' && width < 100)
        width = width * 10 + (pattern[i++] - '0');
      if (!append(out, pattern[i], flag, width)) out.append(pattern.substr(start, i + 1 - start));
    }
    return out;
  }

 private:
  /// The number of a week of the year; weeks begin on `first`.
  int week(int first) const { return (day_of_year_ + 7 - (weekday_ - first + 7) % 7) / 7; }

  /// ISO 8601's week and its year.
  void iso_week(int& year, int& week) const {
    const std::int64_t thursday = days_ + 3 - (weekday_ + 6) % 7;
    year = t_.year + (thursday >= detail::days_of(t_.year + 1, 1, 1)) - (thursday < detail::days_of(t_.year, 1, 1));
    week = int((thursday - detail::days_of(year, 1, 1)) / 7) + 1;
  }

  bool append(std::string& out, char what, char flag, int width) const {
    const auto number = [&](std::int64_t value, int digits, char pad = '0') {
      if (flag == '-') pad = '\0';
      else if (flag == '_') pad = ' ';
      else if (flag == '0') pad = '0';
      out.append(detail::padded(value, width > digits ? width : digits, pad));
      return true;
    };
    const auto word = [&](std::string text, bool swap = false) {
      for (char& c : text) {
        if (flag == '^' || (flag == '#' && !swap)) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
        if (flag == '#' && swap) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
      }
      if (int(text.size()) < width) text.insert(0, std::size_t(width) - text.size(), flag == '0' ? '0' : ' ');
      out.append(text);
      return true;
    };
    const int hour12 = t_.hour % 12 == 0 ? 12 : t_.hour % 12;
    int year = 0, iso = 0;
    iso_week(year, iso);
    switch (what) {
      case 'a': return word(std::string(detail::day_names[weekday_], 3));
      case 'A': return word(detail::day_names[weekday_]);
      case 'b':
      case 'h': return word(std::string(detail::month_names[t_.month - 1], 3));
      case 'B': return word(detail::month_names[t_.month - 1]);
      case 'c': return word(format("%a %b %e %H:%M:%S %Y"));
      case 'C': return number(t_.year / 100, 2);
      case 'd': return number(t_.day, 2);
      case 'D': return word(format("%m/%d/%y"));
      case 'e': return number(t_.day, 2, ' ');
      case 'f': return number(t_.microsecond, 6);
      case 'F': return word(format("%Y-%m-%d"));
      case 'g': return number(year % 100, 2);
      case 'G': return number(year, 1);
      case 'H': return number(t_.hour, 2);
      case 'I': return number(hour12, 2);
      case 'j': return number(day_of_year_ + 1, 3);
      case 'k': return number(t_.hour, 2, ' ');
      case 'l': return number(hour12, 2, ' ');
      case 'm': return number(t_.month, 2);
      case 'M': return number(t_.minute, 2);
      case 'n': return word("\n");
      case 'p': return word(t_.hour < 12 ? "AM" : "PM", true);
      case 'P': return word(t_.hour < 12 ? "am" : "pm");
      case 'r': return word(format("%I:%M:%S %p"));
      case 'R': return word(format("%H:%M"));
      case 's': return number(days_ * 86400 + t_.hour * 3600 + t_.minute * 60 + t_.second, 1);
      case 'S': return number(t_.second, 2);
      case 't': return word("\t");
      case 'T':
      case 'X': return word(format("%H:%M:%S"));
      case 'u': return number(weekday_ == 0 ? 7 : weekday_, 1);
      case 'U': return number(week(0), 2);
      case 'V': return number(iso, 2);
      case 'w': return number(weekday_, 1);
      case 'W': return number(week(1), 2);
      case 'x': return word(format("%m/%d/%y"));
      case 'y': return number(t_.year % 100, 2);
      case 'Y': return number(t_.year, 1);
      case 'z':
      case 'Z': return word("");
      case '%': return word("%");
      default: return false;
    }
  }

  LocalTime t_;
  std::int64_t days_;
  int day_of_year_, weekday_;
};

}  // namespace jinja
}  // namespace skald
