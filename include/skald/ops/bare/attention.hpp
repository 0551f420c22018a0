// Attention over a cache of eight-bit groups in integers: scores, softmax and the mix of values.
#pragma once
#include "skald/ops/bare/group_dots.hpp"
#include "skald/ops/reference/attention.hpp"
#include "skald/ops/reference/round_inputs.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// 2^(-x / 2^16) times 2^16, error below 3.
inline std::int32_t exp2_q16(std::uint32_t x) {
  const std::uint32_t f = x & 0xffff, n = x >> 16;
  std::uint32_t e = 448 * f >> 16;
  e = (3487 - e) * f >> 16;
  e = (15691 - e) * f >> 16;
  e = (45420 - e) * f >> 16;
  return std::int32_t((65536 - e) >> (n < 31 ? n : 31));
}

/// x toward zero, at most 2^30 away from it; `none` becomes true for what is no number.
inline std::int32_t bounded_integer(float x, bool& none) {
  const std::int32_t bits = std::bit_cast<std::int32_t>(x), size = bits & 0x7fffffff;
  none |= size >= 0x7f800000;
  if (size >= 0x4e800000) return bits < 0 ? -(1 << 30) : 1 << 30;
  return std::int32_t(x);
}

}  // namespace detail

/// Elements of a cache that are no Int8Group, and heads with more to them than a scale, are ReferenceAttention's.
/// Int8Group: the query of a head is rounded to eight bits; scores are integers of 2^-16 / ln 2; e^(score - highest)
/// has 16 bits, times the scale of a group of values 15, and they are multiplied with its codes and added in 32. Errors
/// are those of eight bits: about 1 part in 200 of the largest number of a query, 1e-4 of the sum of weights.
struct BareAttention : ReferenceAttention {
  static constexpr index_t widest = 256;  ///< numbers of a head

  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>& call) {
    using T = typename decltype(rows[0].kv)::element;
    if constexpr (std::is_same_v<T, Int8Group>) {
      const AttentionSpec& a = fact.get();
      const bool plain = a.position != Position::alibi && a.position != Position::relative && a.softcap == 0.0f;
      if (plain && a.head_dim <= widest && !call.probabilities.rows) {
        ScratchScope scope(q);
        auto* const weights = q.template take<std::int32_t>(call.context);
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const auto row = rows[i];
          for (std::int32_t t = 0; t < row.count; ++t)
            for (std::int32_t h = 0; h < a.heads; ++h) integer_head(fact, call, row, t, h, weights);
        }
        return;
      }
    }
    ReferenceAttention::attention<K>(q, fact, rows, call);
  }

 private:
  /// f(group, first number in it, numbers, how many of the head stand before), for the groups that a head lies in.
  template <class F>
  static void for_parts(index_t at, index_t dim, F&& f) {
    constexpr index_t size = Int8Group::numbers;
    for (index_t done = 0; done < dim;) {
      const index_t group = (at + done) / size, first = (at + done) % size;
      const index_t n = size - first < dim - done ? size - first : dim - done;
      f(group, first, n, done);
      done += n;
    }
  }

  template <class F, class Space>
  static void integer_head(F fact, const AttentionCall<Space>& call, const AttentionRow<Space, Int8Group>& row,
                           std::int32_t t, std::int32_t h, std::int32_t* weights) {
    const AttentionSpec& a = fact.get();
    const index_t dim = a.head_dim, at = h / (a.heads / a.kv_heads) * dim;
    float* const out = call.out.row(row.first + t) + h * dim;
    const KeyRange keys = visible_keys(a, row.past + t, row.kv.length);
    bool none = false;
    const std::int32_t highest =
        scores(call.q.row(row.first + t) + h * dim, dim, at, call.scale, row.kv, keys, weights, none);
    std::int64_t total = 0;
    for_pieces(keys, [&](std::int32_t first, std::int32_t last) {
      std::int32_t part = 0;
      for (std::int32_t p = first; p < last; ++p)
        part += weights[p] = detail::exp2_q16(std::uint32_t(highest) - std::uint32_t(weights[p]));
      total += part;
    });
    for_parts(at, dim, [&](index_t group, index_t first, index_t n, index_t done) {
      if (n == 8) mix<8>(n, group, first, row.kv, keys, weights, total, out + done, none);
      else if (n == 16) mix<16>(n, group, first, row.kv, keys, weights, total, out + done, none);
      else mix<Int8Group::numbers>(n, group, first, row.kv, keys, weights, total, out + done, none);
    });
    for (index_t i = 0; none && i < dim; ++i) out[i] = std::numeric_limits<float>::quiet_NaN();
  }

  /// f(first, last): pieces of [keys.first, keys.last) that are short enough for sums of 32 bits.
  template <class F>
  static void for_pieces(KeyRange keys, F&& f) {
    constexpr std::int32_t piece = 512;  // 512 * 2^15 * 2^7 fits
    for (std::int32_t from = keys.first; from < keys.last; from += piece)
      f(from, keys.last - from < piece ? keys.last : from + piece);
  }

  /// f(position, last, its keys or values): runs of [first, last) that lie one behind the other, kv.width apart.
  template <class View, class F>
  static void for_runs(const View& kv, std::int32_t first, std::int32_t last, bool values, F&& f) {
    while (first < last) {
      const std::int32_t left = kv.blocks.empty() ? last : first / kv.block_size * kv.block_size + kv.block_size;
      const std::int32_t end = left < last ? left : last;
      f(first, end, values ? kv.value(first) : kv.key(first));
      first = end;
    }
  }

  /// The highest of the scores of [keys.first, keys.last).
  template <class View>
  static std::int32_t scores(const float* query, index_t dim, index_t at, float scale, const View& kv, KeyRange keys,
                             std::int32_t* to, bool& none) {
    std::int8_t codes[widest];
    constexpr float per_score = 1.44269504f * 65536.0f;
    const float each = detail::quantise_inputs(query, dim, codes) * (scale * per_score);
    for_parts(at, dim, [&](index_t group, index_t first, index_t n, index_t done) {
      for_runs(kv, keys.first, keys.last, false, [&](std::int32_t p, std::int32_t last, const Int8Group* key) {
        for (key += group; p < last; key += 4 * kv.width) {
          std::int32_t sums[4];
          const std::int32_t count = last - p < 4 ? last - p : 4;
          detail::group_dots(codes + done, n, key, kv.width, first, count, sums);
          for (std::int32_t k = 0; k < count; ++k, ++p) {
            const float score = float(sums[k]) * (key[k * kv.width].scale * each);
            to[p] = std::bit_cast<std::int32_t>(done ? std::bit_cast<float>(to[p]) + score : score);
          }
        }
      });
    });
    std::int32_t highest = -(1 << 30);
    for (std::int32_t p = keys.first; p < keys.last; ++p) {
      to[p] = detail::bounded_integer(std::bit_cast<float>(to[p]), none);
      highest = to[p] > highest ? to[p] : highest;
    }
    return highest;
  }

  /// out = sum of weight scale code / total, of n <= most numbers of a group.
  template <int most, class View>
  static void mix(index_t n, index_t group, index_t first, const View& kv, KeyRange keys, const std::int32_t* weights,
                  std::int64_t total, float* out, bool& none) {
    std::int32_t bits = 0;  // floats above 0 order as integers
    for_runs(kv, keys.first, keys.last, true, [&](std::int32_t p, std::int32_t last, const Int8Group* value) {
      for (value += group; p < last; ++p, value += kv.width) {
        const auto each = std::bit_cast<std::int32_t>(value->scale);
        bits = each > bits ? each : bits;
      }
    });
    none |= bits >= 0x7f800000;
    const float largest = std::bit_cast<float>(bits);
    for (index_t i = 0; i < n; ++i) out[i] = 0;
    if (none || largest < 1e-30f) return;
    const float factor = 32767.0f / largest, back = largest * (65536.0f / 32767.0f) / float(total);
    for_pieces(keys, [&](std::int32_t from, std::int32_t end) {
      std::int32_t sums[most] = {};
      for_runs(kv, from, end, true, [&](std::int32_t p, std::int32_t last, const Int8Group* value) {
        for (value += group; p < last; ++p, value += kv.width) {
          const std::int32_t weight = weights[p] * std::int32_t(value->scale * factor) >> 16;
          if (n == most)
            for (index_t i = 0; i < most; ++i) sums[i] += weight * value->codes[first + i];
          else
            for (index_t i = 0; i < n; ++i) sums[i] += weight * value->codes[first + i];
        }
      });
      for (index_t i = 0; i < n; ++i) out[i] += float(sums[i]) * back;
    });
  }
};

}  // namespace skald
