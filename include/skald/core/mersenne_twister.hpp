// The generator behind torch.manual_seed on the CPU: mt19937 of Matsumoto and Nishimura (1998).
#pragma once
#include <cstdint>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

/// The numbers of std::mt19937, without <random>. A plain value of 2.5 KiB: a copy goes on from the same place. Of a
/// torch seed only the low 32 bits count.
class MersenneTwister {
 public:
  constexpr explicit MersenneTwister(std::uint32_t seed = 5489) {
    word_[0] = seed;
    for (std::uint32_t i = 1; i < size; ++i) word_[i] = 1812433253u * (word_[i - 1] ^ (word_[i - 1] >> 30)) + i;
  }

  /// 32 random bits: torch's random().
  constexpr std::uint32_t operator()() {
    if (next_ == size) refill();
    std::uint32_t y = word_[next_++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
  }

  /// Passes over n numbers, in about a third of the time that drawing them takes.
  constexpr void discard(std::uint64_t n) {
    while (n > size - next_) {
      n -= size - next_;
      refill();
    }
    next_ += static_cast<std::uint32_t>(n);
  }

  constexpr bool operator==(const MersenneTwister&) const = default;

 private:
  static constexpr std::uint32_t size = 624, shift = 397;

  static constexpr std::uint32_t mix(std::uint32_t high, std::uint32_t low, std::uint32_t far) {
    const std::uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return far ^ (y >> 1) ^ ((0u - (low & 1u)) & 0x9908b0dfu);
  }

  constexpr void refill() {
    for (std::uint32_t i = 0; i < size - shift; ++i) word_[i] = mix(word_[i], word_[i + 1], word_[i + shift]);
    for (std::uint32_t i = size - shift; i < size - 1; ++i)
      word_[i] = mix(word_[i], word_[i + 1], word_[i + shift - size]);
    word_[size - 1] = mix(word_[size - 1], word_[0], word_[shift - 1]);
    next_ = 0;
  }

  std::uint32_t word_[size] = {};
  std::uint32_t next_ = size;
};

/// torch.randperm(n)[i] is what `swap(i, j)` makes of 0, 1, ... n - 1 by then: the first `steps` of them need no more.
/// n below 2^32 / 20.
template <class Swap>
constexpr void random_permutation(MersenneTwister& random, std::uint32_t n, std::uint32_t steps, Swap swap) {
  for (std::uint32_t i = 0; i < steps && i + 1 < n; ++i) swap(i, i + random() % (n - i));
}

}  // namespace skald
