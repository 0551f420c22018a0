#include "skald/ops/reference/llm_int8.hpp"

#include <boost/test/unit_test.hpp>

#include "ops/linear_cases.hpp"
#include "skald/cpu.hpp"

BOOST_AUTO_TEST_SUITE(ops_reference_llm_int8)

using namespace skald;
using test::Rows;

namespace {

struct Small {
  index_t in, out;
  std::vector<std::byte> storage;
  Int8Parts parts;

  Small(index_t inputs, index_t outputs) : in(inputs), out(outputs), storage(int8::bytes(out, in)) {
    const auto values = support::numbers(in * out, 17);
    int8::encode([&](index_t r, index_t c, float* to, index_t n) {
      std::copy_n(values.data() + r * in + c, n, to);
    }, out, in, storage.data());
    parts = int8::parts(storage.data(), out, in);
  }
  double code(index_t o, index_t c) const {
    return static_cast<signed char>(std::to_integer<unsigned char>(parts.codes[o * in + c]));
  }
  double absmax(index_t o) const { return load<float>(parts.row_absmax, o); }
};

/// The definition in double: which columns are apart is decided over all rows, and by each row when it is alone.
double expected(const Small& w, const Rows& x, float threshold, index_t i, index_t o) {
  const auto half = [&](index_t r, index_t c) { return double(to_float(to_fp16(x(r, c)))); };
  std::vector<bool> apart(std::size_t(w.in), false);
  for (index_t c = 0; c < w.in; ++c)
    for (index_t r = 0; r < x.rows(); ++r)
      if (threshold > 0 && std::abs(half(r, c)) >= double(threshold)) apart[std::size_t(c)] = true;
  double largest = 0, inner = 0, outer = 0;
  for (index_t c = 0; c < w.in; ++c)
    if (threshold == 0 || std::abs(half(i, c)) < double(threshold)) largest = std::max(largest, std::abs(half(i, c)));
  for (index_t c = 0; c < w.in; ++c) {
    if (apart[std::size_t(c)]) outer += double(x(i, c)) * w.code(o, c) * w.absmax(o) / 127;
    else if (largest > 0) inner += std::nearbyint(double(float(half(i, c)) * (127.0f / float(largest)))) * w.code(o, c);
  }
  return inner * largest * w.absmax(o) / (127.0 * 127.0) + outer;
}

template <class Queue, class K>
void check_rows(Queue q, index_t rows, float threshold) {
  for (const auto& [in, out] : {std::pair<index_t, index_t>{64, 40}, {7, 3}, {5000, 70}}) {
    Small small(in, out);
    small.parts.llm_int8_threshold = threshold;
    Weight<OneOf<fp32, int8>> weight;
    weight.set<int8>(small.parts);
    Rows x(rows, in, 5, -7, 7);
    Rows y(rows, out, 6);
    const std::vector<float> bias = support::numbers(out, 3);
    K::template linear<K>(q, x.view(), Product{&weight, bias.data(), y.view()});
    for (index_t i = 0; i < rows; ++i)
      for (index_t o = 0; o < out; ++o) {
        const double want = expected(small, x, threshold, i, o) + double(bias[std::size_t(o)]);
        BOOST_REQUIRE_MESSAGE(std::abs(y(i, o) - want) <= 4e-5 * (1 + std::abs(want)) * std::sqrt(double(in)),
                              rows << " rows, threshold " << threshold << ": " << y(i, o) << ", not " << want);
      }
    BOOST_TEST(y.gaps_untouched());
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(products_with_and_without_outliers) {
  for (const index_t rows : {1, 2, 9})
    for (const float threshold : {0.0f, 6.0f, 0.5f, 100.0f}) {
      check_rows<Reference::Queue, ReferenceKernels>(Reference{}.queue(), rows, threshold);
      check_rows<Cpu::Queue, CpuKernels>(Cpu{.threads = 2, .worth_threads = 0}.queue(), rows, threshold);
    }
}

BOOST_AUTO_TEST_CASE(what_is_quantised) {
  std::vector<float> values{1, -2, 0.5f, 0, 0, 0, 7, 1, -3};
  const MatrixView<Host> x(values.data(), 3, 3);
  std::vector<std::byte> room(Int8Rows::bytes(3, 3));
  const Int8Rows rows = Int8Rows::quantise(x, 6.0f, room.data());
  BOOST_TEST(rows.outlier_count == 1);
  BOOST_TEST(rows.outliers[0] == 0);
  BOOST_TEST(rows.scales[0] == 2.0f);   // the 1 of the outlier's column counts, though it is left out
  BOOST_TEST(rows.scales[1] == 0.0f);
  BOOST_TEST(rows.scales[2] == 3.0f);
  const int codes[9] = {0, -127, 32, 0, 0, 0, 0, 42, -127};  // 31.75 and 42.33
  for (int i = 0; i < 9; ++i) BOOST_TEST(int(rows.codes[i]) == codes[i]);
}

BOOST_AUTO_TEST_CASE(alone_a_row_keeps_what_its_neighbours_would_set_apart) {
  Small small(3, 2);
  small.parts.llm_int8_threshold = 6;
  std::vector<float> values{1, -2, 0.5f, 7, 1, -3};
  std::vector<std::byte> room(Int8Rows::bytes(2, 3));
  BOOST_TEST(int(Int8Rows::quantise({values.data(), 2, 3}, 6.0f, room.data()).codes[0]) == 0);
  BOOST_TEST(int(Int8Rows::quantise({values.data(), 1, 3}, 6.0f, room.data()).codes[0]) == 64);
}

BOOST_AUTO_TEST_SUITE_END()
