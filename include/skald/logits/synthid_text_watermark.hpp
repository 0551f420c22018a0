// SynthID: Dathathri et al., "Scalable watermarking for identifying large language model outputs" (Nature, 2024).
#pragma once
#include <cmath>
#include <memory>
#include <span>
#include <vector>

#include "skald/core/mersenne_twister.hpp"
#include "skald/logits/chain.hpp"

namespace skald::inline SKALD_ABI {

/// Hugging Face's SynthIDTextWatermarkingConfig, with its defaults; `keys`, one a layer, and `ngram_len` have none.
struct SynthIDTextWatermarkingConfig {
  std::int32_t ngram_len = 0;
  std::vector<std::int64_t> keys;
  std::int32_t context_history_size = 1024;
  std::uint32_t sampling_table_seed = 0;
  std::int32_t sampling_table_size = 1 << 16;
  bool skip_first_ngram_calls = false;

  Fault check() const {
    if (ngram_len < 2) return fault(FaultCode::invalid_argument, "ngram_len: at least", 2, ngram_len);
    if (keys.empty()) return fault(FaultCode::invalid_argument, "keys: a list that is not empty");
    if (context_history_size < 1)
      return fault(FaultCode::invalid_argument, "context_history_size: at least", 1, context_history_size);
    if (sampling_table_size < 1)
      return fault(FaultCode::invalid_argument, "sampling_table_size: at least", 1, sampling_table_size);
    if (sampling_table_size > 1 << 24)
      return fault(FaultCode::invalid_argument, "sampling_table_size: at most", 1 << 24, sampling_table_size);
    return {};
  }
};

/// A tournament of g-values, bits that a hash of the last ngram_len tokens and of a key gives: of p = softmax(scores),
/// p * (1 + g - sum g p) for each key, then the logarithm; where it is none, the lowest number. Nothing changes where
/// the ngram_len - 1 new tokens before (zeros stand in for what is missing) were the context of one of the last
/// context_history_size calls. All of it is a function of the new tokens, so nothing is remembered and beams may fork;
/// in transformers beams do not. O(entries left * keys + context_history_size * ngram_len), works in scratch(). Hugging
/// Face's SynthIDTextWatermarkLogitsProcessor.
class SynthIDTextWatermark {
 public:
  using LogitsLink = void;

  explicit SynthIDTextWatermark(SynthIDTextWatermarkingConfig config) : config_(std::move(config)) {
    if (config_.check()) return;
    std::vector<std::uint8_t> table(std::size_t(config_.sampling_table_size));
    MersenneTwister random(config_.sampling_table_seed);
    for (std::uint8_t& g : table) g = std::uint8_t(random() & 1);
    table_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(table));
  }

  void operator()(LogitsRow& row, const RowContext& context) const {
    const std::span<const token_id> fresh = context.new_ids();
    const auto calls = std::int32_t(fresh.size());  // before this one
    if (config_.skip_first_ngram_calls && calls + 1 < config_.ngram_len) return;
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity)) return;
    const std::uint64_t here = context_hash(fresh, calls);
    if (repeats(fresh, calls, here)) return;

    const std::span<float> scores = row.values(), p = row.scratch().first(scores.size());
    const auto total = static_cast<float>(detail::sum_exp(scores.data(), row.size(), top));
    for (std::size_t i = 0; i < p.size(); ++i) p[i] = detail::exp_nonpositive(scores[i] - top) / total;
    for (const std::int64_t key : config_.keys) {
      double mass = 0;
      for (std::int32_t i = 0; i < row.size(); ++i) mass += g_value(here, row.token(i), key) ? p[std::size_t(i)] : 0.0f;
      const auto shift = static_cast<float>(mass);
      for (std::int32_t i = 0; i < row.size(); ++i)
        p[std::size_t(i)] *= 1.0f + float(g_value(here, row.token(i), key)) - shift;
    }
    for (std::size_t i = 0; i < p.size(); ++i)
      scores[i] = p[i] > 0.0f ? std::log(p[i]) : -std::numeric_limits<float>::max();
  }

  Fault check() const { return config_.check(); }

  /// The bit of one n-gram, ngram_len tokens, and one key.
  bool g_value(std::span<const token_id> ngram, std::int64_t key) const {
    std::uint64_t hash = 1;
    for (const token_id t : ngram.first(ngram.size() - 1)) hash = accumulate(hash, t);
    return g_value(hash, ngram.back(), key);
  }

 private:
  static std::uint64_t accumulate(std::uint64_t hash, std::int64_t data) {
    return (hash + std::uint64_t(data)) * 6364136223846793005u + 1;
  }

  bool g_value(std::uint64_t context, token_id t, std::int64_t key) const {
    const auto hash = std::int64_t(accumulate(accumulate(context, t), key));
    const std::int64_t rest = hash % config_.sampling_table_size;  // Python's: never negative
    return (*table_)[std::size_t(rest < 0 ? rest + config_.sampling_table_size : rest)] != 0;
  }

  /// Of the tokens before call number `call`.
  std::uint64_t context_hash(std::span<const token_id> fresh, std::int32_t call) const {
    std::uint64_t hash = 1;
    for (std::int32_t i = call - (config_.ngram_len - 1); i < call; ++i)
      hash = accumulate(hash, i < 0 ? 0 : fresh[std::size_t(i)]);
    return hash;
  }

  bool repeats(std::span<const token_id> fresh, std::int32_t calls, std::uint64_t here) const {
    const std::int32_t first = config_.skip_first_ngram_calls ? config_.ngram_len - 1 : 0;
    const std::int32_t oldest = calls - config_.context_history_size;
    for (std::int32_t call = oldest > first ? oldest : first; call < calls; ++call) {
      if (context_hash(fresh, call) == here) return true;
    }
    return here == 0 && calls - first < config_.context_history_size;  // the history begins as zeros
  }

  SynthIDTextWatermarkingConfig config_;
  std::shared_ptr<const std::vector<std::uint8_t>> table_;
};

}  // namespace skald
