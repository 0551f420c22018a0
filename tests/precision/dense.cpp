#include "skald/precision/dense.hpp"

#include <boost/test/unit_test.hpp>

#include "support/matrices.hpp"

BOOST_AUTO_TEST_SUITE(precision_dense)

using namespace skald;
using support::Bytes;
using support::Encoded;

namespace {

using DensePrecisions = std::tuple<fp32, fp16, bf16>;

template <class P>
StoredType stored_type() {
  return std::is_same_v<P, fp32> ? StoredType::f32 : std::is_same_v<P, fp16> ? StoredType::f16 : StoredType::bf16;
}

/// Whole numbers: exact in every precision.
std::vector<float> counted(index_t n) {
  std::vector<float> values;
  for (index_t i = 0; i < n; ++i) values.push_back(float(i % 200 - 100));
  return values;
}

template <class P>
Bytes stored(const std::vector<float>& values, std::size_t offset) {
  using T = typename P::element;
  std::vector<T> narrow;
  for (float v : values) narrow.push_back(from_float<T>(v));
  return Bytes(narrow.data(), narrow.size() * sizeof(T), offset);
}

}  // namespace

BOOST_AUTO_TEST_CASE(names_and_sizes) {
  BOOST_TEST(std::string(fp32::name) == "fp32");
  BOOST_TEST(std::string(fp16::name) == "fp16");
  BOOST_TEST(std::string(bf16::name) == "bf16");
  BOOST_TEST(fp32::bytes(3, 5) == 60u);
  BOOST_TEST(fp16::bytes(3, 5) == 30u);
  BOOST_TEST(bf16::bytes(0, 5) == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(encode_rounds_and_decode_gives_back, P, DensePrecisions) {
  const index_t rows = 3, cols = 600;  // encode works in pieces of 256
  const std::vector<float> values = support::numbers(rows * cols, 1);
  const Encoded<P> matrix(values, rows, cols);
  const std::vector<float> found = matrix.values();
  for (std::size_t i = 0; i < values.size(); ++i)
    BOOST_REQUIRE_EQUAL(found[i], to_float(from_float<typename P::element>(values[i])));
  // Any part of a row, and nothing beyond it.
  for (index_t first : {0, 1, 255, 256, 599}) {
    float part[4] = {7, 7, 7, 7};
    const index_t n = std::min<index_t>(3, cols - first);
    P::decode(matrix.parts(), cols, 2, first, part, n);
    for (index_t i = 0; i < 3; ++i) BOOST_TEST(part[i] == (i < n ? found[std::size_t(2 * cols + first + i)] : 7));
    BOOST_TEST(part[3] == 7);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stored_matrix_is_taken_where_it_lies, P, DensePrecisions) {
  const index_t rows = 6, cols = 5;
  const std::vector<float> values = counted(rows * cols);
  for (std::size_t offset : {0, 1, 2, 3}) {
    const Bytes bytes = stored<P>(values, offset);
    StoredWeight weight;
    weight.type = stored_type<P>();
    weight.data = bytes.data();
    weight.rows = rows;
    weight.cols = cols;
    typename P::Parts parts;
    BOOST_REQUIRE(P::adopt(weight, RowMap{}, parts));
    BOOST_TEST(support::decoded<P>(parts, rows, cols) == values);

    const RowMap groups{1, 2, 4};  // rows 1 2 5
    BOOST_REQUIRE(P::adopt(weight, groups, parts));
    BOOST_TEST(support::decoded<P>(parts, 3, cols) == support::picked(values, cols, groups, 3));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_transposed_matrix_is_a_view, P, DensePrecisions) {
  const index_t rows = 6, cols = 5;  // stored [5, 6]
  const std::vector<float> values = counted(rows * cols);
  std::vector<float> transposed;
  for (index_t c = 0; c < cols; ++c)
    for (index_t r = 0; r < rows; ++r) transposed.push_back(values[std::size_t(r * cols + c)]);
  const Bytes bytes = stored<P>(transposed, 1);
  StoredWeight weight;
  weight.type = stored_type<P>();
  weight.data = bytes.data();
  weight.rows = rows;
  weight.cols = cols;
  weight.transposed = true;
  typename P::Parts parts;
  for (const RowMap& map : {RowMap{}, RowMap{2, 0, 0}, RowMap{1, 2, 3}}) {
    const index_t n = map.group ? 4 : rows - map.first;
    BOOST_REQUIRE(P::adopt(weight, map, parts));
    BOOST_TEST(support::decoded<P>(parts, n, cols) == support::picked(values, cols, map, n));
    float part[2];
    P::decode(parts, cols, 1, 3, part, 2);
    BOOST_TEST(part[0] == values[std::size_t(map(1) * cols + 3)]);
    BOOST_TEST(part[1] == values[std::size_t(map(1) * cols + 4)]);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(other_stored_forms_are_refused, P, DensePrecisions) {
  const Bytes bytes(64);
  DenseParts parts;
  for (StoredType type : {StoredType::f32, StoredType::f16, StoredType::bf16, StoredType::f64, StoredType::i8}) {
    StoredWeight weight;
    weight.type = type;
    weight.data = bytes.data();
    weight.rows = weight.cols = 2;
    BOOST_TEST(P::adopt(weight, RowMap{}, parts) == (type == stored_type<P>()));
    weight.form = StoredForm::four_bit;
    BOOST_TEST(!P::adopt(weight, RowMap{}, parts));
    weight.form = StoredForm::int8_rowwise;
    BOOST_TEST(!P::adopt(weight, RowMap{}, parts));
  }
}

BOOST_AUTO_TEST_SUITE_END()
