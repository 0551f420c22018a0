// What the tests of kernels share: gapped matrices whose gaps are watched, queues, and every precision by name.
#pragma once
#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>
#include <vector>

#include "skald/backend/cpu.hpp"
#include "skald/backend/reference.hpp"
#include "skald/precision/plan.hpp"
#include "skald/tensor/matrix_view.hpp"
#include "support/matrices.hpp"

namespace test {

using skald::index_t;
using Matrix = skald::MatrixView<skald::Host>;

/// Half a unit of the last place of a float, relative.
inline constexpr double half_unit = 0x1p-24;

/// Numbers in rows, behind each a gap of NaN.
class Rows {
 public:
  explicit Rows(index_t rows, index_t cols, unsigned seed = 0, float low = -1, float high = 1)
      : rows_(rows),
        cols_(cols),
        data_(std::size_t(rows * (cols + gap) + gap), std::numeric_limits<float>::quiet_NaN()) {
    const std::vector<float> values = support::numbers(rows * cols, seed, low, high);
    for (index_t i = 0; i < rows; ++i) std::copy_n(values.begin() + i * cols, cols, view().row(i));
  }

  Matrix view() { return {data_.data() + gap, rows_, cols_, cols_ + gap}; }
  float operator()(index_t row, index_t col) const { return data_[std::size_t(gap + row * (cols_ + gap) + col)]; }
  index_t rows() const { return rows_; }
  index_t cols() const { return cols_; }

  /// Every number, and nothing of the gaps.
  std::vector<float> values() const {
    std::vector<float> all;
    for (index_t i = 0; i < rows_; ++i)
      for (index_t c = 0; c < cols_; ++c) all.push_back((*this)(i, c));
    return all;
  }

  bool gaps_untouched() const {
    for (std::size_t i = 0; i < data_.size(); ++i) {
      const bool inside = i >= gap && (index_t(i) - gap) % (cols_ + gap) < cols_;
      if (!inside && !std::isnan(data_[i])) return false;
    }
    return true;
  }

 private:
  static constexpr index_t gap = 3;
  index_t rows_, cols_;
  std::vector<float> data_;
};

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

inline bool near(const std::vector<float>& found, const std::vector<double>& expected, double relative = 1e-6) {
  if (found.size() != expected.size()) return false;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!(std::abs(found[i] - expected[i]) <= relative * std::abs(expected[i]))) return false;
  return true;
}

inline skald::Reference::Queue reference_queue() {
  skald::Reference::Queue q;
  if (q.reserve(1 << 20)) std::abort();
  return q;
}
/// The levels that this machine may have; what it lacks is never used, and is tested once more.
inline constexpr skald::InstructionSet levels[] = {skald::InstructionSet::portable, skald::InstructionSet::avx2,
                                                   skald::InstructionSet::best};
inline skald::CpuQueue cpu_queue(int threads = 2, skald::InstructionSet level = skald::InstructionSet::best) {
  skald::CpuQueue q = skald::Cpu{.threads = threads, .instruction_set = level, .worth_threads = 0}.queue();
  if (q.reserve(1 << 20)) std::abort();
  return q;
}

using AllPrecisions = skald::OneOf<skald::fp32, skald::fp16, skald::bf16, skald::int8, skald::nf4, skald::fp4,
                                   skald::nf4_double, support::Signs>;

/// Calls f(std::type_identity<P>{}) for each.
template <class F>
void for_precisions(F&& f) {
  AllPrecisions::list::any([&](auto p) { return f(p), false; });
}

}  // namespace test
