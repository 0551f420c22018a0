// The image of a loaded model in the precisions of a program to be, whatever its own are.
#pragma once
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "skald/model/image.hpp"
#include "skald/precision/plan.hpp"

namespace skald::inline SKALD_ABI {

/// What a program keeps linears in, and what head and tables. `plan`: the type as the program names it.
struct EmbeddedPrecision {
  std::string_view name;
  std::string_view plan;
  std::size_t (*linear_bytes)(index_t, index_t), (*table_bytes)(index_t, index_t);
  void (*encode_linear)(RowReader, index_t, index_t, std::byte*);
  void (*encode_table)(RowReader, index_t, index_t, std::byte*);
};

namespace detail {

template <class Linear, class Table>
constexpr EmbeddedPrecision embedded(std::string_view name, std::string_view plan) {
  return {name, plan, &Linear::bytes, &Table::bytes,
          [](RowReader rows, index_t n, index_t cols, std::byte* to) { Linear::encode(rows, n, cols, to); },
          [](RowReader rows, index_t n, index_t cols, std::byte* to) { Table::encode(rows, n, cols, to); }};
}

/// Sums or, with somewhere to write, lays out what ImageReader reads.
struct EmbeddedWriter {
  const EmbeddedPrecision& precision;
  std::byte* to = nullptr;
  std::size_t bytes = 0;
  bool in_layer = false;

  void layer(int l) { in_layer = l >= 0; }
  template <class Set>
  void matrix(Role, int, index_t rows, index_t cols, Weight<Set>& slot) {
    if (to)
      slot.visit([&](auto from, const auto& parts) {
        const auto reader = RowReader::of<typename decltype(from)::type>(parts, cols);
        (in_layer ? precision.encode_linear : precision.encode_table)(reader, rows, cols, to + bytes);
      });
    bytes += aligned((in_layer ? precision.linear_bytes : precision.table_bytes)(rows, cols));
  }
  void vector(Role, int, VectorPart, index_t n, const float*& slot) {
    if (to) std::memcpy(to + bytes, slot, std::size_t(n) * sizeof(float));
    bytes += aligned(std::size_t(n) * sizeof(float));
  }
};

}  // namespace detail

/// By name; nf4 keeps head and tables in int8, which integers multiply.
inline std::optional<EmbeddedPrecision> embedded_precision(std::string_view name) {
  const EmbeddedPrecision all[] = {
      detail::embedded<int8, int8>("int8", "skald::Plan<skald::OneOf<skald::int8>>"),
      detail::embedded<nf4, int8>("nf4", "skald::Plan<skald::OneOf<skald::nf4>, skald::OneOf<skald::int8>>"),
      detail::embedded<fp16, fp16>("fp16", "skald::Plan<skald::OneOf<skald::fp16>>"),
      detail::embedded<fp32, fp32>("fp32", "skald::Plan<skald::OneOf<skald::fp32>>")};
  for (const EmbeddedPrecision& each : all)
    if (each.name == name) return each;
  return std::nullopt;
}

/// What read_image() reads as a model of precision.plan. Converted from what the model has, row by row.
template <class Model>
std::vector<std::byte> embedded_image(const Model& model, const EmbeddedPrecision& precision) {
  typename Model::Weights weights = model.weights();
  detail::EmbeddedWriter size{precision};
  weights.visit(model.spec(), size);
  std::vector<std::byte> image(size.bytes);
  detail::EmbeddedWriter writer{precision, image.data()};
  weights.visit(model.spec(), writer);
  return image;
}

}  // namespace skald
