// Hugging Face's GenerationConfig: every choice of a call as data, read from generation_config.json or written in code.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skald/generation/options.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/logits/min_p.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/logits/top_p.hpp"
#include "skald/sampling/greedy.hpp"
#include "skald/sampling/multinomial.hpp"

namespace skald::inline SKALD_ABI {

/// A field that is not set takes the model's value, then transformers' default (its table stands in
/// docs/generation.md).
struct GenerationConfig {
  std::optional<std::int32_t> max_length{}, max_new_tokens{};
  std::optional<std::vector<token_id>> eos_token_id{};
  std::optional<token_id> pad_token_id{}, bos_token_id{};
  std::optional<bool> do_sample{};
  std::optional<float> temperature{};
  std::optional<std::int32_t> top_k{};
  std::optional<double> top_p{};
  std::optional<float> min_p{};
  std::optional<float> repetition_penalty{};
  std::optional<std::int32_t> num_beams{}, num_return_sequences{};
  std::optional<float> length_penalty{};
  std::optional<EarlyStopping> early_stopping{};
  std::optional<std::int32_t> prompt_lookup_num_tokens{}, max_matching_ngram_size{};
  std::optional<std::vector<std::string>> stop_strings{};
  std::uint64_t seed = 0;                       ///< of the multinomial draws
  const std::atomic<bool>* cancel = nullptr;

  /// Takes what is not set here from `other`.
  GenerationConfig& fill_from(const GenerationConfig& other) {
    const auto fill = [](auto& mine, const auto& theirs) {
      if (!mine) mine = theirs;
    };
    fill(max_length, other.max_length);
    fill(max_new_tokens, other.max_new_tokens);
    fill(eos_token_id, other.eos_token_id);
    fill(pad_token_id, other.pad_token_id);
    fill(bos_token_id, other.bos_token_id);
    fill(do_sample, other.do_sample);
    fill(temperature, other.temperature);
    fill(top_k, other.top_k);
    fill(top_p, other.top_p);
    fill(min_p, other.min_p);
    fill(repetition_penalty, other.repetition_penalty);
    fill(num_beams, other.num_beams);
    fill(num_return_sequences, other.num_return_sequences);
    fill(length_penalty, other.length_penalty);
    fill(early_stopping, other.early_stopping);
    fill(prompt_lookup_num_tokens, other.prompt_lookup_num_tokens);
    fill(max_matching_ngram_size, other.max_matching_ngram_size);
    fill(stop_strings, other.stop_strings);
    return *this;
  }

  /// What the loop takes of it.
  GenerateOptions options() const {
    GenerateOptions o;
    o.max_new_tokens = max_new_tokens.value_or(0);
    o.max_length = max_length.value_or(0);
    o.eos_token_id = eos_token_id;
    o.pad_token_id = pad_token_id;
    o.num_beams = num_beams.value_or(1);
    o.num_return_sequences = num_return_sequences.value_or(1);
    o.length_penalty = length_penalty.value_or(1.0f);
    o.early_stopping = early_stopping.value_or(EarlyStopping::no);
    o.prompt_lookup_num_tokens = prompt_lookup_num_tokens.value_or(0);
    o.max_matching_ngram_size = max_matching_ngram_size.value_or(2);
    o.cancel = cancel;
    return o;
  }
};

/// The processors a config asks for, in the order of transformers' _get_logits_processor. A template, so that units
/// which never ask do not compile the erased links.
template <class Config>
AnyProcessor processors_of(const Config& c) {
  AnyProcessor rule;
  if (c.repetition_penalty.value_or(1.0f) != 1.0f) rule.add(RepetitionPenalty{*c.repetition_penalty});
  if (!c.do_sample.value_or(false)) return rule;
  if (c.temperature.value_or(1.0f) != 1.0f) rule.add(Temperature{*c.temperature});
  if (c.top_k.value_or(50) != 0) rule.add(TopK{c.top_k.value_or(50)});
  if (c.top_p.value_or(1.0) < 1.0) rule.add(TopP{*c.top_p});
  if (c.min_p) rule.add(MinP{*c.min_p});
  return rule;
}

/// Greedy or multinomial, as do_sample says.
struct ConfiguredSampler {
  bool do_sample = false;
  std::uint64_t seed = 0;

  token_id operator()(LogitsRow& row, const RandomKey& key) const {
    return do_sample ? Multinomial{}(row, key) : Greedy{}(row, key);
  }
};

}  // namespace skald
