// nf4 and fp4: bitsandbytes' 4-bit blocks (Dettmers et al. 2023, QLoRA). Two codes a byte, element 2k in the high
// nibble, over the flat matrix; W = book[code] * absmax[element / block]. absmax may be quantised again (nested).
#pragma once
#include <cmath>
#include <utility>

#include "skald/precision/code_books.hpp"
#include "skald/precision/half.hpp"
#include "skald/precision/precision.hpp"

namespace skald::inline SKALD_ABI {

struct FourBitParts {
  const std::byte* codes = nullptr;             ///< [ceil(stored rows * cols / 2)]
  const std::byte* book = nullptr;              ///< fp32 [16]
  const std::byte* absmax = nullptr;            ///< fp32 [blocks], or u8 when nested
  const std::byte* nested_absmax = nullptr;     ///< fp32; null: absmax is plain
  const std::byte* nested_book = nullptr;       ///< fp32 [256]
  index_t cols = 0, block = 64, nested_block = 256;
  float nested_offset = 0;
  RowMap rows{};
  /// Negative: blocks run over the flat matrix, as the format has it. Else element c of row r takes scale
  /// r * blocks_per_row + c / block: see avx512_blocks_per_row().
  index_t blocks_per_row = -1;
};

/// FourBitParts::blocks_per_row as bitsandbytes 0.50 has it on AVX-512 (LoadOptions::bitsandbytes_avx512_scales): its
/// kernel takes rows of a multiple of 16 elements, and is off where they are no whole number of blocks. Rows shorter
/// than a block then all take the first scale. Other rows go by the format.
constexpr index_t avx512_blocks_per_row(index_t cols, index_t block) {
  return cols % 16 == 0 && cols % block != 0 ? cols / block : -1;
}

/// The scale of one block: absmax, or map[q] * nested_absmax[block / nested_block] + offset, all float32.
inline float block_absmax(const FourBitParts& w, index_t block) {
  if (!w.nested_absmax) return load<float>(w.absmax, block);
  const float q = load<float>(w.nested_book, index_t(std::to_integer<unsigned>(w.absmax[block])));
  return q * load<float>(w.nested_absmax, block / w.nested_block) + w.nested_offset;
}

/// `Book` quantises what is converted while loading, in blocks of `Block`; a stored weight brings its own of each.
template <class Book, int Block = 64, bool DoubleQuant = false>
struct FourBit {
  static constexpr const char* name = Book::name;
  using Parts = FourBitParts;

  static constexpr index_t blocks(index_t rows, index_t cols) { return (rows * cols + Block - 1) / Block; }

  /// The book, absmax and codes; when DoubleQuant also the nested offset, book and absmax.
  static constexpr std::size_t bytes(index_t rows, index_t cols) { return std::size_t(Layout(rows, cols).end); }

  static void decode(const Parts& w, index_t, index_t row, index_t first, float* out, index_t count) {
    float book[16];
    std::memcpy(book, w.book, sizeof book);
    index_t at = w.rows(row) * w.cols + first;
    const bool flat = w.blocks_per_row < 0;
    const index_t base = flat ? 0 : at - first, skipped = flat ? 0 : w.rows(row) * w.blocks_per_row;
    for (index_t i = 0; i < count;) {
      const index_t block = (at - base) / w.block, left = (block + 1) * w.block - (at - base);
      const index_t end = left < count - i ? i + left : count;
      const float scale = block_absmax(w, skipped + block);
      for (; i < end; ++i, ++at) {
        const unsigned pair = std::to_integer<unsigned>(w.codes[at / 2]);
        out[i] = book[at % 2 ? pair & 15u : pair >> 4] * scale;
      }
    }
  }

  static bool adopt(const StoredWeight& s, const RowMap& rows, Parts& parts) {
    if (s.form != StoredForm::four_bit || s.nf4 != Book::is_nf4) return false;
    parts = {s.data, s.code_book, s.absmax, s.nested_absmax, s.nested_code_book,
             s.cols, s.block, s.nested_block, s.nested_offset, rows, s.blocks_per_row};
    return true;
  }

  template <class Read>
  static void encode(Read&& read, index_t rows, index_t cols, std::byte* storage);

  static Parts parts(const std::byte* storage, index_t rows, index_t cols) {
    const Layout at(rows, cols);
    Parts p{storage + at.codes, storage, storage + at.absmax, nullptr, nullptr, cols, Block, 256, 0, {}, -1};
    if constexpr (DoubleQuant) {
      p.nested_absmax = storage + at.nested_absmax;
      p.nested_book = storage + at.nested_book;
      p.nested_offset = load<float>(storage + at.offset, 0);
    }
    return p;
  }

