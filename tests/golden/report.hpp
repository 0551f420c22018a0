// One line a case, and the sum of them.
#pragma once
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "compare.hpp"

namespace golden {

/// One case while it runs. The first reason stays.
class Case {
 public:
  void near(std::string_view what, std::span<const float> found, std::span<const float> expected,
            const Tolerance& bound) {
    const Difference d = difference(found, expected, bound);
    largest_ = std::max(largest_, d.largest);
    if (!d.reason.empty()) fail(std::string(what) + ": " + d.reason);
  }
  void near(std::string_view what, double found, double expected, double bound) {
    const double away = std::isnan(found - expected) ? unbounded : std::abs(found - expected);
    largest_ = std::max(largest_, away);
    if (away > bound)
      fail(std::string(what) + ": expected " + figure(expected, 9) + ", found " + figure(found, 9) + " (bound " +
           figure(bound) + ")");
  }

  template <class T>
  void equal(std::string_view what, const std::vector<T>& found, const std::vector<T>& expected) {
    std::size_t i = 0;
    while (i < found.size() && i < expected.size() && found[i] == expected[i]) ++i;
    const auto at = [i](const std::vector<T>& v) { return i < v.size() ? std::to_string(v[i]) : "the end"; };
    if (found != expected)
      fail(std::string(what) + ": at " + std::to_string(i) + ": expected " + at(expected) + ", found " + at(found));
  }
  template <class T>
  void equal(std::string_view what, const std::vector<std::vector<T>>& found,
             const std::vector<std::vector<T>>& expected) {
    if (found.size() != expected.size())
      fail(std::string(what) + ": expected " + std::to_string(expected.size()) + " rows, found " +
           std::to_string(found.size()));
    for (std::size_t r = 0; r < found.size() && r < expected.size(); ++r)
      equal(std::string(what) + ", row " + std::to_string(r), found[r], expected[r]);
  }
  void equal(std::string_view what, std::string_view found, std::string_view expected) {
    if (found == expected) return;
    fail(std::string(what).append(": expected \"").append(expected).append("\", found \"").append(found).append("\""));
  }

  void expect(bool good, std::string reason) {
    if (!good) fail(std::move(reason));
  }
  void fail(std::string reason) {
    if (failure_.empty()) failure_ = reason.empty() ? "?" : std::move(reason);
  }
  /// What was computed is shown, and counts neither way; what is thrown still does.
  void skip(std::string reason) {
    if (skipped_.empty()) skipped_ = std::move(reason);
  }
  /// More to print behind a case that passed.
  void note(std::string text) { note_ = std::move(text); }

 private:
  friend class Report;
  double largest_ = 0;
  std::string failure_, skipped_, note_;
};

class Report {
 public:
  explicit Report(std::string only) : only_(std::move(only)) {}

  void enter(std::string model) { model_ = std::move(model); }

  bool wanted(std::string_view name) const { return name.find(only_) != std::string_view::npos; }

  /// f(Case&); whatever it throws is a failure of the case.
  template <class F>
  void run(const std::string& name, F&& f) {
    if (!wanted(name)) return;
    Case c;
    try {
      f(c);
    } catch (const std::exception& e) {
      return print(name, failed, c.largest_, e.what());
    }
    if (!c.skipped_.empty()) return print(name, skipped, c.largest_, c.skipped_);
    if (!c.failure_.empty()) return print(name, failed, c.largest_, c.failure_);
    print(name, passed, c.largest_, c.note_);
  }
  void skip(const std::string& name, std::string_view reason) {
    if (wanted(name)) print(name, skipped, 0, reason);
  }
  void fail(const std::string& name, std::string_view reason) { print(name, failed, 0, reason); }

  /// The last line; the exit status of the program.
  int finish(double seconds) const {
    std::printf("%d passed, %d failed, %d skipped, %.1f s\n", counts_[passed], counts_[failed], counts_[skipped],
                seconds);
    return counts_[failed] == 0 && counts_[passed] + counts_[skipped] > 0 ? 0 : 1;
  }

 private:
  enum Outcome { passed, failed, skipped };

  void print(const std::string& name, Outcome outcome, double largest, std::string_view reason) {
    constexpr const char* words[] = {"ok", "FAIL", "skipped"};
    ++counts_[outcome];
    std::string line = model_ + " " + name + " " + words[outcome] + " max_error " + figure(largest);
    for (const char c : reason.empty() ? std::string() : " " + std::string(reason)) line += c == '\n' ? '|' : c;
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  std::string only_, model_;
  int counts_[3] = {};
};

}  // namespace golden
