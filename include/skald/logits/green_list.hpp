// The green lists of a watermark, as torch draws them on the CPU.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "skald/core/mersenne_twister.hpp"
#include "skald/core/types.hpp"
#include "skald/logits/watermarking_config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A green list is the first int(vocab * ratio) of torch.randperm(vocab), seeded by the tokens before it.
/// Source: WatermarkLogitsProcessor of transformers (set_seed, _get_greenlist_ids).
class GreenList {
 public:
  explicit GreenList(const WatermarkingConfig& config) : config_(config) {
    if (config.seeding_scheme != SeedingScheme::selfhash) return;
    std::vector<std::int32_t> table(table_size);
    for (std::int32_t i = 0; i < table_size; ++i) table[std::size_t(i)] = i;
    MersenneTwister random(seed_of(config.hashing_key));
    random_permutation(random, table_size, table_size,
                       [&](std::uint32_t i, std::uint32_t j) { std::swap(table[i], table[j]); });
    table_ = std::make_shared<const std::vector<std::int32_t>>(std::move(table));
  }

  const WatermarkingConfig& config() const { return config_; }

  std::int32_t size(std::int32_t vocab) const { return std::int32_t(vocab * config_.greenlist_ratio); }

  /// The generator for the list behind `ids` and, if it is not -1, `candidate`. At least one token.
  MersenneTwister seeded(std::span<const token_id> ids, token_id candidate = -1) const {
    const token_id last = candidate >= 0 ? candidate : ids.back();
    if (!table_) return MersenneTwister(product(config_.hashing_key, std::uint32_t(last)));
    // min over the context of hashing_key * a * b, in 64 bits with a sign that overflow.
    const std::uint64_t b = hashed(last);
    std::size_t width = std::size_t(config_.context_width);
    std::int64_t least = std::int64_t(config_.hashing_key * b * b);
    if (candidate >= 0) --width;
    for (std::size_t i = 1; i <= width && i <= ids.size(); ++i) {
      const auto seed = std::int64_t(config_.hashing_key * hashed(ids[ids.size() - i]) * b);
      least = seed < least ? seed : least;
    }
    return MersenneTwister(seed_of(least < 0 ? std::uint64_t(least) - 1 : std::uint64_t(least)));
  }

  /// Whether `token` is on the list that `random` draws: follows that one place, and needs no room.
  bool holds(MersenneTwister random, token_id token, std::int32_t vocab) const {
    const std::int32_t green = size(vocab);
    auto at = std::uint32_t(token);
    random_permutation(random, std::uint32_t(vocab), std::uint32_t(green), [&at](std::uint32_t i, std::uint32_t j) {
      at = at == i ? j : at == j ? i : at;
    });
    return at < std::uint32_t(green);
  }

 private:
  static constexpr std::int32_t table_size = 1000003;

  std::uint64_t hashed(token_id t) const { return std::uint64_t((*table_)[std::size_t(t % table_size)]) + 1; }

  /// Of seed mod 2^64 - 1 what torch takes: the low half.
  static std::uint32_t seed_of(std::uint64_t seed) { return std::uint32_t(seed == ~std::uint64_t{0} ? 0 : seed); }

  /// The same of key * token, which may have 95 bits: 2^64 is 1 there.
  static std::uint32_t product(std::uint64_t key, std::uint32_t token) {
    const std::uint64_t low = (key & 0xffffffffu) * token, high = (key >> 32) * token;
    std::uint64_t sum = low + (high << 32), carry = (high >> 32) + (sum < low ? 1 : 0);
    sum += carry;
    if (sum < carry) ++sum;
    return seed_of(sum);
  }

  WatermarkingConfig config_;
  std::shared_ptr<const std::vector<std::int32_t>> table_;  // selfhash
};

}  // namespace detail
}  // namespace skald
