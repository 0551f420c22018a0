// How numbers lie in a file: element types, and the parts of one matrix. Plain data: what io finds, what a precision
// takes over in place or converts.
#pragma once
#include <cstddef>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// Element types of safetensors.
enum class StoredType : std::uint8_t {
  boolean, f4, f6_e2m3, f6_e3m2, u8, i8, f8_e5m2, f8_e4m3, f8_e8m0, f8_e4m3fnuz, f8_e5m2fnuz,
  i16, u16, f16, bf16, i32, u32, f32, c64, f64, i64, u64,
};

constexpr std::size_t bits(StoredType t) {
  switch (t) {
    case StoredType::f4: return 4;
    case StoredType::f6_e2m3:
    case StoredType::f6_e3m2: return 6;
    case StoredType::boolean:
    case StoredType::u8:
    case StoredType::i8:
    case StoredType::f8_e5m2:
    case StoredType::f8_e4m3:
    case StoredType::f8_e8m0:
    case StoredType::f8_e4m3fnuz:
    case StoredType::f8_e5m2fnuz: return 8;
    case StoredType::i16:
    case StoredType::u16:
    case StoredType::f16:
    case StoredType::bf16: return 16;
    case StoredType::i32:
    case StoredType::u32:
    case StoredType::f32: return 32;
    case StoredType::c64:
    case StoredType::f64:
    case StoredType::i64:
    case StoredType::u64: return 64;
  }
  return 0;
}

/// As safetensors spells it.
constexpr const char* name(StoredType t) {
  switch (t) {
    case StoredType::boolean: return "BOOL";
    case StoredType::f4: return "F4";
    case StoredType::f6_e2m3: return "F6_E2M3";
    case StoredType::f6_e3m2: return "F6_E3M2";
    case StoredType::u8: return "U8";
    case StoredType::i8: return "I8";
    case StoredType::f8_e5m2: return "F8_E5M2";
    case StoredType::f8_e4m3: return "F8_E4M3";
    case StoredType::f8_e8m0: return "F8_E8M0";
    case StoredType::f8_e4m3fnuz: return "F8_E4M3FNUZ";
    case StoredType::f8_e5m2fnuz: return "F8_E5M2FNUZ";
    case StoredType::i16: return "I16";
    case StoredType::u16: return "U16";
    case StoredType::f16: return "F16";
    case StoredType::bf16: return "BF16";
    case StoredType::i32: return "I32";
    case StoredType::u32: return "U32";
    case StoredType::f32: return "F32";
    case StoredType::c64: return "C64";
    case StoredType::f64: return "F64";
    case StoredType::i64: return "I64";
    case StoredType::u64: return "U64";
  }
  return "?";
}

/// Which rows of a stored matrix a logical matrix takes: row r lies at first + r / group * stride + r % group.
/// A plain matrix is {}; q of a fused [q|k|v] is a shifted one; q of gpt-neox's per-head [q,k,v] has group = head_dim
/// and stride = 3 * head_dim. So fused weights are views in every precision.
struct RowMap {
  index_t first = 0, group = 0, stride = 0;
  constexpr index_t operator()(index_t r) const { return first + (group ? r / group * stride + r % group : r); }
  constexpr bool contiguous() const { return group == 0; }
  friend constexpr bool operator==(const RowMap&, const RowMap&) = default;
};

/// What products with bf16 and 4-bit weights compute in; sums are float32 in all, scales too.
enum class ComputeType : std::uint8_t {
  fp32,  ///< x as it is
  bf16,  ///< x, and the book of 4-bit codes, rounded to bf16
  int8,  ///< of 4-bit weights: x rounded to 8 bits with a scale for every 64 inputs, and the book with one
};

enum class StoredForm : std::uint8_t { dense, int8_rowwise, four_bit };

/// The parts of one two-dimensional weight as a file holds them; pointers may have any alignment.
struct StoredWeight {
  StoredForm form = StoredForm::dense;
  StoredType type = StoredType::f32;       ///< of the elements (dense); u8 and i8 otherwise
  const std::byte* data = nullptr;
  index_t rows = 0, cols = 0;              ///< logical: [out, in]
  bool transposed = false;                 ///< stored [in, out] (Conv1D); dense only

  const std::byte* row_absmax = nullptr;   ///< int8_rowwise: SCB, fp32 [rows]
  float llm_int8_threshold = -1;           ///< what becomes int8: see Int8Parts
  ComputeType bf16_compute = ComputeType::fp32;      ///< of what becomes bf16
  ComputeType four_bit_compute = ComputeType::fp32;  ///< of what becomes nf4 or fp4

  bool nf4 = false;                        ///< four_bit: "nf4", else "fp4"
  index_t block = 64;                      ///< four_bit: elements a block, over the flat matrix
  index_t blocks_per_row = -1;             ///< four_bit: see FourBitParts
  const std::byte* code_book = nullptr;    ///< fp32 [16]
  const std::byte* absmax = nullptr;       ///< fp32 [blocks], or u8 [blocks] when nested
  const std::byte* nested_absmax = nullptr;    ///< fp32 [ceil(blocks / nested_block)]; null: absmax is plain
  const std::byte* nested_code_book = nullptr; ///< fp32 [256]
  index_t nested_block = 256;
  float nested_offset = 0;
};

}  // namespace skald
