// Which kernel multiplies few rows, by precision, shape and instruction set.
#pragma once
#include "skald/backend/cpu_features.hpp"
#include "skald/ops/cpu/amx/products.hpp"
#include "skald/ops/cpu/avx2/dense.hpp"
#include "skald/ops/cpu/avx2/four_bit.hpp"
#include "skald/ops/cpu/avx2/four_bit_int8.hpp"
#include "skald/ops/cpu/avx2/int8.hpp"
#include "skald/ops/cpu/avx2/llm_int8.hpp"
#include "skald/ops/cpu/avx512/dense.hpp"
#include "skald/ops/cpu/avx512/four_bit.hpp"
#include "skald/ops/cpu/avx512/four_bit_int8.hpp"
#include "skald/ops/cpu/avx512/group_scales.hpp"
#include "skald/ops/cpu/avx512/int8.hpp"
#include "skald/ops/cpu/avx512/llm_int8.hpp"
#include "skald/ops/cpu/avx512/tile.hpp"
#include "skald/ops/cpu/neon/dense.hpp"
#include "skald/ops/cpu/neon/four_bit.hpp"
#include "skald/ops/cpu/neon/four_bit_int8.hpp"
#include "skald/ops/cpu/neon/int8.hpp"
#include "skald/ops/cpu/neon/llm_int8.hpp"
#include "skald/ops/cpu/tile_kernel.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// A precision of a user's own, or a processor that nothing is written for: none.
template <class P>
StripKernel<P> strip_kernel(std::type_identity<P>, const typename P::Parts&, index_t, const CpuFeatures&) {
  return {};
}

#if defined(__x86_64__)

inline bool in_pairs(ComputeType compute, const CpuFeatures& f) {
  return f.fast_bf16_pairs && compute == ComputeType::bf16;
}

inline StripKernel<fp32> strip_kernel(std::type_identity<fp32>, const DenseParts& w, index_t, const CpuFeatures& f) {
  if (w.col_stride != 1) return {};
  if (f.avx512) return {nullptr, nullptr, avx512::multiply_dense<avx512::Floats32>};
  if (f.avx2) return {nullptr, nullptr, avx2::multiply_dense<avx2::Floats32>};
  return {};
}

inline StripKernel<fp16> strip_kernel(std::type_identity<fp16>, const DenseParts& w, index_t, const CpuFeatures& f) {
  if (w.col_stride != 1) return {};
  if (f.avx512) return {nullptr, nullptr, avx512::multiply_dense<avx512::Halves>};
  if (f.avx2) return {nullptr, nullptr, avx2::multiply_dense<avx2::Halves>};
  return {};
}

inline StripKernel<bf16> strip_kernel(std::type_identity<bf16>, const DenseParts& w, index_t, const CpuFeatures& f) {
  if (w.col_stride != 1) return {};
  if (in_pairs(w.compute, f))
    return {avx512::paired_bytes, avx512::pack_pairs, avx512::multiply_dense<avx512::UpperHalfPairs>, true};
  if (f.avx512) return {nullptr, nullptr, avx512::multiply_dense<avx512::UpperHalves>};
  if (f.avx2) return {nullptr, nullptr, avx2::multiply_dense<avx2::UpperHalves>};
  return {};
}

inline StripKernel<int8> strip_kernel(std::type_identity<int8>, const Int8Parts&, index_t, const CpuFeatures& f) {
  if (f.avx512) return {nullptr, nullptr, avx512::multiply_int8};
  if (f.avx2) return {nullptr, nullptr, avx2::multiply_int8};
  return {};
}

inline StripKernel<nf4> four_bit_kernel(const FourBitParts& w, index_t in, const CpuFeatures& f) {
  if (!in_groups(w, in)) return {};
  const bool in_bytes = w.compute == ComputeType::int8, vbmi = f.avx512_vbmi && w.block == scale_group;
  if (in_bytes && f.avx512_vbmi && f.avx512_vnni) {
    using namespace avx512;
    return {bytes_packed<64>, pack_bytes<64>,
            vbmi ? multiply_four_bit<CodeBytes, fill_nested> : multiply_four_bit<CodeBytes, fill_each>, true};
  }
  if (in_bytes && f.avx2) {
    using namespace avx2;
    return {bytes_packed<32>, pack_bytes<32>,
            f.avx_vnni ? multiply_four_bit<CodeBytes<ByVnni>> : multiply_four_bit<CodeBytes<BySigns>>, true};
  }
  if (f.avx512) {
    using namespace avx512;
    if (in_pairs(w.compute, f))
      return {shifted_word_bytes, pack_by_word_shifts,
              vbmi ? multiply_four_bit<CodePairs, fill_nested> : multiply_four_bit<CodePairs, fill_each>, true};
    return {shifted_bytes, pack_by_shifts,
            vbmi ? multiply_four_bit<CodeFloats, fill_nested> : multiply_four_bit<CodeFloats, fill_each>};
  }
  if (f.avx2) return {permuted_bytes, avx2::pack_as_unpacked, avx2::multiply_four_bit<avx2::CodeFloats>};
  return {};
}

