// nf4 and fp4: bitsandbytes' 4-bit blocks (Dettmers et al. 2023, QLoRA). Two codes a byte, element 2k in the high
// nibble, over the flat matrix; W = book[code] * absmax[element / block]. absmax may be quantised again (nested).
#pragma once
#include <cstdint>
#include <cstring>

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
  ComputeType compute = ComputeType::fp32;
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
/// `Compute` bf16 fixes what products compute in; with fp32 the caller of loading may still ask for bf16.
template <class Book, int Block = 64, bool DoubleQuant = false, ComputeType Compute = ComputeType::fp32>
struct FourBit {
  static constexpr const char* name = Book::name;
  using Parts = FourBitParts;
  using WithDoubleQuant = FourBit<Book, Block, true, Compute>;

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
             s.cols, s.block, s.nested_block, s.nested_offset, rows, s.blocks_per_row, compute_of(s)};
    return true;
  }

  /// What its products compute in, of a stored weight that is taken over or converted.
  static constexpr ComputeType compute_of(const StoredWeight& s) {
    return Compute == ComputeType::fp32 ? s.four_bit_compute : Compute;
  }

  /// Nested scales need the mean of all: step 0 leaves the plain scale of each block where its codes will be, step 1
  /// sums them in order, step 2 does the rest.
  static constexpr int encode_steps = DoubleQuant ? 3 : 1;
  static constexpr index_t encode_pieces(int step, index_t rows, index_t cols) {
    const index_t n = (blocks(rows, cols) + piece_blocks - 1) / piece_blocks;
    return n == 0 || (DoubleQuant && step == 1) ? 1 : n;  // no numbers: the book is written all the same
  }
  template <class Read>
  static void encode_piece(Read&& read, index_t rows, index_t cols, std::byte* storage, int step, index_t piece);

  template <class Read>
  static void encode(Read&& read, index_t rows, index_t cols, std::byte* storage) {
    detail::encode_all_pieces<FourBit>(read, rows, cols, storage);
  }

  static Parts parts(const std::byte* storage, index_t rows, index_t cols) {
    return parts(storage, rows, cols, storage);
  }
  /// `here`: the same bytes where the host may read them; `storage` may lie on a device.
  static Parts parts(const std::byte* storage, index_t rows, index_t cols, const std::byte* here) {
    const Layout at(rows, cols);
    Parts p{storage + at.codes, storage, storage + at.absmax, nullptr, nullptr, cols, Block, 256, 0, {}, -1, Compute};
    if constexpr (DoubleQuant) {
      p.nested_absmax = storage + at.nested_absmax;
      p.nested_book = storage + at.nested_book;
      p.nested_offset = load<float>(here + at.offset, 0);
    }
    return p;
  }

 private:
  /// Whole groups of nested scales, whole bytes of codes.
  static constexpr index_t piece_blocks = DoubleQuant && Block > 256 ? 256 : detail::piece_size / Block;
  static_assert(Block >= 32 && Block <= 4096 && (Block & (Block - 1)) == 0);

  static void write_codes(const float* values, index_t count, float absmax, std::byte* codes);

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

/// The codes of one block.
template <class Book, int Block, bool DoubleQuant, ComputeType Compute>
void FourBit<Book, Block, DoubleQuant, Compute>::write_codes(const float* values, index_t count, float absmax,
                                                             std::byte* codes) {
  const float clamped = absmax > 1e-38f ? absmax : 1e-38f, inverse = 1.0f / clamped;
  std::uint32_t code[Block];
  if (count == Block) {
    detail::in_lanes(Block, [&](index_t i) { code[i] = Book::nearest(values[i] * inverse); });
    for (int i = 0; i < Block / 2; ++i) codes[i] = std::byte(code[2 * i] << 4 | code[2 * i + 1]);
    return;
  }
  // The last block, when it is not whole, is divided: bitsandbytes does it so, and one unit of the last place counts.
  for (index_t i = 0; i < count; ++i) code[i] = Book::nearest(values[i] / clamped);
  code[count] = Book::zero;
  for (index_t i = 0; i < (count + 1) / 2; ++i) codes[i] = std::byte(code[2 * i] << 4 | code[2 * i + 1]);
}

