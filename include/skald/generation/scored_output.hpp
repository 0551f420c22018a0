// What transformers returns with return_dict_in_generate: the scores behind the tokens. Who does not ask pays nothing:
// it is another function, generate_with_scores.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/generation/options.hpp"
#include "skald/generation/token_log_probs.hpp"

namespace skald::inline SKALD_ABI {

/// What is asked for. Each of the first two keeps steps * rows * vocabulary floats.
struct OutputOptions {
  bool output_scores = false;        ///< after the processors; of beams: processed log-probabilities
  bool output_logits = false;        ///< as the model gave them
  std::int32_t top_logprobs = -1;    ///< >= 0: log-probabilities of each new token and of so many best; not of beams
  std::int32_t prompt_logprobs = -1; ///< >= 0: the same of the prompts' tokens; costs another pass over them
};

/// [steps][rows][vocabulary]: rows are sequences, of beams prompt * num_beams + beam. A row that had ended is empty;
/// so are all but the first of a prompt's beams at step 0, where they are the same.
using StepScores = std::vector<std::vector<std::vector<float>>>;

struct ScoredOutput : GenerateOutput {
  StepScores scores, logits;
  std::vector<std::vector<TokenLogProbs>> logprobs;         ///< one a sequence and new token
  std::vector<std::vector<TokenLogProbs>> prompt_logprobs;  ///< one a prompt and token, from its second
};

/// The score of each new token of each sequence, as transformers' compute_transition_scores: scores[step][row][token],
/// with normalize_logits behind a log-softmax. Of beams the sum over a sequence / length^length_penalty is its
/// sequences_scores. Errors: invalid_argument without output_scores.
inline Result<std::vector<std::vector<float>>> try_compute_transition_scores(const ScoredOutput& out,
                                                                             bool normalize_logits = false) {
  std::vector<std::vector<float>> all;
  for (std::size_t i = 0; i < out.sequences.size(); ++i) {
    auto& values = all.emplace_back();
    const auto fresh = out.new_tokens(i);
    for (std::size_t t = 0; t < fresh.size(); ++t) {
      const std::size_t row = out.beam_indices.empty() ? i : std::size_t(out.beam_indices[i][t]);
      if (t >= out.scores.size() || row >= out.scores[t].size() || out.scores[t][row].empty())
        return Error(FaultCode::invalid_argument, "compute_transition_scores: output_scores has to be set, and the "
                                                  "search has to have ended");
      const std::vector<float>& scores = out.scores[t][row];
      const float shift = normalize_logits ? detail::log_sum_exp(scores) : 0.0f;
      values.push_back(scores[std::size_t(fresh[t])] - shift);
    }
  }
  return all;
}

template <class Output = ScoredOutput>
std::vector<std::vector<float>> compute_transition_scores(const Output& out, bool normalize_logits = false) {
  return unwrap(try_compute_transition_scores(out, normalize_logits));
}

}  // namespace skald
