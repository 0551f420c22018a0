// Attention against its definition in double, on views of every kind. For any kernel set.
#pragma once
#include <boost/test/unit_test.hpp>

#include "ops/test_ops.hpp"
#include "skald/ops/reference/attention.hpp"
#include "skald/precision/int8_group.hpp"

namespace test {

using skald::AttentionSpec;
using skald::Position;

/// An element that no position holds.
template <class T>
T nothing() {
  const float nan = std::nanf("");
  T element;
  skald::write_numbers(&nan, 1, &element);
  return element;
}

/// Rows of a step over a cache of our own: blocks in disorder, or one a sequence; what no position holds is NaN.
template <class T>
class Sequences {
 public:
  struct Length {
    std::int32_t past, count;
  };

  /// `block_size` 0: contiguous.
  Sequences(const std::vector<Length>& lengths, index_t numbers, std::int32_t block_size) {
    const index_t width = skald::elements_for<T>(numbers);
    std::int32_t first = 0, used = 0;
    for (const Length& n : lengths) {
      skald::AttentionRow<skald::Host, T> row;
      row.first = first;
      row.count = n.count;
      row.past = n.past;
      row.kv.length = n.past + n.count;
      row.kv.width = width;
      row.kv.block_size = block_size ? block_size : row.kv.length + 2;
      row.kv.v_offset = row.kv.block_size * width;
      row.kv.block_stride = 2 * row.kv.v_offset + 5;
      const std::int32_t blocks = block_size ? (row.kv.length + block_size - 1) / block_size + 1 : 1;
      names_.emplace_back();
      for (std::int32_t b = 0; b < blocks; ++b) names_.back().push_back(2 * (used + blocks - 1 - b) + 1);
      used += blocks;
      first += n.count;
      rows_.push_back(row);
      if (!block_size) storage_of_.push_back(std::size_t(row.kv.block_stride));
    }
    tokens_ = first;
    unsigned seed = 50;
    if (block_size) storage_of_ = {std::size_t(2 * used * (2 * block_size * width + 5))};
    for (std::size_t n : storage_of_) storage_.emplace_back(n, nothing<T>());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      auto& kv = rows_[i].kv;
      kv.data = storage_[block_size ? 0 : i].data();
      if (block_size) kv.blocks = names_[i];
      for (index_t p = 0; p < kv.length; ++p) {
        skald::write_numbers(support::numbers(numbers, seed++).data(), numbers, kv.key(p));
        skald::write_numbers(support::numbers(numbers, seed++).data(), numbers, kv.value(p));
      }
    }
  }
  Sequences(const Sequences&) = delete;
  Sequences& operator=(const Sequences&) = delete;

  std::size_t size() const { return rows_.size(); }
  skald::AttentionRow<skald::Host, T> operator[](std::size_t i) const { return rows_[i]; }
  std::int32_t tokens() const { return tokens_; }
  std::size_t numbers_held() const {
    std::size_t n = 0;
    for (const auto& store : storage_)
      for (const T& x : store) n += !std::isnan(skald::number_at(&x, 0));
    return n;
  }
  index_t longest() const {
    index_t n = 0;
    for (const auto& row : rows_) n = std::max<index_t>(n, row.kv.length);
    return n;
  }

 private:
  std::vector<skald::AttentionRow<skald::Host, T>> rows_;
  std::vector<std::vector<std::int32_t>> names_;
  std::vector<std::size_t> storage_of_;
  std::vector<std::vector<T>> storage_;
  std::int32_t tokens_ = 0;
};

/// Slopes as the paper gives them: 2^(-8/n), 2^(-16/n), ... for a power of two; else those of the power below, then
/// every second one of twice that power.
inline std::vector<double> exact_alibi_slopes(int heads) {
  int n = 1;
  while (2 * n <= heads) n *= 2;
  std::vector<double> slopes;
  for (int i = 1; i <= n; ++i) slopes.push_back(std::exp2(-8.0 * i / n));
  for (int i = 1; int(slopes.size()) < heads; i += 2) slopes.push_back(std::exp2(-4.0 * i / n));
  return slopes;
}

struct ExactHead {
  std::vector<double> probabilities, out;
  double tolerance = 0, probability_tolerance = 0;
};

/// T5's bucket of key - query: half of the buckets one by one, the others where the distance passes
/// exact * (max / exact)^(i / others).
inline int exact_bucket(const skald::RelativeBias& r, int ahead, bool causal) {
  const int n = causal ? r.buckets : r.buckets / 2, exact = n / 2, others = n - exact, away = std::abs(ahead);
  int bucket = std::min(away, exact);
  for (int i = 1; i < others; ++i)
    bucket += away >= double(exact) * std::pow(double(r.max_distance) / exact, double(i) / others);
  if (causal && ahead > 0) bucket = 0;
  return bucket + (!causal && ahead > 0 ? n : 0);
}