#elif defined(__aarch64__)

template <class F, class P>
StripKernel<P> neon_dense(const DenseParts& w, const CpuFeatures& f) {
  if (w.col_stride != 1 || !f.neon) return {};
  return {nullptr, nullptr, neon::multiply_dense<F>};
}

inline StripKernel<fp32> strip_kernel(std::type_identity<fp32>, const DenseParts& w, index_t, const CpuFeatures& f) {
  return neon_dense<neon::Floats32, fp32>(w, f);
}

inline StripKernel<fp16> strip_kernel(std::type_identity<fp16>, const DenseParts& w, index_t, const CpuFeatures& f) {
  return neon_dense<neon::Halves, fp16>(w, f);
}

inline StripKernel<bf16> strip_kernel(std::type_identity<bf16>, const DenseParts& w, index_t, const CpuFeatures& f) {
  return neon_dense<neon::UpperHalves, bf16>(w, f);
}

inline StripKernel<int8> strip_kernel(std::type_identity<int8>, const Int8Parts&, index_t, const CpuFeatures& f) {
  if (!f.neon) return {};
  return {nullptr, nullptr, neon::multiply_int8};
}

inline StripKernel<nf4> four_bit_kernel(const FourBitParts& w, index_t in, const CpuFeatures& f) {
  if (!f.neon || !in_groups(w, in)) return {};
  if (w.compute == ComputeType::int8 && f.dot_product)
    return {bytes_packed<16>, pack_bytes<16>, neon::multiply_four_bit<neon::CodeBytes>, true};
  return {permuted_bytes, neon::pack_by_parity, neon::multiply_four_bit<neon::CodeFloats>};
}

#endif

#if defined(__x86_64__) || defined(__aarch64__)

template <class Book, int Block, bool DoubleQuant, ComputeType Compute>
auto strip_kernel(std::type_identity<FourBit<Book, Block, DoubleQuant, Compute>>, const FourBitParts& w, index_t in,
                  const CpuFeatures& f) {
  const auto [bytes, pack, multiply, pack_rounds] = four_bit_kernel(w, in, f);  // one for all books
  return StripKernel<FourBit<Book, Block, DoubleQuant, Compute>>{bytes, pack, multiply, pack_rounds};
}

#endif

/// For n rows of `in` codes; so long that 32 bits hold their sums.
inline Int8RowsKernel int8_rows_kernel(index_t n, index_t in, const CpuFeatures& f) {
  if (in >= 1 << 17) return {};
#if defined(__x86_64__)
  if (f.amx_int8 && f.avx512_vnni && n > StripTuning::rows)
    return {avx512::find_outliers, avx512::quantise_int8, amx::int8_bytes, amx::pack_int8_rows,
            amx::multiply_int8_rows<amx::HardwareTiles>, Int8RowsKernel::most_rows};
  if (f.avx512_vnni)
    return {avx512::find_outliers, avx512::quantise_int8, packed_int8_bytes, pack_int8_rows,
            multiply_int8_by<avx512::add_int8_rows>};
  if (f.avx2)
    return {avx2::find_outliers, avx2::quantise_int8, packed_int8_bytes, pack_int8_rows,
            f.avx_vnni ? multiply_int8_by<avx2::add_int8_rows<avx2::ByVnni>>
                       : multiply_int8_by<avx2::add_int8_rows<avx2::BySigns>>};
#elif defined(__aarch64__)
  if (f.dot_product)
    return {neon::find_outliers, neon::quantise_int8, neon::packed_int8_bytes, neon::pack_int8_rows,
            neon::multiply_int8_rows};
#endif
  return (void)n, (void)in, (void)f, Int8RowsKernel{};
}

/// For bf16 weights that compute in bf16.
inline PairTile pair_tile(const DenseParts& w, const CpuFeatures& f) {
#if defined(__x86_64__)
  if (w.compute == ComputeType::bf16 && w.col_stride == 1) {
    if (f.amx_bf16) return {amx::pair_bytes, amx::pack_pairs, amx::multiply_pairs<amx::HardwareTiles>};
    if (in_pairs(w.compute, f)) return {avx512::row_pair_bytes, avx512::pack_row_pairs, avx512::multiply_pairs};
  }
#endif
  return (void)w, (void)f, PairTile{};
}

}  // namespace detail

}  // namespace skald
