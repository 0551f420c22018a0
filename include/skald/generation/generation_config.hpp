// Hugging Face's GenerationConfig: every choice of a call as data, read from generation_config.json or written in code.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skald/generation/assistant_options.hpp"
#include "skald/generation/options.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/logits/bad_words.hpp"
#include "skald/logits/begin_suppress_tokens.hpp"
#include "skald/logits/encoder_no_repeat_ngram.hpp"
#include "skald/logits/encoder_repetition_penalty.hpp"
#include "skald/logits/epsilon_cutoff.hpp"
#include "skald/logits/eta_cutoff.hpp"
#include "skald/logits/exponential_decay_length_penalty.hpp"
#include "skald/logits/forced_bos.hpp"
#include "skald/logits/forced_eos.hpp"
#include "skald/logits/frequency_penalty.hpp"
#include "skald/logits/min_length.hpp"
#include "skald/logits/min_new_tokens.hpp"
#include "skald/logits/min_p.hpp"
#include "skald/logits/no_repeat_ngram.hpp"
#include "skald/logits/presence_penalty.hpp"
#include "skald/logits/remove_invalid_values.hpp"
#include "skald/logits/renormalize_logits.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/sequence_bias.hpp"
#include "skald/logits/suppress_tokens.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_h.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/logits/top_p.hpp"
#include "skald/logits/typical_p.hpp"
#include "skald/logits/watermark.hpp"
#include "skald/sampling/greedy.hpp"
#include "skald/sampling/multinomial.hpp"
#include "skald/sampling/torch_multinomial.hpp"

