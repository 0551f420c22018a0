#include "skald/ops/cpu/amx/products.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "skald/backend/cpu_features.hpp"
#include "support/matrices.hpp"
#include "support/guarded.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_amx_products)

using namespace skald;
namespace amx = skald::detail::amx;

namespace {

/// Tiles in plain loops, for machines without.
class PlainTiles {
 public:
  template <int tile>
  void zero() {
    std::memset(tiles_[tile], 0, sizeof tiles_[tile]);
  }
  template <int tile>
  void load(const std::byte* from, index_t stride) {
    for (index_t r = 0; r < 16; ++r) std::memcpy(tiles_[tile] + r * 64, from + r * stride, 64);
  }
  template <int tile>
  void store(std::byte* to) {
    std::memcpy(to, tiles_[tile], sizeof tiles_[tile]);
  }
  template <amx::Numbers kind, int sum, int a, int b>
  void multiply() {
    for (index_t r = 0; r < 16; ++r)
      for (index_t c = 0; c < 16; ++c) {
        if constexpr (kind == amx::Numbers::int8) {
          auto total = skald::load<std::int32_t>(tiles_[sum], r * 16 + c);
          for (index_t k = 0; k < 64; ++k)
            total += skald::load<signed char>(tiles_[a], r * 64 + k) *
                     skald::load<signed char>(tiles_[b], k / 4 * 64 + c * 4 + k % 4);
          std::memcpy(tiles_[sum] + (r * 16 + c) * 4, &total, 4);
        } else {
          float total = skald::load<float>(tiles_[sum], r * 16 + c);
          for (index_t k = 0; k < 32; ++k)
            total += to_float(skald::load<bf16_t>(tiles_[a], r * 32 + k)) *
                     to_float(skald::load<bf16_t>(tiles_[b], k / 2 * 32 + c * 2 + k % 2));
          std::memcpy(tiles_[sum] + (r * 16 + c) * 4, &total, 4);
        }
      }
  }

 private:
  std::byte tiles_[8][1024];
};

constexpr index_t row_counts[] = {1, 9, 16, 17, 32, 33, 70};
constexpr index_t lengths[] = {1, 3, 31, 32, 33, 64, 100, 128, 516, 1030};

template <class Tiles>
void check_pairs() {
  for (const index_t in : lengths)
    for (const index_t out : {1, 16, 37, 64})
      for (const index_t n : row_counts)
        for (const RowMap& map : {RowMap{}, RowMap{2, 3, 5}}) {
          const index_t stored = 2 + (out + 2) / 3 * 5;
          const support::Encoded<bf16> matrix(support::numbers(in * stored, unsigned(in + out)), stored, in);
          DenseParts parts = matrix.parts();
          support::Guarded weights(parts.data, std::size_t(in * stored * 2));  // nothing is read behind them
          parts.data = weights.data();
          parts.rows = map;
          const std::vector<float> w = matrix.values();
          std::vector<float> x = support::numbers(n * in, 7), y(std::size_t(n * out), 9.0f);
          support::Bytes packed(amx::pair_bytes(n, in));
          amx::pack_pairs(MatrixView<Host>(x.data(), n, in), packed.data());
          const index_t cut = out / 3;
          const MatrixView<Host> to(y.data(), n, out);
          amx::multiply_pairs<Tiles>(parts, packed.data(), in, cut, out, to);
          amx::multiply_pairs<Tiles>(parts, packed.data(), in, 0, cut, to);
          for (index_t i = 0; i < n; ++i)
            for (index_t o = 0; o < out; ++o) {
              double sum = 0, size = 0;
              for (index_t k = 0; k < in; ++k) {
                const double product = double(w[std::size_t(map(o) * in + k)]) *
                                       to_float(to_bf16(x[std::size_t(i * in + k)]));
                sum += product;
                size += std::abs(product);
              }
              BOOST_REQUIRE_LE(std::abs(y[std::size_t(i * out + o)] - sum), double(in + 8) * 6e-8 * size);
            }
        }
}

template <class Tiles>
void check_int8() {
  for (const index_t in : lengths)
    for (const index_t out : {1, 16, 37, 64})
      for (const index_t n : {1, 9, 16, 17, 32}) {
        std::vector<signed char> w(std::size_t(in * out)), x(std::size_t(in * n));
        for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<signed char>(i * i * 7 + i);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<signed char>(int((i * i * 5 + i) % 255) - 127);
        support::Guarded weights(w.data(), w.size());
        const Int8Parts parts{weights.data(), nullptr, in, {}, 6};
        support::Bytes packed(amx::int8_bytes(n, in));
        amx::pack_int8_rows(x.data(), n, in, packed.data());
        std::vector<float> sums(std::size_t(n * 70), 7.0f);
        const index_t first = out / 4;
        amx::multiply_int8_rows<Tiles>(parts, packed.data(), nullptr, n, first, out, 70, sums.data());
        for (index_t i = 0; i < n; ++i)
          for (index_t o = first; o < out; ++o) {
            std::int32_t sum = 0;
            for (index_t c = 0; c < in; ++c) sum += w[std::size_t(o * in + c)] * x[std::size_t(i * in + c)];
            BOOST_REQUIRE_EQUAL(sums[std::size_t(i * 70 + o - first)], float(sum));
          }
      }
}

}  // namespace

BOOST_AUTO_TEST_CASE(pairs_in_plain_tiles) { check_pairs<PlainTiles>(); }
BOOST_AUTO_TEST_CASE(bytes_in_plain_tiles) { check_int8<PlainTiles>(); }

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(pairs_in_the_processors_tiles) {
  if (CpuFeatures::detect().amx_bf16) check_pairs<amx::HardwareTiles>();
  else BOOST_TEST_MESSAGE("skipped: this processor has no AMX");
}
BOOST_AUTO_TEST_CASE(bytes_in_the_processors_tiles) {
  if (CpuFeatures::detect().amx_int8) check_int8<amx::HardwareTiles>();
  else BOOST_TEST_MESSAGE("skipped: this processor has no AMX");
}
#endif

BOOST_AUTO_TEST_SUITE_END()
