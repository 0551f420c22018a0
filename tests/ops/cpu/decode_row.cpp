#include "skald/ops/cpu/decode_row.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/test_ops.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_decode_row)

using namespace skald;

BOOST_AUTO_TEST_CASE(the_floats_of_the_plain_decode) {
  for (const InstructionSet level : test::levels) {
    const CpuFeatures features = CpuFeatures::detect(level);
    test::for_precisions([&](auto p) {
      using P = typename decltype(p)::type;
      for (const index_t cols : {1, 15, 16, 33, 64, 200, 257})
        for (const std::size_t offset : {0, 1, 3}) {
          const index_t rows = 5;
          const support::Encoded<P> matrix(support::numbers(rows * cols, unsigned(cols)), rows, cols, offset);
          const auto parts = matrix.parts();
          for (index_t row = 0; row < rows; ++row)
            for (const index_t first : {index_t{0}, cols / 3, cols - 1}) {
              const index_t n = cols - first;
              std::vector<float> found(std::size_t(n + 1), 77), expected = found;
              P::decode(parts, cols, row, first, expected.data(), n);
              detail::decode_row(p, features, parts, cols, row, first, found.data(), n);
              BOOST_REQUIRE_MESSAGE(found == expected, P::name << " " << name(features) << ": row " << row << " of "
                                                               << cols << ", from " << first);
            }
        }
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
