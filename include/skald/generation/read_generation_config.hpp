// generation_config.json.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "skald/core/result.hpp"
#include "skald/generation/read_processors.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// The options of transformers that change the result and are not done yet: refused rather than passed over.
inline void refuse_unsupported(const JsonConfig& c) {
  struct Option { const char* name; double neutral; };
  if (c.field("token_healing", false)) c.reject("token_healing", "is not supported yet: expected it unset");
  constexpr const char* gone =
      "chooses a strategy that transformers 5 took out (group beam, constrained and contrastive search, DoLa), and "
      "skald does not have: expected it unset; docs/searches.md shows how to write a search";
  constexpr Option strategies[] = {{"num_beam_groups", 1}, {"diversity_penalty", 0}, {"penalty_alpha", 0}};
  for (const Option& o : strategies)
    if (c.has(o.name) && c.field(o.name, o.neutral) != o.neutral) c.reject(o.name, gone);
  for (const char* name : {"constraints", "force_words_ids", "dola_layers"})
    if (c.has(name)) c.reject(name, gone);
}

}  // namespace detail

/// Reads Hugging Face's names from an object; what it does not know is left alone, as transformers does.
/// Errors: wrong types, options that change the result and are not supported yet: all at once.
inline Result<GenerationConfig> read_generation_config(const JsonConfig& c) {
  using detail::read_optional;
  GenerationConfig g;
  read_optional(c, "max_length", g.max_length);
  read_optional(c, "max_new_tokens", g.max_new_tokens);
  read_optional(c, "pad_token_id", g.pad_token_id);
  read_optional(c, "bos_token_id", g.bos_token_id);
  read_optional(c, "decoder_start_token_id", g.decoder_start_token_id);
  read_optional(c, "do_sample", g.do_sample);
  read_optional(c, "guidance_scale", g.guidance_scale);
  read_optional(c, "num_beams", g.num_beams);
  read_optional(c, "num_return_sequences", g.num_return_sequences);
  read_optional(c, "length_penalty", g.length_penalty);
  read_optional(c, "prompt_lookup_num_tokens", g.prompt_lookup_num_tokens);
  read_optional(c, "max_matching_ngram_size", g.max_matching_ngram_size);
  read_optional(c, "max_time", g.max_time);
  read_optional(c, "num_assistant_tokens", g.num_assistant_tokens);
  read_optional(c, "assistant_confidence_threshold", g.assistant_confidence_threshold);
  if (c.has("num_assistant_tokens_schedule")) {
    const std::string_view schedule = c.field("num_assistant_tokens_schedule", std::string_view());
    if (schedule == "constant") g.num_assistant_tokens_schedule = AssistantSchedule::constant;
    else if (schedule == "heuristic") g.num_assistant_tokens_schedule = AssistantSchedule::heuristic;
    else if (schedule == "heuristic_transient")
      g.num_assistant_tokens_schedule = AssistantSchedule::heuristic_transient;
    else c.reject("num_assistant_tokens_schedule", "expected constant, heuristic or heuristic_transient");
  }
  detail::read_processors(c, g);
  detail::read_tokens(c, "eos_token_id", true, g.eos_token_id);
  if (c.has("early_stopping")) {
    if (c.is_string("early_stopping")) {
      if (c.field("early_stopping", std::string_view()) != "never")
        c.reject("early_stopping", "expected true, false or \"never\"");
      g.early_stopping = EarlyStopping::never;
    } else {
      g.early_stopping = c.field("early_stopping", false) ? EarlyStopping::yes : EarlyStopping::no;
    }
  }
  if (c.has("stop_strings")) {
    g.stop_strings.emplace();
    if (c.is_string("stop_strings")) g.stop_strings->emplace_back(c.field("stop_strings", std::string_view()));
    else
      for (std::int32_t i = 0; i < c.size("stop_strings"); ++i)
        g.stop_strings->emplace_back(c.at("stop_strings", i, std::string_view()));
  }
  detail::refuse_unsupported(c);
  if (auto faults = c.faults()) return *std::move(faults);
  return g;
}

}  // namespace skald
