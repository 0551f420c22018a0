// What one stored number means. A precision is a type; its plain decode is enough to run everywhere.
#pragma once
#include <concepts>
#include <type_traits>

#include "skald/precision/stored.hpp"

namespace skald::inline SKALD_ABI {

/// | expression                                        | result | meaning                                            |
/// |---------------------------------------------------|--------|----------------------------------------------------|
/// | P::name                                           | string | "bf16": for tables and errors                      |
/// | P::Parts                                          | type   | trivially copyable pointers into the file          |
/// | P::bytes(rows, cols)                              | size_t | of one matrix in memory of our own                 |
/// | P::decode(parts, cols, row, first, out, count)    | void   | out[i] = W[row, first + i]: the oracle             |
/// See docs/precision.md.
template <class P>
concept Precision = requires(const typename P::Parts& w, index_t i, float* out) {
  { P::name } -> std::convertible_to<const char*>;
  requires std::is_trivially_copyable_v<typename P::Parts>;
  { P::bytes(i, i) } -> std::same_as<std::size_t>;
  { P::decode(w, i, i, i, out, i) } -> std::same_as<void>;
};

/// A precision that can run a stored weight where it lies: P::adopt(stored, rows, parts) -> bool. `rows` picks the
/// part of a fused tensor.
template <class P>
concept Adoptable = Precision<P> && requires(const StoredWeight& s, const RowMap& rows, typename P::Parts& parts) {
  { P::adopt(s, rows, parts) } -> std::same_as<bool>;
};

/// A precision that weights can be converted to: P::encode(read, rows, cols, storage), where
/// read(row, first, out, count) gives W[row, first...] as floats and `storage` has P::bytes(rows, cols) bytes;
/// P::parts(storage, rows, cols) -> Parts finds them again (an image in flash, say).
template <class P>
concept Encodable = Precision<P> && requires(void (*read)(index_t, index_t, float*, index_t), index_t n,
                                             std::byte* storage, const std::byte* image) {
  { P::encode(read, n, n, storage) } -> std::same_as<void>;
  { P::parts(image, n, n) } -> std::same_as<typename P::Parts>;
};

}  // namespace skald
