// Which kernel multiplies few rows, by precision, shape and instruction set.
#pragma once
#include "skald/backend/cpu_features.hpp"
#include "skald/ops/cpu/avx2/dense.hpp"
#include "skald/ops/cpu/avx2/four_bit.hpp"
#include "skald/ops/cpu/avx2/int8.hpp"
#include "skald/ops/cpu/avx512/dense.hpp"
#include "skald/ops/cpu/avx512/four_bit.hpp"
#include "skald/ops/cpu/avx512/int8.hpp"
#include "skald/ops/cpu/avx512/nested_scales.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// A precision of a user's own, or a processor that nothing is written for: none.
template <class P>
StripKernel<P> strip_kernel(std::type_identity<P>, const typename P::Parts&, index_t, const CpuFeatures&) {
  return {};
}

#if defined(__x86_64__)

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
  if (f.avx512) return {nullptr, nullptr, avx512::multiply_dense<avx512::UpperHalves>};
  if (f.avx2) return {nullptr, nullptr, avx2::multiply_dense<avx2::UpperHalves>};
  return {};
}

inline StripKernel<int8> strip_kernel(std::type_identity<int8>, const Int8Parts&, index_t, const CpuFeatures& f) {
  if (f.avx512) return {nullptr, nullptr, avx512::multiply_int8};
  if (f.avx2) return {nullptr, nullptr, avx2::multiply_int8};
  return {};
}

template <class Book, int Block, bool DoubleQuant>
StripKernel<FourBit<Book, Block, DoubleQuant>> strip_kernel(std::type_identity<FourBit<Book, Block, DoubleQuant>>,
                                                            const FourBitParts& w, index_t in, const CpuFeatures& f) {
  if (!in_groups(w, in)) return {};
  if (f.avx512) {
    if (w.block != scale_group || (w.nested_absmax && !f.avx512_vbmi))
      return {shifted_bytes, pack_by_shifts, avx512::multiply_four_bit<avx512::FilledScales>};
    if (w.nested_absmax) return {shifted_bytes, pack_by_shifts, avx512::multiply_four_bit<avx512::NestedScales>};
    return {shifted_bytes, pack_by_shifts, avx512::multiply_four_bit<avx512::StoredScales>};
  }
  if (f.avx2) return {shifted_bytes, pack_by_shifts, avx2::multiply_four_bit};
  return {};
}

#endif

}  // namespace detail

}  // namespace skald