namespace skald::inline SKALD_ABI {

/// A field that is not set takes the model's value, then transformers' default (its table stands in
/// docs/generation.md).
struct GenerationConfig {
  std::optional<std::int32_t> max_length{}, max_new_tokens{};
  std::optional<std::vector<token_id>> eos_token_id{};
  std::optional<token_id> pad_token_id{}, bos_token_id{}, decoder_start_token_id{};
  std::optional<bool> do_sample{};
  std::optional<float> temperature{};
  std::optional<std::int32_t> top_k{};
  std::optional<double> top_p{};
  std::optional<float> min_p{};
  std::optional<float> repetition_penalty{};
  std::optional<float> guidance_scale{};  ///< needs Guided around the model
  std::optional<std::int32_t> num_beams{}, num_return_sequences{};
  std::optional<float> length_penalty{};
  std::optional<EarlyStopping> early_stopping{};
  std::optional<std::int32_t> prompt_lookup_num_tokens{}, max_matching_ngram_size{};
  std::optional<std::int32_t> num_assistant_tokens{};
  std::optional<AssistantSchedule> num_assistant_tokens_schedule{};
  std::optional<float> assistant_confidence_threshold{};
  std::optional<std::vector<std::string>> stop_strings{};
  std::optional<double> max_time{};             ///< seconds from the call
  std::optional<double> typical_p{}, epsilon_cutoff{}, eta_cutoff{}, top_h{}, encoder_repetition_penalty{};
  std::optional<std::int32_t> no_repeat_ngram_size{}, encoder_no_repeat_ngram_size{}, min_length{}, min_new_tokens{};
  std::optional<std::vector<std::vector<token_id>>> bad_words_ids{};
  std::optional<std::vector<BiasedSequence>> sequence_bias{};
  std::optional<token_id> forced_bos_token_id{};
  std::optional<std::vector<token_id>> forced_eos_token_id{}, suppress_tokens{}, begin_suppress_tokens{};
  std::optional<ExponentialDecayLengthPenalty> exponential_decay_length_penalty{};
  std::optional<bool> remove_invalid_values{}, renormalize_logits{};
  std::optional<WatermarkingConfig> watermarking_config{};
  std::optional<float> presence_penalty{}, frequency_penalty{};  ///< of a call only: transformers has neither
  AnyProcessor logits_processor{};              ///< the caller's own: behind bans and penalties, before temperature
  std::uint64_t seed = 0;                       ///< of the multinomial draws
  bool torch_multinomial = false;               ///< draws as torch does on the CPU behind manual_seed(seed)
  AtMaxPositions at_max_positions = AtMaxPositions::go_on;
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
    fill(decoder_start_token_id, other.decoder_start_token_id);
    fill(do_sample, other.do_sample);
    fill(temperature, other.temperature);
    fill(top_k, other.top_k);
    fill(top_p, other.top_p);
    fill(min_p, other.min_p);
    fill(repetition_penalty, other.repetition_penalty);
    fill(guidance_scale, other.guidance_scale);
    fill(num_beams, other.num_beams);
    fill(num_return_sequences, other.num_return_sequences);
    fill(length_penalty, other.length_penalty);
    fill(early_stopping, other.early_stopping);
    fill(prompt_lookup_num_tokens, other.prompt_lookup_num_tokens);
    fill(max_matching_ngram_size, other.max_matching_ngram_size);
    fill(num_assistant_tokens, other.num_assistant_tokens);
    fill(num_assistant_tokens_schedule, other.num_assistant_tokens_schedule);
    fill(assistant_confidence_threshold, other.assistant_confidence_threshold);
    fill(stop_strings, other.stop_strings);
    fill(max_time, other.max_time);
    fill(typical_p, other.typical_p);
    fill(epsilon_cutoff, other.epsilon_cutoff);
    fill(eta_cutoff, other.eta_cutoff);
    fill(top_h, other.top_h);
    fill(encoder_repetition_penalty, other.encoder_repetition_penalty);
    fill(no_repeat_ngram_size, other.no_repeat_ngram_size);
    fill(encoder_no_repeat_ngram_size, other.encoder_no_repeat_ngram_size);
    fill(min_length, other.min_length);
    fill(min_new_tokens, other.min_new_tokens);
    fill(bad_words_ids, other.bad_words_ids);
    fill(sequence_bias, other.sequence_bias);
    fill(forced_bos_token_id, other.forced_bos_token_id);
    fill(forced_eos_token_id, other.forced_eos_token_id);
    fill(suppress_tokens, other.suppress_tokens);
    fill(begin_suppress_tokens, other.begin_suppress_tokens);
    fill(exponential_decay_length_penalty, other.exponential_decay_length_penalty);
    fill(remove_invalid_values, other.remove_invalid_values);
    fill(renormalize_logits, other.renormalize_logits);
    fill(watermarking_config, other.watermarking_config);
    fill(presence_penalty, other.presence_penalty);
    fill(frequency_penalty, other.frequency_penalty);
    return *this;
  }

  /// What the loop takes of it.
  GenerateOptions options() const {
    GenerateOptions o;
    o.max_new_tokens = max_new_tokens.value_or(0);
    o.max_length = max_length.value_or(0);
    o.eos_token_id = eos_token_id;
    o.pad_token_id = pad_token_id;
    o.decoder_start_token_id = decoder_start_token_id;
    o.num_beams = num_beams.value_or(1);
    o.num_return_sequences = num_return_sequences.value_or(1);
    o.length_penalty = length_penalty.value_or(1.0f);
    o.early_stopping = early_stopping.value_or(EarlyStopping::no);
    o.prompt_lookup_num_tokens = prompt_lookup_num_tokens.value_or(0);
    o.max_matching_ngram_size = max_matching_ngram_size.value_or(2);
    o.at_max_positions = at_max_positions;
    o.cancel = cancel;
    return o;
  }

  /// What a DraftModel takes of it.
  AssistantOptions assistant() const {
    AssistantOptions o;
    o.num_assistant_tokens = num_assistant_tokens.value_or(o.num_assistant_tokens);
    o.num_assistant_tokens_schedule = num_assistant_tokens_schedule.value_or(o.num_assistant_tokens_schedule);
    o.assistant_confidence_threshold = assistant_confidence_threshold.value_or(o.assistant_confidence_threshold);
    return o;
  }
};