 private:
  /// Offsets in memory of our own; wide parts first, so that they stay aligned.
  struct Layout {
    index_t offset, nested_book, nested_absmax, absmax, codes, end;
    constexpr Layout(index_t rows, index_t cols) {
      constexpr index_t f = sizeof(float);
      const index_t n = blocks(rows, cols);
      offset = 16 * f;
      nested_book = offset + (DoubleQuant ? f : 0);
      nested_absmax = nested_book + (DoubleQuant ? 256 * f : 0);
      absmax = nested_absmax + (DoubleQuant ? (n + 255) / 256 * f : 0);
      codes = absmax + n * (DoubleQuant ? 1 : f);
      end = codes + (rows * cols + 1) / 2;
    }
  };
};

/// NormalFloat: sixteen quantiles of the normal distribution.
using nf4 = FourBit<NormalFloat4>;
/// A sign, two exponent bits and one of mantissa.
using fp4 = FourBit<Float4>;
/// nf4 with its block scales quantised to 8 bits when converting: bnb_4bit_use_double_quant.
using nf4_double = FourBit<NormalFloat4, 64, true>;
using fp4_double = FourBit<Float4, 64, true>;

template <class Book, int Block, bool DoubleQuant>
template <class Read>
void FourBit<Book, Block, DoubleQuant>::encode(Read&& read, index_t rows, index_t cols, std::byte* storage) {
  const index_t n = rows * cols, nblocks = blocks(rows, cols);
  const Layout at(rows, cols);
  std::byte *codes = storage + at.codes, *absmax = storage + at.absmax;
  std::memcpy(storage, Book::values, 16 * sizeof(float));

  float values[Block];
  const auto read_block = [&](index_t b) {
    const index_t from = b * Block, count = n - from < Block ? n - from : Block;
    for (index_t i = 0; i < count;) {
      const index_t c = (from + i) % cols, step = cols - c < count - i ? cols - c : count - i;
      read((from + i) / cols, c, values + i, step);
      i += step;
    }
    float m = 0;
    for (index_t i = 0; i < count; ++i) m = std::fmax(m, std::fabs(values[i]));
    return std::pair<index_t, float>(count, m);
  };
  for (index_t b = 0; b < nblocks; ++b) {
    const auto [count, m] = read_block(b);
    if constexpr (!DoubleQuant) std::memcpy(absmax + b * index_t(sizeof(float)), &m, sizeof m);
    const float clamped = std::fmax(m, 1e-38f), inverse = 1.0f / clamped;
    for (index_t i = 0; i < count; ++i) {
      // The last block, when it is not whole, is divided: bitsandbytes does it so, and one unit of the last place
      // counts.
      const float s = count == Block ? values[i] * inverse : values[i] / clamped;
      const unsigned code = Book::nearest(std::fmin(std::fmax(s, -1.0f), 1.0f));
      const index_t e = b * Block + i;
      if (e % 2 == 0) codes[e / 2] = std::byte(code << 4 | Book::zero);
      else codes[e / 2] = (codes[e / 2] & std::byte{0xf0}) | std::byte(code);
    }
  }
  if constexpr (DoubleQuant) {
    double sum = 0;
    for (index_t b = 0; b < nblocks; ++b) sum += double(read_block(b).second);
    const float offset = nblocks ? float(sum / double(nblocks)) : 0.0f;
    std::memcpy(storage + at.offset, &offset, sizeof offset);
    std::memcpy(storage + at.nested_book, dynamic_map.values, sizeof dynamic_map.values);
    for (index_t g = 0; g * 256 < nblocks; ++g) {
      const index_t end = (g + 1) * 256 < nblocks ? (g + 1) * 256 : nblocks;
      float m = 0;
      for (index_t b = g * 256; b < end; ++b) m = std::fmax(m, std::fabs(read_block(b).second - offset));
      std::memcpy(storage + at.nested_absmax + g * index_t(sizeof(float)), &m, sizeof m);
      const float inverse = 1.0f / std::fmax(m, 1e-38f);
      for (index_t b = g * 256; b < end; ++b)
        absmax[b] = std::byte(dynamic_map.nearest((read_block(b).second - offset) * inverse));
    }
  }
}

static_assert(Precision<nf4> && Adoptable<nf4> && Precision<fp4>);

}  // namespace skald
