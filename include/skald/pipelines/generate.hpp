// generate() with every choice in data: a GenerationConfig, filled up from the model's own.
#pragma once
#include <utility>

#include "skald/generation/generation_config.hpp"
#include "skald/pipelines/auto_model.hpp"

namespace skald::inline SKALD_ABI {

/// What the call says, then what the model's generation_config.json says, then transformers' defaults.
/// do_sample false ignores temperature, top_k, top_p and min_p, whatever their values. `extras` as for generate():
/// stopping criteria and a streamer. stop_strings need a tokenizer: see TextGeneration, or pass StopStrings.
template <class B, class Families, class... Extras>
Result<GenerateOutput> try_generate(const BasicAutoModelForCausalLM<B, Families>& model, const Prompts& prompts,
                                    GenerationConfig config, Extras&&... extras) {
  if (!model.generation_config()) return model.generation_config().error();
  config.fill_from(*model.generation_config());
  if (config.max_new_tokens.value_or(1) < 1)
    return Error(fault(FaultCode::invalid_argument, "max_new_tokens: at least", 1, *config.max_new_tokens), "generate");
  if (config.stop_strings && !(StoppingCriterion<std::remove_cvref_t<Extras>> || ...))
    return Error(FaultCode::invalid_argument,
                 "stop_strings: a tokenizer is needed; pass StopStrings{...} or use TextGeneration");
  const ConfiguredSampler sampler{config.do_sample.value_or(false), config.seed, config.torch_multinomial};
  return try_generate<BasicAutoModelForCausalLM<B, Families>>(model, prompts, processors_of(config), sampler,
                                                              config.options(), extras...);
}

template <class B, class Families, class... Extras>
GenerateOutput generate(const BasicAutoModelForCausalLM<B, Families>& model, const Prompts& prompts,
                        GenerationConfig config, Extras&&... extras) {
  return unwrap(try_generate(model, prompts, std::move(config), extras...));
}

}  // namespace skald
