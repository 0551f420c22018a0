// Folders of encoder-decoders with random weights, and what one of them says.
#pragma once
#include "skald/model/pretrained_encoder_decoder.hpp"
#include "support/random_folder.hpp"

namespace support {

/// What of an encoder-decoder's config is its size: small, and every one another.
inline constexpr const char* seq2seq_sizes = R"("vocab_size":64,"d_model":32,"d_kv":8,"d_ff":48,"num_heads":4,
  "num_layers":2,"num_decoder_layers":3,"encoder_layers":2,"decoder_layers":3,"encoder_attention_heads":4,
  "decoder_attention_heads":4,"encoder_ffn_dim":40,"decoder_ffn_dim":48,"max_position_embeddings":64,
  "relative_attention_num_buckets":8,"relative_attention_max_distance":12,"is_encoder_decoder":true,
  "decoder_start_token_id":3,"eos_token_id":1,"pad_token_id":0)";

/// A folder of `type`; `more` begins with a comma. The halves' weights differ, a table that they share does not.
inline void write_encoder_decoder(const TemporaryDirectory& folder, const std::string& type, const std::string& more,
                                  bool logits_bias = true) {
  const std::string text = "{\"model_type\":\"" + type + "\"," + seq2seq_sizes + more + "}";
  folder.write("config.json", text);
  folder.write("model.safetensors", TensorFile().add("x", {1}, {1}).file());
  const auto checkpoint = skald::Checkpoint::open(folder.path());
  auto halves = skald::unwrap(skald::detail::find_halves<skald::Seq2SeqFamilies>(checkpoint));
  halves.decoder.spec.head_bias = logits_bias;
  if (!halves.decoder.spec.shared_embedding)  // the first name of each half is the one that they share
    for (auto* half : {&halves.encoder, &halves.decoder}) half->names = half->names.subspan(1);
  skald::ModelWeights<skald::plan_of_t<skald::fp32>, skald::FromConfig> encoder;
  skald::ModelWeights<skald::plan_of_t<skald::fp32>, skald::CrossArch<skald::FromConfig>> decoder;
  FolderWriter writer(halves.encoder.spec, {halves.encoder.names, halves.encoder.prefix}, RandomWeights{2});
  encoder.visit(halves.encoder.spec, writer);
  writer.of(halves.decoder.spec, {halves.decoder.names, halves.decoder.prefix}, RandomWeights{1});
  decoder.visit(halves.decoder.spec, writer);
  write_folder(folder, text, writer.file([](Role) { return Stored::f32; }));
}

/// An encoder-decoder, a cache and a queue: what it says behind given tokens.
template <class M, class C = skald::CrossCache<skald::PagedCache<typename M::Backend>>>
class Seq2Seq {
 public:
  Seq2Seq(const M& m, C c) : model(m), queue(m.backend().queue()), cache(std::move(c)) {}

  skald::Fault encode(std::initializer_list<std::pair<skald::SeqId, std::span<const token_id>>> rows) {
    std::vector<token_id> tokens;
    std::vector<std::int32_t> positions;
    std::vector<skald::Row> all;
    for (const auto& [s, ids] : rows) {
      all.push_back({.sequence = s, .first = std::int32_t(tokens.size()), .count = std::int32_t(ids.size())});
      for (std::size_t i = 0; i < ids.size(); ++i) positions.push_back(std::int32_t(i));
      tokens.insert(tokens.end(), ids.begin(), ids.end());
    }
    return model.encode(queue, {tokens, positions, all, {}}, cache);
  }

  /// Logits of all these tokens, or of the first row where there are more.
  skald::Fault feed(std::initializer_list<std::pair<skald::SeqId, std::span<const token_id>>> rows) {
    skald::StepBuilder step;
    for (const auto& [s, ids] : rows) step.add(cache, s, ids, std::int32_t(ids.size()));
    logits.assign(step.batch().logits_at.size() * std::size_t(model.vocab_size()), 0.0f);
    return model.forward(queue, step.batch(), cache, logits.data());
  }

  const M& model;
  typename M::Queue queue;
  C cache;
  std::vector<float> logits;
};

template <class M>
Seq2Seq<M> paged(const M& model, std::int32_t context = 64) {
  typename M::template Cache<float> cache;
  skald::unwrap(skald::Result<void>(model.template allocate_cache<float>(context, 8 * context, cache)));
  return {model, std::move(cache)};
}

/// Logits after every token of one sequence, behind what the encoder read.
template <class M>
std::vector<float> logits_of(const M& model, std::span<const token_id> read, std::span<const token_id> tokens) {
  auto run = paged(model);
  const skald::SeqId s = run.cache.create();
  skald::unwrap(skald::Result<void>(run.encode({{s, read}})));
  skald::unwrap(skald::Result<void>(run.feed({{s, tokens}})));
  return run.logits;
}

}  // namespace support
