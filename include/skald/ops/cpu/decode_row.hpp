// P::decode by the registers of this machine: the same floats.
#pragma once
#include "skald/backend/cpu_features.hpp"
#include "skald/core/type_list.hpp"
#include "skald/ops/cpu/avx2/widen.hpp"
#include "skald/ops/cpu/avx512/widen.hpp"
#include "skald/ops/cpu/neon/widen.hpp"
#include "skald/precision/dense.hpp"
#include "skald/precision/four_bit.hpp"
#include "skald/precision/int8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

// Each returns how many of n numbers it did: whole registers, none where there is no level.

template <class P>
index_t widen(const CpuFeatures& f, const std::byte* from, index_t n, float scale, float* out) {
#if defined(__x86_64__)
  constexpr bool half = std::is_same_v<P, fp16>, byte = std::is_same_v<P, int8>;
  namespace v4 = avx512;
  namespace v3 = avx2;
  using Wide = std::conditional_t<half, v4::Halves, std::conditional_t<byte, v4::Codes8, v4::UpperHalves>>;
  using Narrow = std::conditional_t<half, v3::Halves, std::conditional_t<byte, v3::Codes8, v3::UpperHalves>>;
  return f.avx512 ? v4::widen<Wide>(from, n, scale, out) : f.avx2 ? v3::widen<Narrow>(from, n, scale, out) : 0;
#elif defined(__aarch64__)
  constexpr bool half = std::is_same_v<P, fp16>, byte = std::is_same_v<P, int8>;
  using F = std::conditional_t<half, neon::Halves, std::conditional_t<byte, neon::Codes8, neon::UpperHalves>>;
  return f.neon ? neon::widen<F>(from, n, scale, out) : 0;
#else
  return (void)f, (void)from, (void)n, (void)scale, (void)out, 0;
#endif
}

inline index_t widen_codes(const CpuFeatures& f, const std::byte* codes, index_t n, const std::byte* book, float scale,
                           float* out) {
#if defined(__x86_64__)
  if (f.avx512) return avx512::widen_codes(codes, n, book, scale, out);
  if (f.avx2) return avx2::widen_codes(codes, n, book, scale, out);
#elif defined(__aarch64__)
  if (f.neon) return neon::widen_codes(codes, n, book, scale, out);
#endif
  return (void)f, (void)codes, (void)n, (void)book, (void)scale, (void)out, 0;
}

/// out[i] = W[row, first + i], i < count. A precision of a user's own decodes as it does; so does what whole registers
/// do not hold.
template <class P>
void decode_row(std::type_identity<P>, const CpuFeatures& features, const typename P::Parts& w, index_t cols,
                index_t row, index_t first, float* out, index_t count) {
  index_t done = 0;
  if constexpr (is_one_of<P, fp16, bf16>) {
    if (w.col_stride == 1)
      done = widen<P>(features, w.data + (w.rows(row) * w.row_stride + first) * index_t(sizeof(typename P::element)),
                      count, 1, out);
  } else if constexpr (std::is_same_v<P, int8>) {
    done = widen<P>(features, w.codes + w.rows(row) * w.cols + first, count, int8::scale(w, row), out);
  }
  if (done < count) P::decode(w, cols, row, first + done, out + done, count - done);
}

template <class Book, int Block, bool DoubleQuant, ComputeType Compute>
void decode_row(std::type_identity<FourBit<Book, Block, DoubleQuant, Compute>>, const CpuFeatures& features,
                const FourBitParts& w, index_t cols, index_t row, index_t first, float* out, index_t count) {
  using P = FourBit<Book, Block, DoubleQuant, Compute>;
  const index_t start = w.rows(row) * w.cols + first;
  index_t done = 0;
  if (w.blocks_per_row < 0 && start % 2 == 0 && w.block % 16 == 0)
    while (done < count) {
      const index_t at = start + done, block = at / w.block, left = (block + 1) * w.block - at;
      const index_t n = left < count - done ? left : count - done;
      const index_t wide = widen_codes(features, w.codes + at / 2, n, w.book, block_absmax(w, block), out + done);
      if (wide < n) P::decode(w, cols, row, first + done + wide, out + done + wide, n - wide);
      done += n;
      if (n % 2 != 0) break;
    }
  if (done < count) P::decode(w, cols, row, first + done, out + done, count - done);
}

}  // namespace detail
}  // namespace skald
