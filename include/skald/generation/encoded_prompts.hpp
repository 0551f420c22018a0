// generate() of encoder-decoders: the prompts go to the encoder, once, and what is written begins with a token of its
// own. Everything else is as for decoders: searches, options, streamers, scores.
#pragma once
#include <concepts>
#include <utility>
#include <vector>

#include "skald/generation/generate.hpp"

namespace skald::inline SKALD_ABI {

/// What generate() runs the prompts through first: skald's EncoderDecoder, or a model of yours.
///
/// | expression                    | result | meaning                                                                |
/// |-------------------------------|--------|------------------------------------------------------------------------|
/// | m.encode(q, batch, cache)     | Fault  | as EncoderDecoder::encode: for each row's empty sequence               |
/// | m.encoder().spec()            |        | the encoder's ModelSpec                                                |
/// It is a CausalModel besides, over the `Cache` that it names.
template <class M>
concept EncodingModel = requires(const M& m, typename M::Queue& q, const StepBatch& b,
                                 typename M::template Cache<float>& c) {
  { m.encode(q, b, c) } -> std::same_as<Fault>;
  { m.encoder().spec() } -> std::convertible_to<const ModelSpec&>;
};

/// What is written begins with one token, for each prompt.
template <EncodingModel M>
Prompts decoder_prompts(const M& model, const Prompts& prompts, const GenerateOptions& o) {
  const token_id first = o.decoder_start_token_id.value_or(model.special_tokens().first_of_decoder());
  return std::vector(prompts.rows().size(), std::vector(1, first));
}

/// The prompts of a call in the encoder: all in one step, each a sequence that the searches fork. They go with it.
template <class Session>
class EncodedPrompts {
 public:
  EncodedPrompts(Session& session, const Prompts& prompts, const GenerateOptions& o)
      : session_(session), ids_(prompts.rows()),
        start_(o.decoder_start_token_id.value_or(session.model().special_tokens().first_of_decoder())) {
    if (o.padded_batch) {  // whose padding counts as read, in transformers
      const token_id pad = o.pad_token_id.value_or(session.model().special_tokens().pad);
      for (auto& row : ids_) row.resize(std::size_t(prompts.longest()), pad);
    }
    for (const auto& row : prompts.rows()) lengths_.push_back(row.size());
  }
  EncodedPrompts(const EncodedPrompts&) = delete;
  EncodedPrompts& operator=(const EncodedPrompts&) = delete;
  ~EncodedPrompts() {
    for (const SeqId s : sequences_) session_.engine().cache().drop(s);
  }

  /// Runs the encoder. Faults: its own, invalid_argument (an empty prompt, no start token).
  Fault read() {
    if (start_ < 0)
      return fault(FaultCode::invalid_argument,
                   "decoder_start_token_id: expected in the options, generation_config.json or config.json, or a "
                   "bos_token_id there");
    auto& engine = session_.engine();
    std::vector<token_id> tokens;
    std::vector<std::int32_t> positions;
    std::vector<Row> rows;
    for (std::size_t p = 0; p < ids_.size(); ++p) {
      const auto n = std::int32_t(lengths_[p]);
      if (n == 0) return fault(FaultCode::invalid_argument, "generate: the prompt holds no token");
      const SeqId s = engine.cache().create();
      if (s < 0) return fault(FaultCode::out_of_memory, "cache: no room for another sequence");
      sequences_.push_back(s);
      rows.push_back({.sequence = s, .first = std::int32_t(tokens.size()), .count = n,
                      .origin = {.prompt = std::int32_t(p)}});
      tokens.insert(tokens.end(), ids_[p].begin(), ids_[p].begin() + n);
      for (std::int32_t i = 0; i < n; ++i) positions.push_back(i);
    }
    if (rows.empty()) return {};
    const Fault f = session_.model().encode(engine.queue(), {tokens, positions, rows, {}}, engine.cache());
    const Fault ended = engine.queue().wait();
    return f ? f : ended;
  }

  void begin(const Prompts&, std::size_t p, SequenceSettings& s) {
    s.begun = session_.engine().cache().fork(sequences_[p]);
    s.encoder_ids = ids_[p];
  }

 private:
  Session& session_;
  std::vector<std::vector<token_id>> ids_;
  std::vector<std::size_t> lengths_;
  std::vector<SeqId> sequences_;
  token_id start_;
};

template <EncodingModel M, class T>
EncodedPrompts<Session<M, T>> encoded_prompts(Session<M, T>& session, const Prompts& prompts,
                                              const GenerateOptions& o) {
  return EncodedPrompts<Session<M, T>>(session, prompts, o);
}

}  // namespace skald
