#include "skald/precision/int8.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

#include "precision/quantize_golden.hpp"
#include "support/matrices.hpp"

BOOST_AUTO_TEST_SUITE(precision_int8)

using namespace skald;
using support::Encoded;

namespace {

std::vector<int> codes_of(const Encoded<int8>& matrix) {
  std::vector<int> codes;
  for (index_t i = 0; i < matrix.rows * matrix.cols; ++i)
    codes.push_back(static_cast<signed char>(matrix.parts().codes[i]));
  return codes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(known_answer) {
  const std::vector<float> values{1, -2, 0.5f, 0.25f, 3, 1.5f, -0.75f, 0.0117f};
  const Encoded<int8> matrix(values, 2, 4);
  BOOST_TEST(codes_of(matrix) == (std::vector<int>{64, -127, 32, 16, 127, 64, -32, 0}));
  BOOST_TEST(load<float>(matrix.parts().row_absmax, 0) == 2);
  BOOST_TEST(load<float>(matrix.parts().row_absmax, 1) == 3);
  const std::vector<float> found = matrix.values();
  const double expected[8] = {64 * 2 / 127.0,  -2, 32 * 2 / 127.0, 16 * 2 / 127.0, 3, 64 * 3 / 127.0,
                              -32 * 3 / 127.0, 0};
  for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(std::abs(found[i] - expected[i]) <= 4e-7);
  BOOST_TEST(int8::bytes(2, 4) == 16u);
}

BOOST_AUTO_TEST_CASE(codes_are_those_of_bitsandbytes) {
  const test::QuantizeGolden golden;
  int cases = 0;
  for (const test::QuantizeCase& c : golden.cases()) {
    if (c.type != "int8_rowwise" || c.threshold != 0) continue;
    const auto input = golden.floats(c.input);
    const auto [rows, cols] = golden.shape(c.input);
    const Encoded<int8> matrix(input, rows, cols);
    const auto codes = golden.bytes(c.packed);
    BOOST_TEST(std::memcmp(matrix.parts().codes, codes.data(), codes.size()) == 0, c.packed);
    const auto scale = golden.bytes(c.scale);
    BOOST_TEST(std::memcmp(matrix.parts().row_absmax, scale.data(), scale.size()) == 0, c.scale);
    ++cases;
  }
  BOOST_TEST(cases == 2);
}

BOOST_AUTO_TEST_CASE(weights_pass_through_fp16_and_halves_go_to_even) {
  // 127 / 127 = 1: codes are the rounded numbers themselves.
  const std::vector<float> values{127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 3.4999f, 126.96f};
  const Encoded<int8> matrix(values, 1, 8);
  BOOST_TEST(codes_of(matrix) == (std::vector<int>{127, 0, 2, 2, 0, -2, 4, 127}));  // 3.4999 is 3.5 in fp16
}

BOOST_AUTO_TEST_CASE(rows_longer_than_a_piece_have_one_scale) {
  std::vector<float> values(2 * 700, 0.0f);
  values[699] = -5;       // the last of row 0
  values[700 + 300] = 3;  // the middle of row 1
  values[700] = 1.5f;
  const Encoded<int8> matrix(values, 2, 700);
  BOOST_TEST(load<float>(matrix.parts().row_absmax, 0) == 5);
  BOOST_TEST(load<float>(matrix.parts().row_absmax, 1) == 3);
  const std::vector<int> codes = codes_of(matrix);
  BOOST_TEST(codes[699] == -127);
  BOOST_TEST(codes[700] == 64);
  BOOST_TEST(codes[1000] == 127);
}

BOOST_AUTO_TEST_CASE(rows_without_a_scale) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values{0, -0.0f, 0, 1, inf, -2, 1, nan, -2, 1e6f, 1, 0};  // 1e6 is infinite in fp16
  const Encoded<int8> matrix(values, 4, 3);
  BOOST_TEST(codes_of(matrix) == (std::vector<int>{0, 0, 0, 0, 0, 0, 64, 0, -127, 0, 0, 0}));
  BOOST_TEST(load<float>(matrix.parts().row_absmax, 0) == 0);
  BOOST_TEST(load<float>(matrix.parts().row_absmax, 2) == 2);
}

BOOST_AUTO_TEST_CASE(blocks_of_a_row_have_a_scale_each) {
  using Blocks = Int8<16>;
  std::vector<float> values(2 * 40, 0.0f);
  values[0] = 127, values[1] = 0.5f, values[2] = 1.5f, values[3] = -2.5f, values[15] = -100.3f;
  values[16] = 1.27f, values[31] = -0.005f;          // the second block
  values[39] = -1e30f;                               // the third, of eight numbers
  values[40 + 20] = 1e-37f, values[40 + 21] = 5e-38f;  // too small for a scale
  const Encoded<Blocks> matrix(values, 2, 40);
  const auto code = [&](int i) { return int(static_cast<signed char>(matrix.parts().codes[i])); };
  const auto scale = [&](index_t i) { return load<float>(matrix.parts().scales, i); };
  BOOST_TEST(Blocks::bytes(2, 40) == 2u * 3 * 4 + 80);
  BOOST_TEST(code(0) == 127);
  BOOST_TEST(code(1) == 0);  // halves go to even
  BOOST_TEST(code(2) == 2);
  BOOST_TEST(code(3) == -2);
  BOOST_TEST(code(15) == -100);
  BOOST_TEST(code(16) == 127);
  BOOST_TEST(code(31) == 0);
  BOOST_TEST(code(39) == -127);
  BOOST_TEST(code(60) == 0);
  BOOST_TEST(scale(0) == 1);
  BOOST_TEST(scale(1) == 1.27f / 127.0f);
  BOOST_TEST(scale(2) == 1e30f / 127.0f);
  BOOST_TEST(scale(3) == 0);
  const std::vector<float> found = matrix.values();
  BOOST_TEST(found[15] == -100);
  BOOST_TEST(found[16] == 127 * (1.27f / 127.0f));
  BOOST_TEST(found[39] == -127 * (1e30f / 127.0f));
}

BOOST_AUTO_TEST_CASE(blocks_are_nearer_than_rows) {
  const index_t rows = 40, cols = 2070;  // several pieces, a last block that is not whole
  std::vector<float> values = support::numbers(rows * cols, 5);
  for (index_t r = 0; r < rows; ++r) values[std::size_t(r * cols + 7)] = 30;  // an outlier spoils its row, or its block
  const auto worst = [&]<class P>(std::type_identity<P>) {
    const std::vector<float> found = Encoded<P>(values, rows, cols).values();
    double all = 0;
    for (std::size_t i = 0; i < values.size(); ++i) all += std::abs(double(found[i]) - values[i]);
    return all / double(values.size());
  };
  const double row = worst(std::type_identity<int8>{}), wide = worst(std::type_identity<Int8<512>>{}),
               narrow = worst(std::type_identity<Int8<32>>{});
  BOOST_TEST(row > 0.05);       // 30 / 127 a step, a quarter of it
  BOOST_TEST(wide < row / 2);
  BOOST_TEST(narrow < row / 10);
  const Encoded<Int8<32>> matrix(values, rows, cols);
  const std::vector<float> found = matrix.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const index_t r = index_t(i) / cols, c = index_t(i) % cols;
    const float scale = load<float>(matrix.parts().scales, r * Int8<32>::blocks(cols) + c / 32);
    if (!(std::abs(found[i] - values[i]) <= 0.5001f * scale)) BOOST_ERROR("element " << i << ": " << found[i]);
  }
  // Parts of rows, and rows that a map picks.
  Int8BlockParts parts = matrix.parts();
  parts.rows = {1, 2, 3};
  float part[70];
  for (const auto& [first, count] : {std::pair<index_t, index_t>{0, 70}, {31, 2}, {33, 64}, {2060, 10}, {5, 0}}) {
    Int8<32>::decode(parts, cols, 3, first, part, count);
    for (index_t i = 0; i < count; ++i) BOOST_TEST(part[i] == found[std::size_t(5 * cols + first + i)]);
  }
}

