// generate() with every choice in data: a GenerationConfig, filled up from the model's own.
#pragma once
#include <concepts>
#include <limits>
#include <utility>

#include "skald/generation/generation_config.hpp"
#include "skald/generation/max_time.hpp"
#include "skald/pipelines/auto_model.hpp"

namespace skald::inline SKALD_ABI {

/// A model that knows its folder's generation_config.json: the auto classes, and what wraps one.
template <class M>
concept ConfiguredModel = requires(const M& m) {
  { m.generation_config() } -> std::same_as<const Result<GenerationConfig>&>;
};

namespace detail {

template <class M>
inline constexpr bool guides = requires(const M& m) { m.guidance_scale(); };

/// What the call says, then what the model's generation_config.json says. `criteria`: whether the call has some;
/// `guides`: whether the model is a Guided one.
inline Result<GenerationConfig> complete(GenerationConfig config, const Result<GenerationConfig>& own, bool criteria,
                                         bool guides) {
  if (!own) return own.error();
  config.fill_from(*own);
  if (config.guidance_scale.value_or(1.0f) != 1.0f && !guides)
    return Error(FaultCode::invalid_argument,
                 "guidance_scale: the model is run twice for it; write generate(Guided(model, {.guidance_scale = ...}),"
                 " ...), skald/generation/guided_model.hpp");
  if (config.max_new_tokens.value_or(1) < 1)
    return Error(fault(FaultCode::invalid_argument, "max_new_tokens: at least", 1, *config.max_new_tokens), "generate");
  if (config.stop_strings && !criteria)
    return Error(FaultCode::invalid_argument,
                 "stop_strings: a tokenizer is needed; pass StopStrings{...} or use TextGeneration");
  return config;
}

inline MaxTime<> max_time_of(const GenerationConfig& config) {
  return MaxTime<>(config.max_time.value_or(std::numeric_limits<double>::infinity()));
}

}  // namespace detail

/// What the call says, then what the model's generation_config.json says, then transformers' defaults.
/// do_sample false ignores temperature, top_k, top_p and min_p, whatever their values. `extras` as for generate():
/// stopping criteria and a streamer. stop_strings need a tokenizer: see TextGeneration, or pass StopStrings.
template <ConfiguredModel M, class... Extras>
Result<GenerateOutput> try_generate(const M& model, const Prompts& prompts, GenerationConfig config,
                                    Extras&&... extras) {
  auto all = detail::complete(std::move(config), model.generation_config(),
                              (StoppingCriterion<std::remove_cvref_t<Extras>> || ...), detail::guides<M>);
  if (!all) return std::move(all).error();
  const ConfiguredSampler sampler{all->do_sample.value_or(false), all->seed, all->torch_multinomial};
  return try_generate(model, prompts, processors_of(*all), sampler, all->options(),
                      detail::max_time_of(*all), extras...);
}

template <ConfiguredModel M, class... Extras>
GenerateOutput generate(const M& model, const Prompts& prompts, GenerationConfig config, Extras&&... extras) {
  return unwrap(try_generate(model, prompts, std::move(config), extras...));
}

SKALD_COMPILED_ONCE(generation, Result<GenerateOutput> try_generate(const AutoModelForCausalLM&, const Prompts&,
                                                                    GenerationConfig))

}  // namespace skald
