// Text that tells where it comes from: Kirchenbauer et al., "A Watermark for Large Language Models" (2023).
#pragma once
#include "skald/logits/chain.hpp"
#include "skald/logits/green_list.hpp"

namespace skald::inline SKALD_ABI {

/// score + bias for the tokens of a green list that the tokens before choose. lefthash: a list of int(vocabulary *
/// greenlist_ratio) tokens a step. selfhash: of the 40 best, those that are on the list which they themselves choose.
/// Sequences shorter than context_width are left alone. The lists are those of torch's CPU generator, so text from here
/// is found by transformers' WatermarkDetector and by WatermarkDetector. O(vocabulary), for selfhash 40 times
/// vocabulary * greenlist_ratio; works in scratch(). Hugging Face's WatermarkLogitsProcessor.
/// Error, in the row: unsupported, more than 4 million tokens.
class Watermark {
 public:
  using LogitsLink = void;

  explicit Watermark(const WatermarkingConfig& config) : lists_(config) {}

  void operator()(LogitsRow& row, const RowContext& context) const {
    const WatermarkingConfig& config = lists_.config();
    if (context.length() < config.context_width || context.ids.empty()) return;
    if (config.seeding_scheme == SeedingScheme::selfhash) favour_own(row, context);
    else favour_list(row, context);
  }

  Fault check() const { return lists_.config().check(); }

 private:
  static constexpr std::int32_t most = 1 << 22, candidates = 40;

  /// The permutation stands in scratch() as whole numbers; half more at place t says that t is green.
  void favour_list(LogitsRow& row, const RowContext& context) const {
    const std::int32_t vocab = row.vocab(), green = lists_.size(vocab);
    if (vocab > most) return row.fail(fault(FaultCode::unsupported, "watermark: tokens, at most", most, vocab));
    const std::span<float> at = row.scratch();
    for (std::int32_t i = 0; i < vocab; ++i) at[std::size_t(i)] = float(i);
    MersenneTwister random = lists_.seeded(context.ids);
    random_permutation(random, std::uint32_t(vocab), std::uint32_t(green), [at](std::uint32_t i, std::uint32_t j) {
      const float moved = at[i];
      at[i] = at[j];
      at[j] = moved;
    });
    for (std::int32_t i = 0; i < green; ++i) at[std::size_t(std::int32_t(at[std::size_t(i)]))] += 0.5f;
    const float bias = lists_.config().bias;
    row.for_each([at, bias](float& score, token_id t) {
      const float place = at[std::size_t(t)];
      score += place != float(std::int32_t(place)) ? bias : 0.0f;
    });
  }

  void favour_own(LogitsRow& row, const RowContext& context) const {
    const float least = row.kth_best(candidates);
    float* const scores = row.values().data();
    std::int32_t ties = candidates;  // of the scores equal to the 40th, those that belong to the 40
    detail::for_each_where(scores, row.size(), [least](float v) { return v > least; },
                           [&ties](std::int32_t) { return --ties > 0; });
    detail::for_each_where(scores, row.size(), [least](float v) { return v >= least; }, [&](std::int32_t i) {
      if (scores[i] == least && ties-- <= 0) return true;
      const token_id t = row.token(i);
      if (lists_.holds(lists_.seeded(context.ids, t), t, row.vocab())) scores[i] += lists_.config().bias;
      return true;
    });
  }

  detail::GreenList lists_;
};

}  // namespace skald
