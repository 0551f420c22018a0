#include "skald/precision/four_bit.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "precision/quantize_golden.hpp"
#include "support/matrices.hpp"

BOOST_AUTO_TEST_SUITE(precision_four_bit)

using namespace skald;
using support::Encoded;

namespace {

using Kinds = std::tuple<nf4, fp4, nf4_double, fp4_double, FourBit<NormalFloat4, 128>, FourBit<Float4, 32, true>>;

std::string hex(const std::byte* bytes, std::size_t n) {
  const char* digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < n; ++i) {
    const auto b = std::to_integer<unsigned>(bytes[i]);
    text.append(1, digits[b >> 4]).append(1, digits[b & 15]);
  }
  return text;
}

unsigned code_at(const FourBitParts& w, index_t element) {
  const auto pair = std::to_integer<unsigned>(w.codes[element / 2]);
  return element % 2 ? pair & 15u : pair >> 4;
}

/// The definition, element by element.
float element(const FourBitParts& w, index_t row, index_t col) {
  const index_t at = w.rows(row) * w.cols + col;
  const index_t block = w.blocks_per_row < 0 ? at / w.block : w.rows(row) * w.blocks_per_row + col / w.block;
  return load<float>(w.book, code_at(w, at)) * block_absmax(w, block);
}

bool same_bytes(std::span<const std::byte> expected, const std::byte* found) {
  return std::memcmp(expected.data(), found, expected.size()) == 0;
}

/// What a stored tensor of `type` keeps of a float.
float rounded(StoredType type, float x) {
  if (type == StoredType::f16) return to_float(to_fp16(x));
  if (type == StoredType::bf16) return to_float(to_bf16(x));
  return x;
}

/// Codes and scales bit for bit, then what they are read as.
template <class Book, int Block, bool DoubleQuant>
void check_case(const test::QuantizeGolden& golden, const test::QuantizeCase& c) {
  using P = FourBit<Book, Block, DoubleQuant>;
  const std::vector<float> input = golden.floats(c.input);
  const auto [rows, cols] = golden.shape(c.input);
  const Encoded<P> matrix(input, rows, cols);
  FourBitParts parts = matrix.parts();
  BOOST_TEST(same_bytes(golden.bytes(c.packed), parts.codes), c.packed);
  BOOST_TEST(same_bytes(golden.bytes(c.absmax), parts.absmax), c.absmax);
  if (DoubleQuant) {
    // PyTorch's mean is summed in float32 in an order of the machine's: a unit of the last place.
    const float unit = std::nextafter(c.offset, 9e9f) - c.offset;
    BOOST_TEST(std::abs(parts.nested_offset - c.offset) <= unit, c.packed);
    const std::vector<float> nested = golden.floats(c.nested_absmax);
    for (std::size_t g = 0; g < nested.size(); ++g)
      BOOST_TEST(std::abs(load<float>(parts.nested_absmax, index_t(g)) - nested[g]) <= unit, c.nested_absmax);
    const std::vector<float> restored = golden.floats(c.absmax_restored);
    for (std::size_t b = 0; b < restored.size(); ++b)
      BOOST_TEST(std::abs(block_absmax(parts, index_t(b)) - restored[b]) <= 1e-6f, c.absmax_restored);
  }

  // Each number became the nearest code of its block: no other is closer to it.
  for (index_t r = 0; r < rows; ++r)
    for (index_t col = 0; col < cols; ++col) {
      const index_t at = r * cols + col;
      float scale = 0;
      for (index_t i = at / Block * Block; i < std::min(rows * cols, at / Block * Block + Block); ++i)
        scale = std::max(scale, std::abs(input[std::size_t(i)]));
      const float s = scale > 0 ? input[std::size_t(at)] / scale : 0, found = Book::values[code_at(parts, at)];
      for (float v : Book::values) BOOST_REQUIRE_LE(std::abs(s - found), std::abs(s - v) + 2e-7f);
    }

  // What bitsandbytes dequantised, on AVX-512.
  if (c.dequantised.empty()) return;
  parts.blocks_per_row = avx512_blocks_per_row(cols, Block);
  const std::vector<float> expected = golden.floats(c.dequantised), found = support::decoded<P>(parts, rows, cols);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const float kept = rounded(golden.type(c.dequantised), found[i]);
    // Nested scales come out of a table that differs in the last place.
    if (DoubleQuant) BOOST_REQUIRE_LE(std::abs(kept - expected[i]), 1e-6f);
    else BOOST_REQUIRE_EQUAL(kept, expected[i]);
  }
}