/// One query of one head, and how far float may be from it.
template <class T>
ExactHead exact_head(const AttentionSpec& a, double scale, const float* query, const skald::KvView<skald::Host, T>& kv,
                     int position, int head, const skald::RelativeBias& relative) {
  const int dim = a.head_dim, at = head / (a.heads / a.kv_heads) * dim;
  const double slope = exact_alibi_slopes(a.heads)[std::size_t(head)];
  std::vector<double> scores;
  double highest = -HUGE_VAL, error = 0;
  for (int p = 0; p < kv.length; ++p) {
    const bool seen = a.causal ? p <= position && (a.window == 0 || p > position - a.window)
                               : a.window == 0 || std::abs(position - p) < a.window;
    if (!seen) {
      scores.push_back(-HUGE_VAL);
      continue;
    }
    double s = 0, size = 0;
    for (int i = 0; i < dim; ++i) {
      const double product = double(query[i]) * double(skald::number_at(kv.key(p), at + i));
      s += product;
      size += std::abs(product);
    }
    s *= scale;
    double wrong = half_unit * (dim + 4) * size * std::abs(scale);
    if (a.softcap != 0.0f) {
      s = double(a.softcap) * std::tanh(s / double(a.softcap));
      wrong += half_unit * 8 * std::abs(s);
    }
    if (a.position == Position::alibi) {
      double bias = slope * p;
      if (a.alibi_bfloat16) {
        using skald::to_bf16, skald::to_float;
        bias = to_float(to_bf16(to_float(to_bf16(float(slope))) * to_float(to_bf16(float(p)))));
      }
      s += bias * double(a.alibi_scale);
      wrong += half_unit * 8 * std::abs(bias * double(a.alibi_scale)) + half_unit * std::abs(s);
    }
    if (a.position == Position::relative) {
      const double bias = relative.table[exact_bucket(relative, p - position, a.causal) * a.heads + head];
      s += bias;
      wrong += half_unit * (std::abs(bias) + std::abs(s));
    }
    scores.push_back(s);
    highest = std::max(highest, s);
    error = std::max(error, wrong);
  }
  ExactHead exact;
  double total = 0;
  for (double s : scores) total += std::exp(s - highest);
  for (double s : scores) exact.probabilities.push_back(std::exp(s - highest) / total);
  for (int i = 0; i < dim; ++i) {
    double sum = 0;
    for (int p = 0; p < kv.length; ++p)
      if (exact.probabilities[std::size_t(p)] > 0)
        sum += exact.probabilities[std::size_t(p)] * double(skald::number_at(kv.value(p), at + i));
    exact.out.push_back(sum);
  }
  // A score wrong by e makes a probability wrong by 2e of itself; then exp, the sum, the quotient, and the last sum.
  exact.probability_tolerance = 2 * error + half_unit * (kv.length + 16);
  exact.tolerance = exact.probability_tolerance + half_unit * (kv.length + 4);
  return exact;
}

template <class K, class T, class Q>
void check_attention(Q& q, const AttentionSpec& a, const Sequences<T>& rows, float scale, bool probabilities,
                     const skald::RelativeBias& relative = {}) {
  const index_t context = rows.longest() + 3;
  Rows queries(rows.tokens(), a.q_width(), 8, -2, 2), out(rows.tokens(), a.q_width(), 9);
  Rows tapped(probabilities ? index_t(rows.tokens()) * a.heads : 0, context, 10);
  skald::AttentionCall<skald::Host> call{queries.view(), out.view(), scale, context, {}, relative};
  if (probabilities) call.probabilities = tapped.view();
  K::template attention<K>(q, skald::Ref<AttentionSpec>{&a}, rows, call);
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (int t = 0; t < rows[i].count; ++t)
      for (int h = 0; h < a.heads; ++h) {
        const index_t token = rows[i].first + t;
        const ExactHead exact = exact_head(a, double(scale), queries.view().row(token) + h * a.head_dim, rows[i].kv,
                                           rows[i].past + t, h, relative);
        for (int c = 0; c < a.head_dim; ++c)
          BOOST_REQUIRE_LE(std::abs(out(token, h * a.head_dim + c) - exact.out[std::size_t(c)]), exact.tolerance);
        for (index_t p = 0; probabilities && p < context; ++p) {
          const double expected = p < rows[i].kv.length ? exact.probabilities[std::size_t(p)] : 0;
          const float found = tapped(token * a.heads + h, p);
          if (expected == 0) BOOST_REQUIRE_EQUAL(found, 0);
          else BOOST_REQUIRE_LE(std::abs(found - expected), exact.probability_tolerance * expected + 1e-30);
        }
      }
  BOOST_REQUIRE(out.gaps_untouched() && tapped.gaps_untouched());
}

