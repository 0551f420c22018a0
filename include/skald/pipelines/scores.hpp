// Logits to scores, and scores to a list of the best.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "skald/ops/reference/activation.hpp"

namespace skald::inline SKALD_ABI {

/// A label and how sure the model is of it.
struct LabelScore {
  std::string label;
  float score = 0;
};

namespace detail {

inline std::vector<float> softmax(std::span<const float> logits) {
  std::vector<float> scores(logits.begin(), logits.end());
  if (scores.empty()) return scores;
  const float most = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (float& x : scores) sum += x = std::exp(x - most);
  for (float& x : scores) x = float(double(x) / sum);
  return scores;
}

/// Places by falling score, equal ones in their order; at most `n` of them.
inline std::vector<std::int32_t> best_first(std::span<const float> scores, std::size_t n) {
  std::vector<std::int32_t> order(scores.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = std::int32_t(i);
  n = std::min(n, order.size());
  std::partial_sort(order.begin(), order.begin() + std::ptrdiff_t(n), order.end(), [&](std::int32_t a, std::int32_t b) {
    const float x = scores[std::size_t(a)], y = scores[std::size_t(b)];
    return x != y ? x > y : a < b;
  });
  order.resize(n);
  return order;
}

}  // namespace detail

}  // namespace skald
