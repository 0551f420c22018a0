// Numbers that should be near one another, and how near.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace golden {

inline constexpr double unbounded = std::numeric_limits<double>::infinity();

/// |found - expected| <= absolute + relative * |expected|; the median and the mean of the differences below bounds.
struct Tolerance {
  double absolute = 0, relative = 0, median = unbounded, mean = unbounded;
};

inline std::string figure(double value, int digits = 3) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

struct Difference {
  double largest = 0;
  std::string reason;  ///< empty: near enough
};

/// Equal infinities are equal; NaN is near to nothing.
inline Difference difference(std::span<const float> found, std::span<const float> expected, const Tolerance& bound) {
  Difference d;
  if (found.size() != expected.size()) {
    d.largest = unbounded;
    d.reason = "expected " + std::to_string(expected.size()) + " values, found " + std::to_string(found.size());
    return d;
  }
  std::vector<double> all;
  double sum = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double x = found[i], y = expected[i];
    double away = x == y ? 0 : std::abs(x - y);
    if (std::isnan(away)) away = unbounded;
    if (away > bound.absolute + bound.relative * std::abs(y) && away > d.largest)
      d.reason = "value " + std::to_string(i) + ": expected " + figure(y, 7) + ", found " + figure(x, 7) + " (bound " +
                 figure(bound.absolute) + " + " + figure(bound.relative) + " relative)";
    d.largest = std::max(d.largest, away);
    sum += away;
    all.push_back(away);
  }
  if (all.empty() || !d.reason.empty()) return d;
  std::nth_element(all.begin(), all.begin() + std::ptrdiff_t(all.size() / 2), all.end());
  const auto below = [&](const char* what, double value, double limit) {
    if (!(value <= limit)) d.reason = what + figure(value) + " is above " + figure(limit);
  };
  below("the median difference ", all[all.size() / 2], bound.median);
  below("the mean difference ", sum / double(all.size()), bound.mean);
  return d;
}

/// The table that came with the recorded numbers: noise of right orders of summation, and some room.
enum class Grade { fp32, fp16, bf16, none };  ///< the coarser the later; none: nothing is recorded to compare with

inline Tolerance logits_tolerance(Grade g) {
  if (g == Grade::fp32) return {2e-4, 1e-5, 2e-5};
  if (g == Grade::fp16) return {.absolute = 0.07, .mean = 0.01};
  return {.absolute = 0.6, .mean = 0.06};
}
/// Of checkpoints in four bits, by what they compute in.
inline Tolerance four_bit_tolerance(Grade g) {
  Tolerance t = logits_tolerance(g);
  if (g == Grade::bf16) t.absolute = 0.5;
  return t;
}
/// Of LLM.int8(), where activations that differ in the last place may round to another of its steps.
inline Tolerance int8_tolerance(Grade g) { return {.absolute = g == Grade::fp32 ? 0.05 : 0.1}; }
/// Hidden states, attentions, everything of encoders.
inline Tolerance hidden_tolerance(Grade g) { return g == Grade::fp32 ? Tolerance{1e-4, 1e-5} : logits_tolerance(g); }
inline constexpr Tolerance score_tolerance{1e-4};  ///< beam scores, losses

}  // namespace golden
