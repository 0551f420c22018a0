// Rows of numbers that stand for texts, and how alike they are.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "skald/core/result.hpp"

namespace skald::inline SKALD_ABI {

/// [rows, width], one row behind the other.
struct Embeddings {
  std::vector<float> values;
  std::size_t rows = 0, width = 0;

  std::size_t size() const { return rows; }
  std::span<const float> operator[](std::size_t i) const { return std::span(values).subspan(i * width, width); }
};

enum class Similarity : std::uint8_t {
  cosine,
  dot,
  euclidean,  ///< -|a - b|
  manhattan   ///< -sum |a_i - b_i|
};

/// Of two rows of one width. Accumulates in double.
inline float similarity(std::span<const float> a, std::span<const float> b, Similarity how = Similarity::cosine) {
  double dot = 0, aa = 0, bb = 0, square = 0, distance = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double x = a[i], y = b[i];
    dot += x * y, aa += x * x, bb += y * y, square += (x - y) * (x - y), distance += std::abs(x - y);
  }
  switch (how) {
    case Similarity::cosine: return float(dot / (std::max(std::sqrt(aa), 1e-12) * std::max(std::sqrt(bb), 1e-12)));
    case Similarity::dot: return float(dot);
    case Similarity::euclidean: return float(-std::sqrt(square));
    case Similarity::manhattan: return float(-distance);
  }
  return 0;
}

/// Of every row of one with every row of the other: [a.rows, b.rows].
inline Embeddings similarity(const Embeddings& a, const Embeddings& b, Similarity how = Similarity::cosine) {
  Embeddings all{{}, a.rows, b.rows};
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < b.rows; ++j) all.values.push_back(similarity(a[i], b[j], how));
  return all;
}

namespace detail {

/// Makes the row's length 1; one of zeros stays.
inline void normalise(std::span<float> row) {
  double square = 0;
  for (const float x : row) square += double(x) * x;
  const double length = std::max(std::sqrt(square), 1e-12);
  for (float& x : row) x = float(x / length);
}

}  // namespace detail

}  // namespace skald
