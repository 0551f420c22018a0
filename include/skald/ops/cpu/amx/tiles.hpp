// The tiles of AMX, eight of 16 rows of 64 bytes, and the one product that is made of them.
#pragma once
#include <cstring>

#include "skald/core/types.hpp"
#include "skald/ops/cpu/intrinsics.hpp"

namespace skald::inline SKALD_ABI {
namespace detail::amx {

inline constexpr index_t tile_rows = 16, row_bytes = 64, tile_bytes = tile_rows * row_bytes;

enum class Numbers { pairs_of_bf16, int8 };

#if defined(__x86_64__)

/// The processor's own. One a thread at a time; released behind a job, so that switching threads stays cheap. Spelled
/// as instructions because GCC 12's header reads 8 of the configuration's 64 bytes.
class HardwareTiles {
 public:
  HardwareTiles() {
    struct alignas(64) {
      std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
      std::uint16_t columns[16] = {};
      std::uint8_t rows[16] = {};
    } configuration;
    for (int i = 0; i < 8; ++i) {
      configuration.columns[i] = row_bytes;
      configuration.rows[i] = tile_rows;
    }
    __asm__ volatile("ldtilecfg %0" : : "m"(configuration));
  }
  ~HardwareTiles() { __asm__ volatile("tilerelease" : :); }
  HardwareTiles(const HardwareTiles&) = delete;

  template <int tile>
  [[gnu::always_inline]] void zero() {
    __asm__ volatile("tilezero {%%tmm%c0|tmm%c0}" : : "i"(tile));
  }
  template <int tile>
  [[gnu::always_inline]] void load(const std::byte* from, index_t stride) {
    __asm__ volatile("tileloadd {(%0,%1,1), %%tmm%c2|tmm%c2, [%0+%1*1]}" : : "r"(from), "r"(stride), "i"(tile)
                     : "memory");
  }
  template <int tile>
  [[gnu::always_inline]] void store(std::byte* to) {
    __asm__ volatile("tilestored {%%tmm%c2, (%0,%1,1)|[%0+%1*1], tmm%c2}" : : "r"(to), "r"(row_bytes), "i"(tile)
                     : "memory");
  }
  /// sum[r][c] += a[r] . b[.][c], of 32 pairs or 64 bytes: b holds four bytes of a column behind each other.
  template <Numbers kind, int sum, int a, int b>
  [[gnu::always_inline]] void multiply() {
    if constexpr (kind == Numbers::int8)
      __asm__ volatile("tdpbssd {%%tmm%c2, %%tmm%c1, %%tmm%c0|tmm%c0, tmm%c1, tmm%c2}" : : "i"(sum), "i"(a), "i"(b));
    else
      __asm__ volatile("tdpbf16ps {%%tmm%c2, %%tmm%c1, %%tmm%c0|tmm%c0, tmm%c1, tmm%c2}" : : "i"(sum), "i"(a), "i"(b));
  }
};

#endif

constexpr index_t steps(index_t bytes) { return (bytes + row_bytes - 1) / row_bytes; }

/// Of n rows of x, as put_row() leaves them: 16 rows a group, a group one tile after the other.
constexpr index_t packed_bytes(index_t n, index_t bytes) {
  return (n + tile_rows - 1) / tile_rows * steps(bytes) * tile_bytes;
}

/// Row i of x into its column of the tiles. What no row fills is zero beforehand.
inline void put_row(const std::byte* row, index_t bytes, index_t i, std::byte* tiles) {
  std::byte* to = tiles + i / tile_rows * steps(bytes) * tile_bytes + i % tile_rows * 4;
  for (index_t at = 0; at < bytes; at += 4, to += row_bytes)
    std::memcpy(to, row + at, std::size_t(bytes - at < 4 ? bytes - at : 4));
}

/// Sixteen rows of weights as tiles read them: where they lie, or a piece of them copied.
struct Strip {
  const std::byte* rows[tile_rows];
  index_t count, stride;  // stride 0: rows lie anywhere

  template <class At>
  Strip(At at, index_t first, index_t last) : count(last - first < tile_rows ? last - first : tile_rows), stride(0) {
    for (index_t r = 0; r < count; ++r) rows[r] = at(first + r);
    if (count < tile_rows) return;
    stride = rows[1] - rows[0];
    for (index_t r = 2; r < count; ++r)
      if (rows[r] - rows[r - 1] != stride) stride = 0;
  }

  template <int tile, class Tiles>
  [[gnu::always_inline]] void load(Tiles& tiles, index_t from, index_t bytes, std::byte* room) const {
    if (stride != 0 && from + row_bytes <= bytes) return tiles.template load<tile>(rows[0] + from, stride);
    const index_t some = bytes - from < row_bytes ? bytes - from : row_bytes;
    std::memset(room, 0, tile_bytes);
    for (index_t r = 0; r < count; ++r) std::memcpy(room + r * row_bytes, rows[r] + from, std::size_t(some));
    tiles.template load<tile>(room, row_bytes);
  }
};

/// store(i, o, p): p[0], p[16] ... are sums of row i with outputs o, o + 1 ... For o in [first, last), i in [0, n).
/// 32 outputs by 32 rows at a time, over all of their numbers: weights are read where they lie.
template <Numbers kind, class Tiles, class At, class Store>
void multiply(Tiles& tiles, At at, index_t bytes, const std::byte* x, index_t n, index_t first, index_t last,
              Store store) {
  alignas(64) std::byte room[tile_bytes];
  const index_t group = steps(bytes) * tile_bytes;
  for (index_t o = first; o < last; o += 2 * tile_rows) {
    const bool more_outs = last - o > tile_rows;
    const Strip upper(at, o, last), lower(at, more_outs ? o + tile_rows : o, last);
    for (index_t i = 0; i < n; i += 2 * tile_rows) {
      const bool more_rows = n - i > tile_rows;
      const std::byte* xs = x + i / tile_rows * group;
      tiles.template zero<0>();
      tiles.template zero<1>();
      tiles.template zero<2>();
      tiles.template zero<3>();
      for (index_t from = 0; from < bytes; from += row_bytes, xs += tile_bytes) {
        upper.template load<4>(tiles, from, bytes, room);
        tiles.template load<6>(xs, row_bytes);
        tiles.template multiply<kind, 0, 4, 6>();
        if (more_outs) {
          lower.template load<5>(tiles, from, bytes, room);
          tiles.template multiply<kind, 1, 5, 6>();
        }
        if (!more_rows) continue;
        tiles.template load<7>(xs + group, row_bytes);
        tiles.template multiply<kind, 2, 4, 7>();
        if (more_outs) tiles.template multiply<kind, 3, 5, 7>();
      }
      const auto take = [&](index_t out, index_t row) {
        const index_t outs = last - out < tile_rows ? last - out : tile_rows;
        const index_t rows = n - row < tile_rows ? n - row : tile_rows;
        for (index_t r = 0; r < rows; ++r) store(row + r, out, outs, room + r * 4);
      };
      tiles.template store<0>(room);
      take(o, i);
      if (more_outs) tiles.template store<1>(room), take(o + tile_rows, i);
      if (more_rows) tiles.template store<2>(room), take(o, i + tile_rows);
      if (more_outs && more_rows) tiles.template store<3>(room), take(o + tile_rows, i + tile_rows);
    }
  }
}

}  // namespace detail::amx
}  // namespace skald
