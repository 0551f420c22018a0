// Rotary position embedding and its scalings, all in float32 as transformers computes them (modeling_rope_utils.py).
#pragma once
#include <cmath>

#include "skald/ops/reference/standard_math.hpp"
#include "skald/spec/facts.hpp"
#include "skald/tensor/matrix_view.hpp"
#include "skald/tensor/step_batch.hpp"

namespace skald::inline SKALD_ABI {

// Always inlined: under Fixed the spec is a constant, and what its scaling does not use is then not linked.

/// 1 / base^(2i / dim), base = theta unless dynamic scaling stretches it for a sequence of `length` > max_positions:
/// theta * (factor * length / max_positions - (factor - 1))^(dim / (dim - 2)).
template <class Math = StandardMath>
[[gnu::always_inline]] inline float rope_frequency(const RopeSpec& r, index_t i, std::int32_t length,
                                                   std::int32_t max_positions) {
  const float exponent = float(2 * i) / float(r.dim);
  float base = r.theta;
  if (r.scaling == RopeScaling::dynamic && length > max_positions)
    base *=
        Math::pow(r.factor * float(length) / float(max_positions) - (r.factor - 1.0f), float(r.dim) / float(r.dim - 2));
  return 1.0f / Math::pow(base, exponent);
}

namespace detail {

inline constexpr float two_pi = 6.283185307179586f;

/// The dimension whose wavelength turns `rotations` times within the original length.
template <class Math = StandardMath>
[[gnu::always_inline]] inline float yarn_dimension(const RopeSpec& r, float rotations, std::int32_t original) {
  return float(r.dim) * Math::log(float(original) / (rotations * two_pi)) / (2.0f * Math::log(r.theta));
}

template <class Math = StandardMath>
[[gnu::always_inline]] inline float yarn_mscale(float scale, float m) {
  return scale <= 1.0f ? 1.0f : 0.1f * m * Math::log(scale) + 1.0f;
}

}  // namespace detail

/// The frequency of pair i after scaling. `length`: positions the sequence has after this step (dynamic, longrope).
template <class Math = StandardMath>
[[gnu::always_inline]] inline float scaled_rope_frequency(const RopeSpec& r, index_t i, std::int32_t length,
                                                          std::int32_t max_positions) {
  const float f = rope_frequency<Math>(r, i, length, max_positions);
  const std::int32_t original = r.original_max_position ? r.original_max_position : max_positions;
  switch (r.scaling) {
    case RopeScaling::none:
    case RopeScaling::dynamic: return f;
    case RopeScaling::linear: return f / r.factor;
    case RopeScaling::llama3: {
      const float wavelength = detail::two_pi / f;
      if (wavelength > float(original) / r.low_freq_factor) return f / r.factor;
      if (wavelength < float(original) / r.high_freq_factor) return f;
      const float s = (float(original) / wavelength - r.low_freq_factor) / (r.high_freq_factor - r.low_freq_factor);
      return (1.0f - s) * f / r.factor + s * f;
    }
    case RopeScaling::yarn: {
      float low = detail::yarn_dimension<Math>(r, r.beta_fast, original),
            high = detail::yarn_dimension<Math>(r, r.beta_slow, original);
      if (r.truncate) low = std::floor(low), high = std::ceil(high);
      low = low < 0.0f ? 0.0f : low;
      high = high > float(r.dim - 1) ? float(r.dim - 1) : high;
      if (low == high) high += 0.001f;
      float ramp = (float(i) - low) / (high - low);
      ramp = ramp < 0.0f ? 0.0f : ramp > 1.0f ? 1.0f : ramp;
      return f / r.factor * ramp + f * (1.0f - ramp);
    }
    case RopeScaling::longrope: return f / (length > original ? r.long_factor[i] : r.short_factor[i]);
  }
  return f;
}

/// What cos and sin are multiplied by.
template <class Math = StandardMath>
[[gnu::always_inline]] inline float rope_attention_factor(const RopeSpec& r, std::int32_t max_positions) {
  if (r.scaling != RopeScaling::yarn && r.scaling != RopeScaling::longrope) return 1.0f;
  if (r.attention_factor != 0.0f) return r.attention_factor;
  if (r.scaling == RopeScaling::yarn)
    return r.mscale != 0.0f && r.mscale_all_dim != 0.0f
               ? detail::yarn_mscale<Math>(r.factor, r.mscale) / detail::yarn_mscale<Math>(r.factor, r.mscale_all_dim)
               : detail::yarn_mscale<Math>(r.factor, 1.0f);
  const std::int32_t original = r.original_max_position ? r.original_max_position : max_positions;
  return r.factor <= 1.0f ? 1.0f : Math::sqrt(1.0f + Math::log(r.factor) / Math::log(float(original)));
}

struct ReferenceRope {
  /// table[t] = [cos(p_t f_i) | sin(p_t f_i)] * attention factor, i < dim / 2.                       // [n, dim]
  /// dynamic and longrope look at each sequence's own length, its highest position of this step + 1.
  template <class K, class Q, class F, class Space>
  static void rope_table(Q&, F fact, std::int32_t max_positions, std::span<const Row> rows,
                         typename Space::template ptr<std::int32_t> positions, MatrixView<Space> table) {
    using Math = math_of<K>;
    const RopeSpec& r = fact.get();
    const float factor = rope_attention_factor<Math>(r, max_positions);
    const bool by_length = r.scaling == RopeScaling::dynamic || r.scaling == RopeScaling::longrope;
    for (index_t i = 0; i < r.dim / 2; ++i) {
      float frequency = scaled_rope_frequency<Math>(r, i, 0, max_positions);
      for (const Row& row : rows) {
        std::int32_t length = 0;
        for (index_t t = row.first; by_length && t < row.first + row.count; ++t)
          length = positions[t] >= length ? positions[t] + 1 : length;
        if (by_length) frequency = scaled_rope_frequency<Math>(r, i, length + row.rope_ahead, max_positions);
        for (index_t t = row.first; t < row.first + row.count; ++t) {
          const float angle = float(positions[t]) * frequency;
          table.row(t)[i] = Math::cos(angle) * factor;
          table.row(t)[r.dim / 2 + i] = Math::sin(angle) * factor;
        }
      }
    }
  }

  /// Turns the first dim entries of every head: (a, b) -> (a cos - b sin, b cos + a sin), the pair (i, i + dim / 2) or
  /// (2i, 2i + 1).                                                                     // [n, heads * head_dim]
  template <class K, class Q, class F, class Space>
  static void rope(Q&, F fact, MatrixView<Space> table, index_t head_dim, MatrixView<Space> x) {
    const RopeSpec& r = fact.get();
    const index_t half = r.dim / 2;
    for (index_t t = 0; t < x.rows; ++t) {
      const float *cos = table.row(t), *sin = cos + half;
      for (float* head = x.row(t); head < x.row(t) + x.cols; head += head_dim)
        for (index_t i = 0; i < half; ++i) {
          float& a = r.pairs == RopePairs::halves ? head[i] : head[2 * i];
          float& b = r.pairs == RopePairs::halves ? head[i + half] : head[2 * i + 1];
          const float turned = a * cos[i] - b * sin[i];
          b = b * cos[i] + a * sin[i];
          a = turned;
        }
    }
  }
};

}  // namespace skald
