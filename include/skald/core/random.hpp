// Counter-based random numbers: a pure function of (seed, sequence, position, draw), so nothing is shared or advanced.
// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
#pragma once
#include <array>
#include <cstdint>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

/// Names one draw: the caller's seed, which sequence it belongs to, and the position of the token to be drawn.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint32_t sequence = 0;
  std::uint32_t position = 0;
};

/// Ten rounds of Philox4x32 on one counter. Known answers are in tests/core/random.cpp.
constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {std::uint32_t(b >> 32) ^ counter[1] ^ key[0], std::uint32_t(b),
               std::uint32_t(a >> 32) ^ counter[3] ^ key[1], std::uint32_t(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// 32 random bits; `draw` tells several draws of one position apart.
constexpr std::uint32_t random_bits(const RandomKey& k, std::uint32_t draw = 0) {
  const auto block = philox4x32({draw / 4, k.position, k.sequence, 0u},
                                {std::uint32_t(k.seed), std::uint32_t(k.seed >> 32)});
  return block[draw % 4];
}

/// Uniform in [0, 1): 24 bits, every value exact in float.
constexpr float random_uniform(const RandomKey& k, std::uint32_t draw = 0) {
  return float(random_bits(k, draw) >> 8) * 0x1p-24f;
}

}  // namespace skald
