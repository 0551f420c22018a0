// generate_with_scores() with every choice in data.
#pragma once
#include <utility>

#include "skald/generation/generate_with_scores.hpp"
#include "skald/pipelines/generate.hpp"

namespace skald::inline SKALD_ABI {

/// As generate(model, prompts, config), with what `outputs` asks for.
template <ConfiguredModel M, class... Extras>
Result<ScoredOutput> try_generate_with_scores(const M& model, const Prompts& prompts, const OutputOptions& outputs,
                                              GenerationConfig config, Extras&&... extras) {
  auto all = detail::complete(std::move(config), model.generation_config(),
                              (StoppingCriterion<std::remove_cvref_t<Extras>> || ...), detail::guides<M>);
  if (!all) return std::move(all).error();
  const ConfiguredSampler sampler{all->do_sample.value_or(false), all->seed, all->torch_multinomial};
  return try_generate_with_scores(model, prompts, outputs, processors_of(*all), sampler, all->options(),
                                  detail::max_time_of(*all), extras...);
}

template <ConfiguredModel M, class... Extras>
ScoredOutput generate_with_scores(const M& model, const Prompts& prompts, const OutputOptions& outputs,
                                  GenerationConfig config, Extras&&... extras) {
  return unwrap(try_generate_with_scores(model, prompts, outputs, std::move(config), extras...));
}

}  // namespace skald