template <class Book, int Block, bool DoubleQuant, ComputeType Compute>
template <class Read>
void FourBit<Book, Block, DoubleQuant, Compute>::encode_piece(Read&& read, index_t rows, index_t cols,
                                                              std::byte* storage, int step, index_t piece) {
  constexpr index_t wide = sizeof(float);
  const index_t n = rows * cols, nblocks = blocks(rows, cols);
  const Layout at(rows, cols);
  std::byte *codes = storage + at.codes, *absmax = storage + at.absmax;

  // f(block, values, count) for blocks [first, last), read some at a time.
  const auto for_blocks = [&](index_t first, index_t last, auto&& f) {
    constexpr index_t chunk = Block < 1024 ? 1024 : Block;
    float values[chunk];
    for (index_t from = first * Block; from < n && from < last * Block; from += chunk) {
      const index_t end = last * Block < n ? last * Block : n, count = end - from < chunk ? end - from : chunk;
      for (index_t i = 0; i < count;) {
        const index_t c = (from + i) % cols, run = cols - c < count - i ? cols - c : count - i;
        read((from + i) / cols, c, values + i, run);
        i += run;
      }
      for (index_t i = 0; i < count; i += Block)
        f((from + i) / Block, values + i, count - i < Block ? count - i : index_t(Block));
    }
  };
  const index_t first = piece * piece_blocks, left = nblocks - first;
  const index_t last = first + (left < piece_blocks ? left : piece_blocks);

  if constexpr (!DoubleQuant) {
    if (piece == 0) std::memcpy(storage, Book::values, 16 * sizeof(float));
    for_blocks(first, last, [&](index_t b, const float* values, index_t count) {
      const float m = detail::absmax(values, count);
      std::memcpy(absmax + b * wide, &m, sizeof m);
      write_codes(values, count, m, codes + b * (Block / 2));
    });
  } else {
    // The codes of the last block may be shorter than its scale.
    const auto plain = [&](index_t b) {
      float m = 0;
      if (b * Block + 8 <= n) return load<float>(codes + b * (Block / 2), 0);
      for_blocks(b, b + 1, [&](index_t, const float* values, index_t count) { m = detail::absmax(values, count); });
      return m;
    };
    if (step == 0)
      return for_blocks(first, last, [&](index_t b, const float* values, index_t count) {
        const float m = detail::absmax(values, count);
        if (b * Block + 8 <= n) std::memcpy(codes + b * (Block / 2), &m, sizeof m);
      });
    if (step == 1) {
      double sum = 0;
      for (index_t b = 0; b < nblocks; ++b) sum += double(plain(b));
      const float offset = nblocks ? float(sum / double(nblocks)) : 0.0f;
      std::memcpy(storage, Book::values, 16 * sizeof(float));
      std::memcpy(storage + at.offset, &offset, sizeof offset);
      std::memcpy(storage + at.nested_book, dynamic_map.values, sizeof dynamic_map.values);
      return;
    }
    const float offset = load<float>(storage + at.offset, 0);
    for (index_t from = first; from < last; from += 256) {
      float scales[256], centred[256];
      const index_t count = last - from < 256 ? last - from : 256;
      for (index_t i = 0; i < count; ++i) {
        scales[i] = plain(from + i);
        centred[i] = scales[i] - offset;
      }
      const float m = detail::absmax(centred, count), inverse = 1.0f / (m > 1e-38f ? m : 1e-38f);
      std::memcpy(storage + at.nested_absmax + from / 256 * wide, &m, sizeof m);
      for (index_t i = 0; i < count; ++i) absmax[from + i] = std::byte(dynamic_map.nearest(centred[i] * inverse));
      for_blocks(from, from + count, [&](index_t b, const float* values, index_t size) {
        write_codes(values, size, scales[b - from], codes + b * (Block / 2));
      });
    }
  }
}

static_assert(Adoptable<nf4> && PiecewiseEncodable<nf4> && PiecewiseEncodable<fp4>);

}  // namespace skald
