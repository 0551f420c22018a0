// Matrices that bitsandbytes quantised: codes and scales byte for byte, and what they are read as.
#include <algorithm>
#include <memory>

#include "files.hpp"
#include "skald/precision/four_bit.hpp"
#include "skald/precision/int8.hpp"

namespace golden {

namespace {

using namespace skald;

/// A recorded matrix quantised by us.
template <class P>
struct Encoded {
  index_t rows, cols;
  std::vector<float> values;
  std::vector<std::max_align_t> storage;

  Encoded(const Fixture& f, const Json& entry) {
    const Tensor input = f.tensor(member(entry, "input"), 2);
    rows = input.shape[0], cols = input.shape[1];
    values = input.values;
    if (values.empty()) malformed("an empty matrix");
    storage.resize(P::bytes(rows, cols) / sizeof(std::max_align_t) + 1);
    const auto read = [&](index_t r, index_t c, float* out, index_t n) {
      std::copy_n(values.begin() + r * cols + c, n, out);
    };
    P::encode(read, rows, cols, reinterpret_cast<std::byte*>(storage.data()));
  }
  auto parts() const { return P::parts(reinterpret_cast<const std::byte*>(storage.data()), rows, cols); }
};

/// The recorded bytes and `size` bytes of ours.
void same_bytes(Case& c, const Fixture& f, const Json& entry, const char* key, const std::byte* found,
                std::size_t size) {
  const auto expected = f.stored(text_of(member(entry, key))).bytes;
  if (expected.size() != size) malformed(std::string(key) + ": expected " + std::to_string(size) + " bytes");
  const auto at = std::mismatch(expected.begin(), expected.end(), found).first;
  c.expect(at == expected.end(), std::string(key) + ": byte " + std::to_string(at - expected.begin()) + " differs");
}

float rounded(StoredType type, float x) {
  if (type == StoredType::f16) return to_float(to_fp16(x));
  if (type == StoredType::bf16) return to_float(to_bf16(x));
  return x;
}

template <class Book, int Block, bool Nested>
void four_bit_case(Case& c, const Fixture& f, const Json& entry) {
  const Encoded<FourBit<Book, Block, Nested>> matrix(f, entry);
  const index_t rows = matrix.rows, cols = matrix.cols, blocks = (rows * cols + Block - 1) / Block;
  FourBitParts parts = matrix.parts();
  same_bytes(c, f, entry, "packed", parts.codes, std::size_t(rows * cols + 1) / 2);
  same_bytes(c, f, entry, "absmax", parts.absmax, std::size_t(blocks) * (Nested ? 1 : sizeof(float)));
  if constexpr (Nested) {
    // The mean of the scales is summed in an order of the machine's: a unit of the last place.
    c.near("offset", parts.nested_offset, number_of(member(entry, "offset")), 1e-6);
    std::vector<float> groups, restored;
    for (index_t g = 0; g < (blocks + 255) / 256; ++g) groups.push_back(load<float>(parts.nested_absmax, g));
    for (index_t b = 0; b < blocks; ++b) restored.push_back(block_absmax(parts, b));
    c.near("nested_absmax", groups, f.tensor(text_of(member(entry, "nested_absmax"))).values, {.absolute = 1e-6});
    c.near("absmax_restored", restored, f.tensor(text_of(member(entry, "absmax_restored"))).values, {.absolute = 1e-6});
  }
  const auto name = entry.find("dequantised");
  if (!name) return;
  parts.blocks_per_row = avx512_blocks_per_row(cols, Block);  // where it was recorded
  std::vector<float> found(matrix.values.size());
  for (index_t r = 0; r < rows; ++r) FourBit<Book>::decode(parts, cols, r, 0, found.data() + r * cols, cols);
  const StoredType type = f.stored(text_of(*name)).type;
  for (float& x : found) x = rounded(type, x);
  c.near("dequantised", found, f.tensor(*name, 2).values, {.absolute = Nested ? 1e-6 : 0});
}

void int8_case(Case& c, const Fixture& f, const Json& entry) {
  if (entry.find("threshold")) return c.skip("outlier columns of LLM.int8() activations are not done yet");
  const Encoded<int8> matrix(f, entry);
  const Int8Parts parts = matrix.parts();
  same_bytes(c, f, entry, "packed", parts.codes, std::size_t(matrix.rows * matrix.cols));
  same_bytes(c, f, entry, "scale", parts.row_absmax, std::size_t(matrix.rows) * sizeof(float));
}

template <class Book>
void book_case(Case& c, const Fixture& f, const Json& entry) {
  const auto block = integer_of(member(entry, "blocksize"));
  const bool nested = flag(entry, "double_quant");
  if (block == 64 && nested) return four_bit_case<Book, 64, true>(c, f, entry);
  if (block == 64) return four_bit_case<Book, 64, false>(c, f, entry);
  if (block == 128 && nested) return four_bit_case<Book, 128, true>(c, f, entry);
  if (block == 128) return four_bit_case<Book, 128, false>(c, f, entry);
  c.skip("this program has no blocks of " + std::to_string(block));
}

}  // namespace

void quantize_cases(const Fixture& f, Report& report) {
  for (const Json& entry : elements(member(f.root(), "cases"))) {
    const std::string type = text_of(member(entry, "quant_type"));
    report.run(text_of(member(entry, "packed")), [&](Case& c) {
      if (type == "nf4") book_case<NormalFloat4>(c, f, entry);
      else if (type == "fp4") book_case<Float4>(c, f, entry);
      else if (type == "int8_rowwise") int8_case(c, f, entry);
      else c.skip("this program does not know the type " + type);
    });
  }
}

}  // namespace golden
