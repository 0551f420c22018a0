// P::decode by the registers of this machine: the same floats.
#pragma once
#include "skald/backend/cpu_features.hpp"
#include "skald/ops/cpu/avx2/widen.hpp"
#include "skald/ops/cpu/avx512/widen.hpp"
#include "skald/precision/dense.hpp"
#include "skald/precision/four_bit.hpp"
#include "skald/precision/int8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// out[i] = W[row, first + i], i < count. A precision of a user's own decodes as it does.
template <class P>
void decode_row(std::type_identity<P>, const CpuFeatures&, const typename P::Parts& w, index_t cols, index_t row,
                index_t first, float* out, index_t count) {
  P::decode(w, cols, row, first, out, count);
}

#if defined(__x86_64__)

/// What whole registers do not hold is left to P::decode.
template <class P, class Wide, class Narrow>
void decode_dense(const CpuFeatures& features, const DenseParts& w, index_t cols, index_t row, index_t first,
                  float* out, index_t count) {
  index_t done = 0;
  if (w.col_stride == 1 && features.avx2) {
    const std::byte* const from = w.data + (w.rows(row) * w.row_stride + first) * Wide::size;
    done = features.avx512 ? avx512::widen<Wide>(from, count, 1, out) : avx2::widen<Narrow>(from, count, 1, out);
  }
  if (done < count) P::decode(w, cols, row, first + done, out + done, count - done);
}

inline void decode_row(std::type_identity<fp16>, const CpuFeatures& f, const DenseParts& w, index_t cols, index_t row,
                       index_t first, float* out, index_t count) {
  decode_dense<fp16, avx512::Halves, avx2::Halves>(f, w, cols, row, first, out, count);
}
inline void decode_row(std::type_identity<bf16>, const CpuFeatures& f, const DenseParts& w, index_t cols, index_t row,
                       index_t first, float* out, index_t count) {
  decode_dense<bf16, avx512::UpperHalves, avx2::UpperHalves>(f, w, cols, row, first, out, count);
}

inline void decode_row(std::type_identity<int8>, const CpuFeatures& f, const Int8Parts& w, index_t cols, index_t row,
                       index_t first, float* out, index_t count) {
  const std::byte* const from = w.codes + w.rows(row) * w.cols + first;
  index_t done = 0;
  if (f.avx512) done = avx512::widen<avx512::Codes8>(from, count, int8::scale(w, row), out);
  else if (f.avx2) done = avx2::widen<avx2::Codes8>(from, count, int8::scale(w, row), out);
  if (done < count) int8::decode(w, cols, row, first + done, out + done, count - done);
}

template <class Book, int Block, bool DoubleQuant>
void decode_row(std::type_identity<FourBit<Book, Block, DoubleQuant>>, const CpuFeatures& f, const FourBitParts& w,
                index_t cols, index_t row, index_t first, float* out, index_t count) {
  using P = FourBit<Book, Block, DoubleQuant>;
  const index_t start = w.rows(row) * w.cols + first;
  index_t done = 0;
  if (f.avx2 && w.blocks_per_row < 0 && start % 2 == 0 && w.block % 16 == 0)
    while (done < count) {
      const index_t at = start + done, block = at / w.block, left = (block + 1) * w.block - at;
      const index_t n = left < count - done ? left : count - done;
      const float scale = block_absmax(w, block);
      const index_t wide = f.avx512 ? avx512::widen_codes(w.codes + at / 2, n, w.book, scale, out + done)
                                    : avx2::widen_codes(w.codes + at / 2, n, w.book, scale, out + done);
      if (wide < n) P::decode(w, cols, row, first + done + wide, out + done + wide, n - wide);
      done += n;
      if (n % 2 != 0) break;
    }
  if (done < count) P::decode(w, cols, row, first + done, out + done, count - done);
}

#endif

}  // namespace detail
}  // namespace skald
