// What a checkpoint of an encoder-decoder will take, from its headers.
#pragma once
#include "skald/model/memory_footprint.hpp"
#include "skald/model/pretrained_encoder_decoder.hpp"

namespace skald::inline SKALD_ABI {

/// As memory_footprint, of what AutoModelForSeq2SeqLM would hold. Sinusoids are made, and count as owned.
template <class Families = Seq2SeqFamilies>
Result<MemoryFootprint> encoder_decoder_footprint(const Checkpoint& checkpoint, const FootprintOptions& options = {}) {
  Result<detail::FoundHalves> found = detail::find_halves<Families>(checkpoint);
  if (!found) return std::move(found).error();
  Result<BindingRequest> request = detail::footprint_request(checkpoint, options, found->dense);
  if (!request) return std::move(request).error();
  const TensorLookup written = detail::look_up(checkpoint, found->decoder);
  const TensorLookup read = detail::look_up(checkpoint, found->encoder);
  detail::FootprintCounter counter(written, found->decoder.spec, *request);
  ModelWeights<Plan<AnyPrecision>, CrossArch<FromConfig>> decoder;
  decoder.visit(found->decoder.spec, counter);
  if (auto step = counter.result(); !step) return step;  // what a step reads is the decoder's
  counter.of(read, found->encoder.spec);
  ModelWeights<Plan<AnyPrecision>, FromConfig> encoder;
  encoder.visit(found->encoder.spec, counter);
  for (const ModelSpec* s : {&found->encoder.spec, &found->decoder.spec})
    if (s->position_table == PositionTable::sinusoidal)
      counter.footprint.owned += sizeof(float) * std::uint64_t(s->max_positions) * std::uint64_t(s->hidden_size);
  Result<MemoryFootprint> result = counter.result();
  if (result) result->cross_per_token = result->cache_per_token;
  return result;
}

}  // namespace skald
