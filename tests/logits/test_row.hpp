// A row with its buffers, the plain twins of the cuts, and random scores of awkward kinds.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "skald/core/error.hpp"
#include "skald/logits/chain.hpp"

namespace test {

inline constexpr float inf = std::numeric_limits<float>::infinity();
inline constexpr float nan = std::numeric_limits<float>::quiet_NaN();

using Scores = std::vector<float>;

struct RowBuffers {
  explicit RowBuffers(Scores s) : scores(std::move(s)), ids(scores.size()), values(scores.size()) {}
  skald::LogitsRow row() { return skald::LogitsRow(scores, ids, values); }

  Scores scores;
  std::vector<skald::token_id> ids;
  Scores values;
};

/// What a processor makes of the scores, as a plain array with -inf where it cut.
template <class P>
Scores processed(const P& processor, const Scores& scores, const skald::RowContext& context = {}) {
  RowBuffers buffers(scores);
  skald::LogitsRow row = buffers.row();
  const auto rule = skald::chain(processor);
  auto state = rule.start(context);
  rule(row, context, state);
  const auto dense = row.dense();
  return {dense.begin(), dense.end()};
}

/// Two rows and the tokens before them; what transformers 4.57.6 makes of them stands in the tests.
inline const Scores first{2, -1, 0.5f, 3, 0, 1.5f, -2, 2.5f}, second{0.1f, 0.2f, 0.3f, 0.4f, -0.5f, -0.25f, 1, 5};
inline const std::vector<skald::token_id> first_ids{3, 1, 3, 1, 2}, second_ids{7, 0, 7, 4, 7};

/// The message of a processor that does not accept its options, or of one that fails on a row.
template <class P>
std::string refusal(const P& processor) {
  return skald::Error(processor.check()).message();
}
template <class P>
std::string failure(const P& processor, Scores scores, const skald::RowContext& context = {}) {
  RowBuffers buffers(std::move(scores));
  skald::LogitsRow row = buffers.row();
  const auto rule = skald::chain(processor);
  auto state = rule.start(context);
  rule(row, context, state);
  return row.fault() ? skald::Error(row.fault()).message() : std::string();
}

/// Tokens by descending score, among equals the lower token first.
inline std::vector<int> ranking(const Scores& s) {
  std::vector<int> order(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) order[i] = int(i);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return s[a] > s[b]; });
  return order;
}

inline std::vector<double> softmax(const Scores& s) {
  const float top = *std::max_element(s.begin(), s.end());
  std::vector<double> p;
  double sum = 0;
  for (float v : s) sum += p.emplace_back(std::exp(double(v) - top));
  for (double& v : p) v /= sum;
  return p;
}

/// Equal element by element; -inf equals -inf, NaN equals NaN.
inline bool same(const Scores& a, const Scores& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

/// Equal up to 1e-6 of the value.
inline bool close(const Scores& a, const Scores& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return x == y || std::abs(x - y) <= 1e-6f * std::abs(y); });
}

/// A row of n scores: kind 0 smooth, 1 with many ties, 2 all equal, 3 ties and a third of them -inf, 4 one peak.
inline Scores random_scores(std::mt19937& random, int n, int kind) {
  std::normal_distribution<float> normal(0, 3);
  Scores s;
  for (int i = 0; i < n; ++i) {
    const float v = normal(random);
    s.push_back(kind == 0 || kind == 4 ? v : kind == 2 ? 1.5f : std::round(v));
    if (kind == 3 && i % 3 == 1) s.back() = -inf;
  }
  if (kind == 4) s[n / 2] = 40;
  return s;
}

inline constexpr int kinds = 5;

}  // namespace test
