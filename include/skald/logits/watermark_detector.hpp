// Was it us? Counts green tokens: Kirchenbauer et al., "A Watermark for Large Language Models" (2023).
#pragma once
#include <cmath>
#include <map>
#include <span>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/logits/green_list.hpp"

namespace skald::inline SKALD_ABI {

/// What a detector says of one sequence.
struct WatermarkDetection {
  std::int64_t num_tokens_scored = 0, num_green_tokens = 0;
  double green_fraction = 0;
  double z_score = 0;      ///< standard deviations above the green tokens that other text has
  double p_value = 0;      ///< of a text without the watermark to look like this
  bool prediction = false; ///< z_score above the threshold
  double confidence = 0;   ///< 1 - p_value
};

/// Hugging Face's WatermarkDetector; `vocab_size` and `config` are those of generation, the device was a CPU. Leave the
/// prompt out of what is looked at. Uses the heap.
class WatermarkDetector {
 public:
  WatermarkDetector(std::int32_t vocab_size, const WatermarkingConfig& config, token_id bos_token_id = -1,
                    bool ignore_repeated_ngrams = false)
      : lists_(config), vocab_(vocab_size), bos_(bos_token_id), once_(ignore_repeated_ngrams) {}

  /// Errors: invalid_argument, options, a token outside the vocabulary, or no token left to score behind a leading
  /// bos_token_id and the context.
  Result<WatermarkDetection> try_detect(std::span<const token_id> ids, double z_threshold = 3.0) const {
    const WatermarkingConfig& config = lists_.config();
    if (const Fault f = config.check()) return Error(f, "watermark");
    for (const token_id t : ids) {
      if (t < 0 || t >= vocab_)
        return Error(fault(FaultCode::invalid_argument, "tokens below", vocab_, t), "watermark");
    }
    if (!ids.empty() && ids[0] == bos_) ids = ids.subspan(1);
    if (std::int64_t(ids.size()) - config.context_width < 1)
      return Error(fault(FaultCode::invalid_argument, "tokens to score behind the context, at least", 1,
                         std::int64_t(ids.size()) - config.context_width),
                   "watermark");
    const bool self = config.seeding_scheme == SeedingScheme::selfhash;
    const auto n = std::size_t(config.context_width) + (self ? 0 : 1);
    std::map<std::vector<token_id>, std::int64_t> ngrams;
    for (std::size_t i = 0; i + n <= ids.size(); ++i) ++ngrams[{ids.begin() + i, ids.begin() + i + n}];
    WatermarkDetection found;
    for (const auto& [ngram, count] : ngrams) {
      const std::span<const token_id> prefix = std::span(ngram).first(self ? n : n - 1);
      const std::int64_t times = once_ ? 1 : count;
      found.num_tokens_scored += times;
      if (lists_.holds(lists_.seeded(prefix), ngram.back(), vocab_)) found.num_green_tokens += times;
    }
    const double all = double(found.num_tokens_scored), green = double(found.num_green_tokens);
    const double ratio = config.greenlist_ratio;
    found.green_fraction = green / all;
    found.z_score = (green - ratio * all) / std::sqrt(all * ratio * (1 - ratio));
    found.p_value = 0.5 * std::erfc(found.z_score / std::sqrt(2.0));
    found.prediction = found.z_score > z_threshold;
    found.confidence = 1 - found.p_value;
    return found;
  }

  template <class = void>
  WatermarkDetection detect(std::span<const token_id> ids, double z_threshold = 3.0) const {
    return unwrap(try_detect(ids, z_threshold));
  }

 private:
  detail::GreenList lists_;
  std::int32_t vocab_;
  token_id bos_;
  bool once_;
};

}  // namespace skald
