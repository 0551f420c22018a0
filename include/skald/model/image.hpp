// A model as one block of bytes: weights in the order of ModelWeights::visit, each in the first precision of its set.
// Written on a host, linked into a program or a flash, run where it lies.
#pragma once
#include <cstring>
#include <span>

#include "skald/core/fault.hpp"
#include "skald/model/transformer.hpp"
#include "skald/precision/row_reader.hpp"

namespace skald::inline SKALD_ABI {

inline constexpr std::size_t image_alignment = 16;

/// An image where it lies: a constant array, a symbol of an assembler's file. What read_image() takes.
class ImageBytes {
 public:
  constexpr ImageBytes(const unsigned char* data, std::size_t size) : data_(data), size_(size) {}
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(data_); }
  constexpr std::size_t size() const { return size_; }
  operator std::span<const std::byte>() const { return {data(), size_}; }

 private:
  const unsigned char* data_;
  std::size_t size_;
};

namespace detail {

template <class Set> struct first_of;
template <class P, class... Ps> struct first_of<OneOf<P, Ps...>> { using type = P; };

constexpr std::size_t aligned(std::size_t n) { return (n + image_alignment - 1) / image_alignment * image_alignment; }

/// Sums what an image takes.
struct ImageSize {
  std::size_t bytes = 0;
  constexpr void layer(int) {}
  template <class Set>
  constexpr void matrix(Role, int, index_t rows, index_t cols, Weight<Set>&) {
    bytes += aligned(first_of<Set>::type::bytes(rows, cols));
  }
  constexpr void vector(Role, int, VectorPart, index_t n, const float*&) {
    bytes += aligned(std::size_t(n) * sizeof(float));
  }
};

/// Points every slot into an image.
struct ImageReader {
  const std::byte* at;
  void layer(int) {}
  template <class Set>
  void matrix(Role, int, index_t rows, index_t cols, Weight<Set>& slot) {
    using P = typename first_of<Set>::type;
    slot.template set<P>(P::parts(at, rows, cols));
    at += aligned(P::bytes(rows, cols));
  }
  void vector(Role, int, VectorPart, index_t n, const float*& slot) {
    slot = reinterpret_cast<const float*>(at);
    at += aligned(std::size_t(n) * sizeof(float));
  }
};

/// Writes every slot, converted where it has another precision.
struct ImageWriter {
  std::byte* at;
  void layer(int) {}
  template <class Set>
  void matrix(Role, int, index_t rows, index_t cols, Weight<Set>& slot) {
    using P = typename first_of<Set>::type;
    slot.visit([&](auto from, const auto& parts) {
      using From = typename decltype(from)::type;
      P::encode(RowReader::of<From>(parts, cols), rows, cols, at);
    });
    at += aligned(P::bytes(rows, cols));
  }
  void vector(Role, int, VectorPart, index_t n, const float*& slot) {
    std::memcpy(at, slot, std::size_t(n) * sizeof(float));
    at += aligned(std::size_t(n) * sizeof(float));
  }
};

}  // namespace detail

/// Bytes of the image of a model type with this spec.
template <class Model>
std::size_t image_bytes(const ModelSpec& spec) {
  typename Model::Weights weights;
  detail::ImageSize size;
  weights.visit(spec, size);
  return size.bytes;
}

/// Writes the weights of a loaded model; `to` has image_bytes() bytes.
template <class Model>
void write_image(const Model& model, std::byte* to) {
  typename Model::Weights weights = model.weights();
  detail::ImageWriter writer{to};
  weights.visit(model.spec(), writer);
}

/// The weights in an image that stays where it is. Faults: mismatch with both sizes, an address that is not a multiple
/// of image_alignment.
template <class Model>
Fault read_image(const ModelSpec& spec, std::span<const std::byte> image, typename Model::Weights& weights) {
  detail::ImageSize size;
  weights.visit(spec, size);
  if (size.bytes != image.size())
    return fault(FaultCode::mismatch, "image: bytes of this model type and spec", std::int64_t(size.bytes),
                 std::int64_t(image.size()));
  if (const auto past = reinterpret_cast<std::uintptr_t>(image.data()) % image_alignment)
    return fault(FaultCode::invalid_argument, "image: bytes it begins behind an aligned address", 0,
                 std::int64_t(past));
  detail::ImageReader reader{image.data()};
  weights.visit(spec, reader);
  return {};
}

}  // namespace skald
