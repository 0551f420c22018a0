// generate(), and the scores behind its tokens.
#pragma once
#include <utility>

#include "skald/generation/generate.hpp"
#include "skald/generation/record_scores.hpp"
#include "skald/generation/score.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

inline Fault check(const OutputOptions& o, const GenerateOptions& g) {
  if (o.top_logprobs < -1) return fault(FaultCode::invalid_argument, "top_logprobs: at least", -1, o.top_logprobs);
  if (o.prompt_logprobs < -1)
    return fault(FaultCode::invalid_argument, "prompt_logprobs: at least", -1, o.prompt_logprobs);
  if (o.top_logprobs >= 0 && g.num_beams > 1)
    return fault(FaultCode::invalid_argument,
                 "top_logprobs: with beam search, whose scores are log-probabilities (output_scores); beams", 1,
                 g.num_beams);
  return {};
}

}  // namespace detail

/// As try_generate_on, with what `outputs` asks for.
template <class Model, class T, class Rule, class S, class... Extras>
Result<ScoredOutput> try_generate_with_scores_on(Session<Model, T>& session, const Prompts& prompts,
                                                 const OutputOptions& outputs, const Rule& rule, const S& sampler,
                                                 const GenerateOptions& options, Extras&&... extras) {
  if (Fault f = detail::check(outputs, options)) return Error(f, "generate");
  ScoredOutput out;
  if (outputs.prompt_logprobs >= 0) {
    auto scores = try_score_on(session, prompts, {.top_logprobs = outputs.prompt_logprobs});
    if (!scores) return std::move(scores).error();
    for (TextScore& s : *scores) out.prompt_logprobs.push_back(std::move(s.tokens));
  }
  detail::LogProbStore store{std::max(0, outputs.top_logprobs)};
  const auto recording = chain(detail::RecordLogProbs{outputs.top_logprobs >= 0 ? &store : nullptr},
                               detail::RecordRows{outputs.output_logits ? &out.logits : nullptr}, rule,
                               detail::RecordRows{outputs.output_scores ? &out.scores : nullptr});
  auto plain = try_generate_on(session, prompts, recording, sampler, options, extras...);
  if (!plain) return std::move(plain).error();
  static_cast<GenerateOutput&>(out) = *std::move(plain);
  out.logprobs = std::move(store.found);
  return out;
}

/// As try_generate, with what `outputs` asks for:
///   auto out = generate_with_scores(lm, ids, {.output_scores = true}, rule, Greedy{}, {.max_new_tokens = 10});
///   auto of_each_token = compute_transition_scores(out);
template <class Model, class Rule = Chain<>, class S = Greedy, class... Extras>
  requires(!std::same_as<Rule, GenerationConfig>)
Result<ScoredOutput> try_generate_with_scores(const Model& model, const Prompts& prompts, const OutputOptions& outputs,
                                              const Rule& rule = chain(), const S& sampler = {},
                                              const GenerateOptions& options = {}, Extras&&... extras) {
  if (Fault f = detail::check(options, detail::draws(sampler))) return Error(f, "generate");
  auto session = detail::session_for(model, prompts, options);
  if (!session) return std::move(session).error();
  return try_generate_with_scores_on(*session, prompts, outputs, rule, sampler, options, extras...);
}

template <class Model, class Rule = Chain<>, class S = Greedy, class... Extras>
  requires(!std::same_as<Rule, GenerationConfig>)
ScoredOutput generate_with_scores(const Model& model, const Prompts& prompts, const OutputOptions& outputs,
                                  const Rule& rule = chain(), const S& sampler = {},
                                  const GenerateOptions& options = {}, Extras&&... extras) {
  return unwrap(try_generate_with_scores(model, prompts, outputs, rule, sampler, options, extras...));
}

}  // namespace skald
