// The draws of torch.multinomial on the CPU.
#pragma once
#include <cmath>

#include "skald/core/mersenne_twister.hpp"
#include "skald/logits/numeric.hpp"
#include "skald/sampling/concepts.hpp"

namespace skald::inline SKALD_ABI {

/// The tokens that transformers' generate draws behind torch.manual_seed(seed), on the CPU, with torch 2.5 or later:
/// argmax of p / q, p = softmax(scores) in float32, q = -ln(1 - u) for a u of 53 bits for each token of the vocabulary,
/// two numbers of mt19937 each, all rows of a step one after the other. So unlike with Multinomial a sequence's tokens
/// depend on how many sequences a call has, and on its place among them; finished ones go on drawing. Only the low 32
/// bits of a seed count, as in torch.
///
/// The state is the generator, 2.5 KiB a sequence. O(vocabulary) a draw, whatever is left of the row, times the
/// sequences of the call, as each sequence passes over the numbers of the others. Logarithms are taken only where they
/// decide: q is at least u. Only the softmax's last bit may differ from torch's, which matters only where two tokens
/// are as close. no_token when nothing is left, or a score is NaN or +inf. Source: aten/src/ATen/native/
/// Distributions.cpp, core/DistributionsHelper.h.
struct TorchMultinomial {
  std::uint64_t seed = 0;

  struct State {
    MersenneTwister random;
    std::uint32_t ahead = 0, behind = 0;  ///< rows of the step before this one, and behind it
    std::uint64_t skip = 0;               ///< rows still to be passed over
  };

  State start(std::uint32_t sequence, std::uint32_t sequences) const {
    const std::uint32_t behind = sequences > sequence ? sequences - sequence - 1 : 0;
    return {MersenneTwister(static_cast<std::uint32_t>(seed)), sequence, behind, sequence};
  }

  token_id operator()(LogitsRow& row, const RandomKey&, State& state) const {
    const float top = row.max();
    if (!(top > -detail::infinity && top < detail::infinity)) return no_token;
    const auto vocab = static_cast<std::uint64_t>(row.vocab());
    state.random.discard(2 * vocab * state.skip);
    state.skip = std::uint64_t{state.ahead} + state.behind;

    const float* scores = row.values().data();
    const auto total = static_cast<float>(detail::sum_exp(scores, row.size(), top));
    token_id chosen = no_token, passed = 0;  // tokens whose numbers were drawn
    float best = -1.0f;
    for (std::int32_t i = 0; i < row.size(); ++i) {
      const token_id t = row.token(i);
      state.random.discard(2 * static_cast<std::uint64_t>(t - passed));
      passed = t + 1;
      const double u = uniform(state.random);
      const float p = detail::exp_nonpositive(scores[i] - top) / total;
      if (p <= 0.0f || static_cast<double>(p) < 0.999999 * u * best) continue;
      const float ratio = p / static_cast<float>(-std::log1p(-u));
      if (ratio > best) best = ratio, chosen = t;
    }
    state.random.discard(2 * (vocab - static_cast<std::uint64_t>(passed)));
    return chosen;
  }

 private:
  /// torch.rand in float64: the first number is the high half.
  static double uniform(MersenneTwister& random) {
    const std::uint64_t high = random(), low = random();
    return static_cast<double>((high << 32 | low) & ((std::uint64_t{1} << 53) - 1)) * 0x1p-53;
  }
};

}  // namespace skald
