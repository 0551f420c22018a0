// AutoModelForSeq2SeqLM: encoder-decoders, the precision read from the files too. A header of its own, since decoders
// alone do not need it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/generation/encoded_prompts.hpp"
#include "skald/model/pretrained_encoder_decoder.hpp"
#include "skald/pipelines/auto_model.hpp"

namespace skald::inline SKALD_ABI {

/// generate(model, ids, ...) takes what the encoder reads; sequences begin with decoder_start_token_id.
/// `BasicAutoModelForSeq2SeqLM<B, Families>` takes another backend or families of your own.
template <class B, class Families>
class BasicAutoModelForSeq2SeqLM : public EncoderDecoder<B, AnyPrecision> {
 public:
  using Base = EncoderDecoder<B, AnyPrecision>;

  static Result<BasicAutoModelForSeq2SeqLM> try_from_pretrained(std::string_view path,
                                                                const AutoOptions<B>& options = {}) {
    Result<LoadOptions<B>> load = detail::load_options(options, HeadKind::language);
    if (!load) return std::move(load).error();
    Result<Checkpoint> checkpoint = Checkpoint::try_open(std::string(path));
    if (!checkpoint) return std::move(checkpoint).error();
    Result<Base> base = PretrainedEncoderDecoder<Base, Families>::try_from_checkpoint(*checkpoint, *load);
    if (!base) return std::move(base).error();
    const auto own = checkpoint->generation_config();
    return BasicAutoModelForSeq2SeqLM(
        *std::move(base), read_generation_config(own ? JsonConfig(*own, "generation_config.json")
                                                     : JsonConfig(checkpoint->config(), "config.json")));
  }
  template <class Path = std::string_view>
  static BasicAutoModelForSeq2SeqLM from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  /// generation_config.json, or what config.json holds of it; an error is reported by the generate that would use it.
  const Result<GenerationConfig>& generation_config() const { return generation_config_; }

 private:
  BasicAutoModelForSeq2SeqLM(Base base, Result<GenerationConfig> config)
      : Base(std::move(base)), generation_config_(std::move(config)) {}

  Result<GenerationConfig> generation_config_;
};

}  // namespace skald