template <class Book>
void check_book(const test::QuantizeGolden& golden, const test::QuantizeCase& c) {
  if (c.block == 64) c.nested ? check_case<Book, 64, true>(golden, c) : check_case<Book, 64, false>(golden, c);
  else c.nested ? check_case<Book, 128, true>(golden, c) : check_case<Book, 128, false>(golden, c);
}

}  // namespace

BOOST_AUTO_TEST_CASE(known_answers) {
  std::vector<float> values;
  for (int i = 0; i < 128; ++i) values.push_back(float((37 * i) % 101 - 50) / 32);
  const Encoded<nf4> normal(values, 2, 64);
  BOOST_TEST(hex(normal.parts().codes, 64) ==
             "04c16e29f3b05d17e29f3c05d18e2af4c16e18e3b05d17e29f3b05d18e2af4c1"
             "6d18e3b04c17e29f3b05d17e2af4c06d18e2a04c16e29f3b05d17e29f3c05d18");
  const Encoded<fp4> small(values, 2, 64);
  BOOST_TEST(hex(small.parts().codes, 64) ==
             "bf5a92a63c4be5a02d63c4be2a12d73f5a92a63d4bf5a92d63c4be5a12d73c5b"
             "e2a63d4bf5a92d63c4be5a12d73c5be2a12d7bf5a92a63c4be5a02d63c4be2a1");
  for (index_t block : {0, 1}) {
    BOOST_TEST(block_absmax(normal.parts(), block) == 1.5625f);
    BOOST_TEST(block_absmax(small.parts(), block) == 1.5625f);
  }
}

