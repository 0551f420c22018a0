// score(): log-probabilities and perplexity of given texts.
#pragma once
#include <utility>
#include <vector>

#include "skald/generation/prompts.hpp"
#include "skald/generation/score_search.hpp"
#include "skald/generation/session.hpp"

namespace skald::inline SKALD_ABI {

/// On a session the caller keeps. One text after the other, chunk_size tokens a step.
/// Errors: invalid_argument (options, a text without a token), out_of_range (a token), out_of_memory.
template <class Model, class T>
Result<std::vector<TextScore>> try_score_on(Session<Model, T>& session, const Prompts& texts,
                                            const ScoreOptions& options = {}) {
  if (options.top_logprobs < 0)
    return Error(fault(FaultCode::invalid_argument, "top_logprobs: at least", 0, options.top_logprobs), "score");
  if (options.chunk_size < 1)
    return Error(fault(FaultCode::invalid_argument, "chunk_size: at least", 1, options.chunk_size), "score");
  std::vector<TextScore> scores;
  for (const auto& ids : texts.rows()) {
    if (ids.empty()) return Error(fault(FaultCode::invalid_argument, "the text holds no token"), "score");
    ScoreSearch search(ids, options);
    Fault f;
    while (!f && !search.finished()) f = session.step(search);
    search.release(session.engine().cache());
    if (f) return Error(f, "score");
    scores.push_back(search.score());
  }
  return scores;
}

template <class Model>
Result<std::vector<TextScore>> try_score(const Model& model, const Prompts& texts, const ScoreOptions& options = {}) {
  const std::int32_t longest = std::max(1, texts.longest());
  auto session = Session<Model>::try_create(model, {longest, std::int64_t{longest} + 32});
  if (!session) return std::move(session).error();
  return try_score_on(*session, texts, options);
}

/// What the model thinks of each text: score(lm, tok("...")).at(0).perplexity().
template <class Model>
std::vector<TextScore> score(const Model& model, const Prompts& texts, const ScoreOptions& options = {}) {
  return unwrap(try_score(model, texts, options));
}

}  // namespace skald