BOOST_AUTO_TEST_CASE(a_stored_matrix_is_taken_where_it_lies) {
  const index_t rows = 6, cols = 5;
  std::vector<signed char> codes;
  for (int i = 0; i < 30; ++i) codes.push_back(static_cast<signed char>(i * 9 - 128));
  const std::vector<float> scales{1, 2, 3, 4, 5, 0.127f};
  const support::Bytes code_bytes(codes.data(), codes.size(), 3), scale_bytes(scales.data(), 24, 1);
  StoredWeight weight;
  weight.form = StoredForm::int8_rowwise;
  weight.type = StoredType::i8;
  weight.data = code_bytes.data();
  weight.row_absmax = scale_bytes.data();
  weight.rows = rows;
  weight.cols = cols;
  Int8Parts parts;
  for (const RowMap& map : {RowMap{}, RowMap{2, 0, 0}, RowMap{1, 2, 3}}) {
    BOOST_REQUIRE(int8::adopt(weight, map, parts));
    const index_t n = map.group ? 4 : rows - map.first;
    const std::vector<float> found = support::decoded<int8>(parts, n, cols);
    for (index_t r = 0; r < n; ++r) {
      BOOST_TEST(int8::scale(parts, r) == scales[std::size_t(map(r))] * int8::inverse_127);
      for (index_t c = 0; c < cols; ++c)
        BOOST_TEST(found[std::size_t(r * cols + c)] ==
                   float(codes[std::size_t(map(r) * cols + c)]) * int8::scale(parts, r));
    }
    float part[2];
    int8::decode(parts, cols, 1, 3, part, 2);
    BOOST_TEST(part[0] == found[std::size_t(cols + 3)]);
    BOOST_TEST(part[1] == found[std::size_t(cols + 4)]);
  }
  weight.form = StoredForm::dense;
  BOOST_TEST(!int8::adopt(weight, RowMap{}, parts));
  weight.form = StoredForm::four_bit;
  BOOST_TEST(!int8::adopt(weight, RowMap{}, parts));
}

BOOST_AUTO_TEST_SUITE_END()