BOOST_AUTO_TEST_CASE(known_answer_of_double_quantisation) {
  const float absmax[8] = {1, 1.453125f, 1.90625f, 1.359375f, 1.8125f, 1.265625f, 1.71875f, 1.171875f};
  std::vector<float> values(8 * 64, 0.0f);
  for (std::size_t b = 0; b < 8; ++b) values[b * 64 + 7 * b] = b % 2 ? -absmax[b] : absmax[b];
  const Encoded<nf4_double> matrix(values, 8, 64);
  const FourBitParts parts = matrix.parts();
  BOOST_TEST(parts.nested_offset == 1.4609375f);
  BOOST_TEST(load<float>(parts.nested_absmax, 0) == 0.4609375f);
  const unsigned codes[8] = {0, 93, 252, 55, 238, 40, 223, 26};
  const double restored[8] = {1.0032409, 1.4530872, 1.9056702, 1.3597473, 1.814923, 1.2625184, 1.717694, 1.1717713};
  for (index_t b = 0; b < 8; ++b) {
    BOOST_TEST(std::to_integer<unsigned>(parts.absmax[b]) == codes[b]);
    BOOST_TEST(std::abs(block_absmax(parts, b) - restored[b]) <= 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(codes_and_scales_are_those_of_bitsandbytes) {
  const test::QuantizeGolden golden;
  int cases = 0;
  for (const test::QuantizeCase& c : golden.cases()) {
    if (c.type == "nf4") check_book<NormalFloat4>(golden, c), ++cases;
    if (c.type == "fp4") check_book<Float4>(golden, c), ++cases;
  }
  BOOST_TEST(cases == 28);
}

BOOST_AUTO_TEST_CASE(which_rows_avx512_reads_by_itself) {
  // Tried with bitsandbytes 0.50.2: blocks of 64.
  for (index_t cols : {8, 18, 36, 40, 62, 63, 66, 100, 104, 120, 250, 255})
    BOOST_TEST(avx512_blocks_per_row(cols, 64) == -1);
  for (index_t cols : {64, 128, 320}) BOOST_TEST(avx512_blocks_per_row(cols, 64) == -1);  // both are the same
  for (index_t cols : {16, 32, 48}) BOOST_TEST(avx512_blocks_per_row(cols, 64) == 0);
  BOOST_TEST(avx512_blocks_per_row(80, 64) == 1);
  BOOST_TEST(avx512_blocks_per_row(208, 64) == 3);
  BOOST_TEST(avx512_blocks_per_row(64, 128) == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_part_of_a_row_decodes_by_the_definition, P, Kinds) {
  const index_t rows = 7, cols = 33;  // 231 numbers: blocks run over row ends, the last byte is half used
  const Encoded<P> matrix(support::numbers(rows * cols, 5), rows, cols);
  const FourBitParts parts = matrix.parts();
  float out[40];
  for (index_t r = 0; r < rows; ++r)
    for (index_t first = 0; first < cols; ++first) {
      const index_t count = (r + first) % (cols - first + 1);
      std::fill_n(out, 40, 7.0f);
      P::decode(parts, cols, r, first, out, count);
      for (index_t i = 0; i < count; ++i) BOOST_REQUIRE_EQUAL(out[i], element(parts, r, first + i));
      BOOST_REQUIRE_EQUAL(out[count], 7);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(parts_find_what_encode_wrote, P, Kinds) {
  const index_t rows = 90, cols = 331;  // more than 256 blocks of 64
  const std::vector<float> values = support::numbers(rows * cols, 6, -3, 2);
  support::Bytes storage(P::bytes(rows, cols) + 1, 2);
  storage.data()[P::bytes(rows, cols)] = std::byte{0x5a};
  P::encode(support::reader(values, cols), rows, cols, storage.data());
  BOOST_TEST((storage.data()[P::bytes(rows, cols)] == std::byte{0x5a}));  // not a byte beyond bytes()
  const FourBitParts parts = P::parts(storage.data(), rows, cols);
  BOOST_TEST(parts.codes + (rows * cols + 1) / 2 == storage.data() + P::bytes(rows, cols));
  const std::vector<float> found = support::decoded<P>(parts, rows, cols);
  const double widest = std::string(P::name) == "nf4" ? 0.152 : 1.0 / 6;  // half of the largest step
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) worst = std::max<double>(worst, std::abs(values[i] - found[i]));
  BOOST_TEST(worst <= 3 * (widest + 0.01));
  BOOST_TEST(worst >= 3 * (widest - 0.03));  // the bound is met: scales and codes belong together
}

BOOST_AUTO_TEST_CASE(a_missing_last_number_is_coded_as_zero) {
  const std::vector<float> values = support::numbers(65, 2);
  const Encoded<nf4> normal(values, 5, 13);
  const Encoded<fp4> small(values, 5, 13);
  BOOST_TEST(code_at(normal.parts(), 65) == 7u);
  BOOST_TEST(code_at(small.parts(), 65) == 0u);
  BOOST_TEST(block_absmax(normal.parts(), 1) == std::abs(values[64]));
}

BOOST_AUTO_TEST_CASE(a_block_of_zeros_stays_zero) {
  std::vector<float> values(128, 0.0f);
  values[64] = 2;
  const Encoded<nf4> normal(values, 2, 64);
  const Encoded<fp4> small(values, 2, 64);
  BOOST_TEST(normal.values() == values);
  BOOST_TEST(small.values() == values);
  BOOST_TEST(code_at(normal.parts(), 3) == 7u);
  const Encoded<nf4_double> nothing(std::vector<float>(128, 0.0f), 2, 64);
  BOOST_TEST(nothing.values() == std::vector<float>(128, 0.0f));
}

BOOST_AUTO_TEST_CASE(a_stored_matrix_is_taken_where_it_lies) {
  const index_t rows = 8, cols = 33;
  const std::vector<float> values = support::numbers(rows * cols, 3);
  const Encoded<nf4_double> matrix(values, rows, cols, 3);
  const FourBitParts from = matrix.parts();
  StoredWeight weight;
  weight.form = StoredForm::four_bit;
  weight.type = StoredType::u8;
  weight.data = from.codes;
  weight.rows = rows;
  weight.cols = cols;
  weight.nf4 = true;
  weight.code_book = from.book;
  weight.absmax = from.absmax;
  weight.nested_absmax = from.nested_absmax;
  weight.nested_code_book = from.nested_book;
  weight.nested_offset = from.nested_offset;
  FourBitParts parts;
  const std::vector<float> all = matrix.values();
  for (const RowMap& map : {RowMap{}, RowMap{3, 0, 0}, RowMap{1, 2, 4}}) {
    const index_t n = map.group ? 4 : rows - map.first;
    BOOST_REQUIRE(nf4::adopt(weight, map, parts));
    BOOST_TEST(support::decoded<nf4>(parts, n, cols) == support::picked(all, cols, map, n));
  }
  BOOST_TEST(!fp4::adopt(weight, RowMap{}, parts));
  weight.nf4 = false;
  BOOST_TEST(fp4::adopt(weight, RowMap{}, parts));
  BOOST_TEST(!nf4::adopt(weight, RowMap{}, parts));
  weight.form = StoredForm::int8_rowwise;
  BOOST_TEST(!fp4::adopt(weight, RowMap{}, parts));
}

BOOST_AUTO_TEST_CASE(the_book_and_the_blocks_of_the_file_are_read) {
  std::vector<float> book(16);
  for (int i = 0; i < 16; ++i) book[std::size_t(i)] = float(10 * i);
  std::vector<float> absmax(300);
  for (int b = 0; b < 300; ++b) absmax[std::size_t(b)] = float(b + 1);
  const std::vector<unsigned char> codes(10 * 120 / 2, 0x9c);
  StoredWeight weight;
  weight.form = StoredForm::four_bit;
  weight.data = reinterpret_cast<const std::byte*>(codes.data());
  weight.rows = 10;
  weight.cols = 120;
  weight.nf4 = true;
  weight.block = 32;
  weight.code_book = reinterpret_cast<const std::byte*>(book.data());
  weight.absmax = reinterpret_cast<const std::byte*>(absmax.data());
  FourBitParts parts;
  BOOST_REQUIRE(nf4::adopt(weight, RowMap{}, parts));
  float out[3];
  nf4::decode(parts, 120, 1, 7, out, 3);  // flat 127, 128, 129: blocks 3, 4, 4
  BOOST_TEST(out[0] == 120 * 4);
  BOOST_TEST(out[1] == 90 * 5);
  BOOST_TEST(out[2] == 120 * 5);

  weight.blocks_per_row = 120 / 32;  // row 2 counts from scale 6; its last, partial block takes row 3's first
  BOOST_REQUIRE(nf4::adopt(weight, RowMap{1, 0, 0}, parts));
  nf4::decode(parts, 120, 1, 95, out, 3);
  BOOST_TEST(out[0] == 120 * (6 + 2 + 1));
  BOOST_TEST(out[1] == 90 * (6 + 3 + 1));
  BOOST_TEST(out[2] == 120 * (6 + 3 + 1));

  weight.block = 128;  // no whole block a row: the first scale for all
  weight.blocks_per_row = 0;
  BOOST_REQUIRE(nf4::adopt(weight, RowMap{}, parts));
  nf4::decode(parts, 120, 9, 118, out, 2);
  BOOST_TEST(out[0] == 90);
  BOOST_TEST(out[1] == 120);

  weight.blocks_per_row = -1;  // nested: 4 blocks a second-level scale
  const std::vector<float> nested{2, 3, 4}, map = [] {
    std::vector<float> values(256);
    for (int i = 0; i < 256; ++i) values[std::size_t(i)] = float(i);
    return values;
  }();
  std::vector<unsigned char> bytes;
  for (int b = 0; b < 12; ++b) bytes.push_back(static_cast<unsigned char>(b));
  weight.nested_absmax = reinterpret_cast<const std::byte*>(nested.data());
  weight.nested_code_book = reinterpret_cast<const std::byte*>(map.data());
  weight.absmax = reinterpret_cast<const std::byte*>(bytes.data());
  weight.nested_block = 4;
  weight.nested_offset = 0.5f;
  BOOST_REQUIRE(nf4::adopt(weight, RowMap{}, parts));
  BOOST_TEST(block_absmax(parts, 3) == 3 * 2 + 0.5f);
  BOOST_TEST(block_absmax(parts, 4) == 4 * 3 + 0.5f);
  BOOST_TEST(block_absmax(parts, 11) == 11 * 4 + 0.5f);
}

BOOST_AUTO_TEST_SUITE_END()