/// The processors a config asks for, in the order of transformers' _get_logits_processor. A template, so that units
/// which never ask do not compile the erased links.
template <class Config>
AnyProcessor processors_of(const Config& c) {
  AnyProcessor rule;
  if (c.sequence_bias) rule.add(SequenceBias(*c.sequence_bias));
  if (c.encoder_repetition_penalty.value_or(1.0) != 1.0)
    rule.add(EncoderRepetitionPenalty{*c.encoder_repetition_penalty});
  if (c.repetition_penalty.value_or(1.0f) != 1.0f) rule.add(RepetitionPenalty{*c.repetition_penalty});
  if (c.frequency_penalty.value_or(0.0f) != 0.0f) rule.add(FrequencyPenalty{*c.frequency_penalty});
  if (c.presence_penalty.value_or(0.0f) != 0.0f) rule.add(PresencePenalty{*c.presence_penalty});
  if (c.no_repeat_ngram_size.value_or(0) > 0) rule.add(NoRepeatNgram{*c.no_repeat_ngram_size});
  if (c.encoder_no_repeat_ngram_size.value_or(0) > 0)
    rule.add(EncoderNoRepeatNgram{*c.encoder_no_repeat_ngram_size});
  if (c.bad_words_ids) rule.add(BadWords(*c.bad_words_ids));
  if (c.min_length.value_or(0) > 0) rule.add(MinLength{*c.min_length});
  if (c.min_new_tokens.value_or(0) > 0) rule.add(MinNewTokens{*c.min_new_tokens});
  if (c.forced_bos_token_id) rule.add(ForcedBos{*c.forced_bos_token_id});
  if (c.forced_eos_token_id) rule.add(ForcedEos{*c.forced_eos_token_id});
  if (c.remove_invalid_values.value_or(false)) rule.add(RemoveInvalidValues{});
  if (c.exponential_decay_length_penalty) rule.add(*c.exponential_decay_length_penalty);
  if (c.suppress_tokens) rule.add(SuppressTokens{*c.suppress_tokens});
  if (c.begin_suppress_tokens)
    rule.add(BeginSuppressTokens{*c.begin_suppress_tokens, c.forced_bos_token_id.has_value()});
  if (!c.logits_processor.empty()) rule.add(c.logits_processor);
  if (c.do_sample.value_or(false)) {
    if (c.temperature.value_or(1.0f) != 1.0f) rule.add(Temperature{*c.temperature});
    if (c.top_h) rule.add(TopH{*c.top_h});
    if (c.top_k.value_or(50) != 0) rule.add(TopK{c.top_k.value_or(50)});
    if (c.top_p.value_or(1.0) < 1.0) rule.add(TopP{*c.top_p});
    if (c.min_p) rule.add(MinP{*c.min_p});
    if (c.typical_p.value_or(1.0) < 1.0) rule.add(TypicalP{*c.typical_p});
    if (const double e = c.epsilon_cutoff.value_or(0.0); e > 0.0 && e < 1.0) rule.add(EpsilonCutoff{e});
    if (const double e = c.eta_cutoff.value_or(0.0); e > 0.0 && e < 1.0) rule.add(EtaCutoff{e});
  }
  if (c.watermarking_config) rule.add(Watermark(*c.watermarking_config));
  if (c.renormalize_logits.value_or(false)) rule.add(RenormalizeLogits{});
  return rule;
}

/// Greedy, or a multinomial draw, as do_sample says: skald's own, or torch's.
struct ConfiguredSampler {
  using State = TorchMultinomial::State;

  bool do_sample = false;
  std::uint64_t seed = 0;
  bool torch_multinomial = false;

  State start(std::uint32_t sequence, std::uint32_t sequences) const {
    return TorchMultinomial{seed}.start(sequence, sequences);
  }
  token_id operator()(LogitsRow& row, const RandomKey& key, State& state) const {
    if (!do_sample) return Greedy{}(row, key);
    return torch_multinomial ? TorchMultinomial{seed}(row, key, state) : Multinomial{seed}(row, key);
  }
};

}  // namespace skald
