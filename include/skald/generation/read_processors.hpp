// The part of generation_config.json that changes scores.
#pragma once
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/generation/generation_config.hpp"
#include "skald/io/json_config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

template <class T>
void read_optional(const JsonConfig& c, const char* name, std::optional<T>& to) {
  if (c.has(name)) to = c.field(name, T{});
}

/// A number that transformers wants written as a float: it refuses an integer, but for the 1 that means "off".
inline void refuse_integer(const JsonConfig& c, const char* name) {
  const auto value = c.get(name);
  if (value && value->is_integer() && value->integer() != 1)
    c.reject(name, "has to be a strictly positive float, not an integer");
}

/// [3, 5], or one token alone where that is allowed.
inline void read_tokens(const JsonConfig& c, const char* name, bool one, std::optional<std::vector<token_id>>& to) {
  if (!c.has(name)) return;
  to.emplace();
  if (one && !c.is_array(name)) return to->push_back(c.field(name, -1));
  for (std::int32_t i = 0; i < c.size(name); ++i) to->push_back(c.at(name, i, -1));
}

/// A JSON list of tokens; nothing if it is none.
inline std::optional<std::vector<token_id>> tokens_in(const Json& list) {
  if (!list.is_array()) return {};
  std::vector<token_id> ids;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto t = list[i].integer();
    if (!t || *t < 0 || *t != token_id(*t)) return {};
    ids.push_back(token_id(*t));
  }
  return ids;
}

inline void read_bad_words(const JsonConfig& c, GenerationConfig& g) {
  const auto list = c.get("bad_words_ids");
  if (!list) return;
  g.bad_words_ids.emplace();
  bool good = list->is_array();
  for (std::size_t i = 0; good && i < list->size(); ++i) {
    auto ids = tokens_in((*list)[i]);
    good = ids.has_value();
    if (good) g.bad_words_ids->push_back(*std::move(ids));
  }
  if (!good) c.reject("bad_words_ids", "expected a list of lists of tokens");
}

inline void read_sequence_bias(const JsonConfig& c, GenerationConfig& g) {
  const auto list = c.get("sequence_bias");
  if (!list) return;
  g.sequence_bias.emplace();
  bool good = list->is_array();
  for (std::size_t i = 0; good && i < list->size(); ++i) {
    const Json pair = (*list)[i];
    good = pair.is_array() && pair.size() == 2;
    auto ids = good ? tokens_in(pair[0]) : std::nullopt;
    const auto bias = good ? pair[1].number() : std::nullopt;
    good = ids && bias && !pair[1].is_integer();
    if (good) g.sequence_bias->push_back({*std::move(ids), float(*bias)});
  }
  if (!good) c.reject("sequence_bias", "expected a list of [list of tokens, float]");
}

inline void read_watermarking(const JsonConfig& c, GenerationConfig& g) {
  if (!c.has("watermarking_config")) return;
  const JsonConfig from = c.child("watermarking_config");
  WatermarkingConfig w;
  w.greenlist_ratio = from.field("greenlist_ratio", w.greenlist_ratio);
  w.bias = from.field("bias", w.bias);
  w.context_width = from.field("context_width", w.context_width);
  if (const auto key = from.get("hashing_key")) {
    if (const auto value = key->integer(); value && *value >= 0) w.hashing_key = std::uint64_t(*value);
    else from.reject("hashing_key", "expected a non-negative integer");
  }
  const auto scheme = from.field("seeding_scheme", std::string_view("lefthash"));
  if (scheme == "selfhash") w.seeding_scheme = SeedingScheme::selfhash;
  else if (scheme != "lefthash") from.reject("seeding_scheme", "expected \"selfhash\" or \"lefthash\"");
  g.watermarking_config = w;
}

/// What changes scores.
inline void read_processors(const JsonConfig& c, GenerationConfig& g) {
  read_optional(c, "temperature", g.temperature);
  read_optional(c, "top_k", g.top_k);
  read_optional(c, "top_p", g.top_p);
  read_optional(c, "min_p", g.min_p);
  read_optional(c, "top_h", g.top_h);
  read_optional(c, "typical_p", g.typical_p);
  read_optional(c, "epsilon_cutoff", g.epsilon_cutoff);
  read_optional(c, "eta_cutoff", g.eta_cutoff);
  read_optional(c, "repetition_penalty", g.repetition_penalty);
  read_optional(c, "encoder_repetition_penalty", g.encoder_repetition_penalty);
  read_optional(c, "no_repeat_ngram_size", g.no_repeat_ngram_size);
  read_optional(c, "encoder_no_repeat_ngram_size", g.encoder_no_repeat_ngram_size);
  read_optional(c, "min_length", g.min_length);
  read_optional(c, "min_new_tokens", g.min_new_tokens);
  read_optional(c, "forced_bos_token_id", g.forced_bos_token_id);
  read_optional(c, "remove_invalid_values", g.remove_invalid_values);
  read_optional(c, "renormalize_logits", g.renormalize_logits);
  read_tokens(c, "forced_eos_token_id", true, g.forced_eos_token_id);
  read_tokens(c, "suppress_tokens", false, g.suppress_tokens);
  read_tokens(c, "begin_suppress_tokens", false, g.begin_suppress_tokens);
  read_bad_words(c, g);
  read_sequence_bias(c, g);
  read_watermarking(c, g);
  constexpr const char* decay = "exponential_decay_length_penalty";
  if (c.has(decay)) {
    if (c.is_array(decay) && c.size(decay) != 2) c.reject(decay, "expected [start, factor]");
    g.exponential_decay_length_penalty = {c.at(decay, 0, std::int32_t{0}), c.at(decay, 1, 1.0)};
  }
  if (g.do_sample.value_or(false)) refuse_integer(c, "temperature");
  refuse_integer(c, "repetition_penalty");
  refuse_integer(c, "encoder_repetition_penalty");
}

}  // namespace detail
}  // namespace skald
