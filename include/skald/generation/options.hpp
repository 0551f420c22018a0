// What a call of generate may choose beside the rule and the sampler, under Hugging Face's names.
#pragma once
#include <atomic>
#include <optional>
#include <vector>

#include "skald/generation/beam_search.hpp"

namespace skald::inline SKALD_ABI {

/// What happens where a text gets longer than the model's max_positions.
enum class AtMaxPositions : std::uint8_t {
  go_on,  ///< positions go on, as in transformers; a learned table of positions ends the text
  stop,   ///< the text ends there: FinishReason::length
  error,  ///< a call that might get there is refused
  shift,  ///< the last half of the tokens that fit is read anew from position 0, and so on; not with beams or drafts
};

/// Without max_new_tokens and max_length: 20 new tokens, as transformers. max_new_tokens wins over max_length.
struct GenerateOptions {
  std::int32_t max_new_tokens = 0;                           ///< 0: not given
  std::int32_t max_length = 0;                               ///< prompt and new tokens; 0: not given
  std::optional<std::vector<token_id>> eos_token_id{};       ///< not given: the model's; empty: none
  std::optional<token_id> pad_token_id{};                    ///< accepted; sequences come back without padding
  /// What the decoder of an encoder-decoder begins with; not given: the model's, else its bos_token_id.
  std::optional<token_id> decoder_start_token_id{};
  std::int32_t num_beams = 1;
  std::int32_t num_return_sequences = 1;
  float length_penalty = 1.0f;
  EarlyStopping early_stopping = EarlyStopping::no;
  std::int32_t prompt_lookup_num_tokens = 0;                 ///< drafts from the prompt; 0: off
  std::int32_t max_matching_ngram_size = 2;
  std::int32_t prefill_chunk_size = 0;                       ///< prompt tokens a step; 0: all at once
  /// Rows stand in one left-padded batch, as in transformers: dynamic and longrope scale by the longest row. Otherwise
  /// a row's tokens do not depend on its neighbours.
  bool padded_batch = false;
  AtMaxPositions at_max_positions = AtMaxPositions::go_on;
  const std::atomic<bool>* cancel = nullptr;                 ///< looked at between layers and between steps
};

/// What generate returns. Sequences hold prompt and new tokens, without padding.
struct GenerateOutput {
  std::vector<std::vector<token_id>> sequences;
  std::vector<std::int32_t> prompt_lengths;
  std::vector<FinishReason> finish_reasons;
  std::vector<float> sequences_scores;                       ///< beam search only
  std::vector<std::vector<std::int32_t>> beam_indices;       ///< beam search only, as transformers numbers them

  std::span<const token_id> new_tokens(std::size_t i) const {
    return std::span(sequences[i]).subspan(std::size_t(prompt_lengths[i]));
  }
};

namespace detail {

/// Rules that transformers has for the combination of options, and bounds.
inline Fault check(const GenerateOptions& o, bool samples) {
  const auto at_least = [](const char* what, std::int64_t least, std::int64_t n) {
    return n >= least ? Fault{} : fault(FaultCode::invalid_argument, what, least, n);
  };
  if (Fault f = at_least("max_new_tokens: at least", 0, o.max_new_tokens)) return f;
  if (Fault f = at_least("max_length: at least", 0, o.max_length)) return f;
  if (Fault f = at_least("num_beams: at least", 1, o.num_beams)) return f;
  if (Fault f = at_least("num_return_sequences: at least", 1, o.num_return_sequences)) return f;
  if (Fault f = at_least("prompt_lookup_num_tokens: at least", 0, o.prompt_lookup_num_tokens)) return f;
  if (Fault f = at_least("max_matching_ngram_size: at least", 1, o.max_matching_ngram_size)) return f;
  if (Fault f = at_least("prefill_chunk_size: at least", 0, o.prefill_chunk_size)) return f;
  if (o.num_beams > 1 && o.num_return_sequences > o.num_beams)
    return fault(FaultCode::invalid_argument, "num_return_sequences: at most num_beams", o.num_beams,
                 o.num_return_sequences);
  if (o.num_beams == 1 && !samples && o.num_return_sequences > 1)
    return fault(FaultCode::invalid_argument, "num_return_sequences: without sampling or beams", 1,
                 o.num_return_sequences);
  if (o.num_beams > 1 && o.prompt_lookup_num_tokens > 0)
    return fault(FaultCode::invalid_argument, "prompt_lookup_num_tokens: with beam search", 0,
                 o.prompt_lookup_num_tokens);
  if (o.at_max_positions == AtMaxPositions::shift && (o.num_beams > 1 || o.prompt_lookup_num_tokens > 0))
    return fault(FaultCode::invalid_argument, "at_max_positions: shift with beams or drafts");
  if (o.eos_token_id && o.eos_token_id->size() > EosIds::capacity())
    return fault(FaultCode::invalid_argument, "eos_token_id: ids, at most", std::int64_t(EosIds::capacity()),
                 std::int64_t(o.eos_token_id->size()));
  return {};
}

/// What does not go together with a streamer or a drafter.
inline Fault check_extras(const GenerateOptions& o, bool streams, bool drafts) {
  if (o.num_beams > 1 && streams)
    return fault(FaultCode::invalid_argument,
                 "num_beams: with a streamer, since beams may change their tokens until the "
                 "end",
                 1, o.num_beams);
  if (o.num_beams > 1 && drafts) return fault(FaultCode::invalid_argument, "num_beams: with a drafter", 1, o.num_beams);
  if (o.at_max_positions == AtMaxPositions::shift && drafts)
    return fault(FaultCode::invalid_argument, "at_max_positions: shift with beams or drafts");
  if (o.prompt_lookup_num_tokens > 0 && drafts)
    return fault(FaultCode::invalid_argument, "prompt_lookup_num_tokens: with another drafter", 0,
                 o.prompt_lookup_num_tokens);
  return {};
}

}  // namespace detail

}  // namespace skald