inline AttentionSpec heads_of(int heads, int kv_heads, int head_dim) {
  AttentionSpec a;
  a.heads = heads;
  a.kv_heads = kv_heads;
  a.head_dim = head_dim;
  return a;
}

/// Every shape, then every switch, over contiguous and paged views of elements T.
template <class K, class T, class Q>
void check_attentions(Q& q) {
  const std::vector<typename Sequences<T>::Length> lengths{{0, 1}, {0, 9}, {40, 1}, {63, 3}, {7, 4}};
  for (std::int32_t block : {0, 1, 5, 16}) {
    for (const auto& [heads, kv_heads, dim] : {std::tuple(1, 1, 1), {4, 2, 3}, {6, 6, 17}, {8, 1, 64}, {6, 2, 65}}) {
      const AttentionSpec a = heads_of(heads, kv_heads, dim);
      const Sequences<T> rows(lengths, a.kv_width(), block);
      check_attention<K>(q, a, rows, 1 / std::sqrt(float(dim)), block == 5);
    }
    AttentionSpec a = heads_of(6, 2, 17);
    const Sequences<T> rows(lengths, a.kv_width(), block);
    for (int window : {0, 1, 2, 5, 64, 1000, INT32_MAX})
      for (bool causal : {true, false}) {
        a.window = window;
        a.causal = causal;
        check_attention<K>(q, a, rows, 0.7f, true);
      }
    a = heads_of(6, 2, 17);
    a.softcap = 1.5f;
    check_attention<K>(q, a, rows, 0.7f, false);
    a.softcap = 0;
    a.position = Position::alibi;
    check_attention<K>(q, a, rows, 0.7f, false);
    a.alibi_scale = 0.25f;
    a.window = 7;
    check_attention<K>(q, a, rows, 0.7f, true);
    a.alibi_bfloat16 = true;
    check_attention<K>(q, a, rows, 0.7f, false);
    a = heads_of(6, 2, 17);
    a.position = Position::relative;
    for (const auto& [buckets, farthest] : {std::pair(8, 12), {32, 50}, {12, 20}}) {
      const auto table = support::numbers(buckets * 6, 5, -2, 2);
      const skald::RelativeBias relative{table.data(), buckets, farthest};
      for (a.causal = true; a.causal; a.causal = false) check_attention<K>(q, a, rows, 0.7f, true, relative);
      check_attention<K>(q, a, rows, 0.7f, false, relative);
    }
  }
}

/// Keys and values go to their positions, rounded to the element, and nowhere else.
template <class K, class T, class Q>
void check_store(Q& q) {
  for (std::int32_t block : {0, 1, 5}) {
    const index_t width = 38;  // of elements that hold several, the last is not full
    const Sequences<T> rows({{3, 4}, {0, 1}, {9, 2}}, width, block);
    const std::size_t places = rows.numbers_held();
    const auto held = [&] {
      std::vector<float> all;
      for (std::size_t i = 0; i < rows.size(); ++i)
        for (index_t p = 0; p < rows[i].kv.length; ++p)
          for (const T* from : {rows[i].kv.key(p), rows[i].kv.value(p)})
            for (index_t c = 0; c < width; ++c) all.push_back(skald::number_at(from, c));
      return all;
    };
    std::vector<float> expected = held();
    Rows k(rows.tokens(), width, 1), v(rows.tokens(), width, 2);
    std::size_t at = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (index_t p = 0; p < rows[i].kv.length; ++p)
        for (Rows* from : {&k, &v}) {
          std::vector<T> row(std::size_t(skald::elements_for<T>(width)));
          if (p >= rows[i].past)
            skald::write_numbers(from->view().row(rows[i].first + p - rows[i].past), width, row.data());
          for (index_t c = 0; c < width; ++c, ++at)
            if (p >= rows[i].past) expected[at] = skald::number_at(row.data(), c);
        }
    K::template store<K>(q, rows, k.view(), v.view());
    BOOST_TEST(same_bits(held(), expected));
    BOOST_TEST(rows.numbers_held() == places);  // and not one further
  }
}

}  // namespace test
