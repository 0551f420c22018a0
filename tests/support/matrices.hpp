// Random numbers, and matrices stored in every precision at awkward addresses.
#pragma once
#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "skald/core/random.hpp"
#include "skald/precision/weight.hpp"

namespace support {

using skald::index_t;

/// The same numbers on every machine, evenly spread over [low, high).
inline std::vector<float> numbers(index_t n, unsigned seed, float low = -1, float high = 1) {
  std::vector<float> values(std::size_t(n), 0.0f);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = low + (high - low) * skald::random_uniform({seed, 0, std::uint32_t(i)});
  return values;
}

/// Gives row r from column c of row-major values: what P::encode reads from.
inline auto reader(std::span<const float> values, index_t cols) {
  return [values, cols](index_t r, index_t c, float* out, index_t n) {
    std::copy_n(values.begin() + (r * cols + c), n, out);
  };
}

/// Bytes that begin `offset` behind an aligned address.
class Bytes {
 public:
  explicit Bytes(std::size_t size, std::size_t offset = 0)
      : store_((size + offset) / sizeof(Line) + 1), offset_(offset) {}
  Bytes(const void* from, std::size_t size, std::size_t offset) : Bytes(size, offset) {
    if (size > 0) std::memcpy(data(), from, size);
  }
  std::byte* data() { return reinterpret_cast<std::byte*>(store_.data()) + offset_; }
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(store_.data()) + offset_; }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::vector<Line> store_;
  std::size_t offset_;
};

/// What `parts` hold, by P's own decode.
template <class P>
std::vector<float> decoded(const typename P::Parts& parts, index_t rows, index_t cols) {
  std::vector<float> values(std::size_t(rows * cols), 0.0f);
  for (index_t r = 0; r < rows; ++r) P::decode(parts, cols, r, 0, values.data() + r * cols, cols);
  return values;
}

/// A matrix encoded in P; by default at an address that suits no number.
template <class P>
class Encoded {
 public:
  Encoded(std::span<const float> values, index_t rows_, index_t cols_, std::size_t offset = 1)
      : rows(rows_), cols(cols_), bytes_(P::bytes(rows_, cols_), offset) {
    P::encode(reader(values, cols), rows, cols, bytes_.data());
  }
  typename P::Parts parts() const { return P::parts(bytes_.data(), rows, cols); }
  std::vector<float> values() const { return decoded<P>(parts(), rows, cols); }

  const index_t rows, cols;

 private:
  Bytes bytes_;
};

/// The rows of a row-major matrix that a map picks.
inline std::vector<float> picked(const std::vector<float>& values, index_t cols, const skald::RowMap& map,
                                 index_t rows) {
  std::vector<float> out;
  for (index_t r = 0; r < rows; ++r)
    out.insert(out.end(), values.begin() + map(r) * cols, values.begin() + (map(r) + 1) * cols);
  return out;
}

/// A precision of a user's own: a sign a number, nothing to adopt, parts larger than any of ours.
struct Signs {
  static constexpr const char* name = "signs";
  struct Parts {
    const std::byte* data = nullptr;
    double scale = 0;
    index_t filler[20] = {};
  };
  static std::size_t bytes(index_t rows, index_t cols) { return sizeof(double) + std::size_t(rows * cols + 7) / 8; }
  static void decode(const Parts& w, index_t cols, index_t row, index_t first, float* out, index_t count) {
    for (index_t i = 0; i < count; ++i) {
      const index_t at = row * cols + first + i;
      const bool negative = (std::to_integer<unsigned>(w.data[at / 8]) >> (at % 8) & 1u) != 0;
      out[i] = float(negative ? -w.scale : w.scale);
    }
  }
  template <class Read>
  static void encode(Read&& read, index_t rows, index_t cols, std::byte* storage) {
    std::fill_n(storage, bytes(rows, cols), std::byte{0});
    double sum = 0;
    for (index_t at = 0; at < rows * cols; ++at) {
      float value = 0;
      read(at / cols, at % cols, &value, 1);
      sum += value < 0 ? -value : value;
      if (value < 0) storage[std::ptrdiff_t(sizeof(double)) + at / 8] |= std::byte(1u << (at % 8));
    }
    const double scale = sum / double(rows * cols);
    std::memcpy(storage, &scale, sizeof scale);
  }
  static Parts parts(const std::byte* storage, index_t, index_t) {
    Parts p{storage + sizeof(double), 0, {}};
    std::memcpy(&p.scale, storage, sizeof p.scale);
    return p;
  }
};

}  // namespace support
