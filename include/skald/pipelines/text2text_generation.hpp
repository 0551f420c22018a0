// A text in, a text out, by an encoder-decoder: summaries, translations, answers. Transformers 5 took its pipelines
// "text2text-generation", "summarization" and "translation" out; this is what they had in common.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/generation/stop_strings.hpp"
#include "skald/generation/text_streamer.hpp"
#include "skald/pipelines/auto_model_for_seq2seq_lm.hpp"
#include "skald/pipelines/auto_tokenizer.hpp"
#include "skald/pipelines/generate.hpp"
#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/token_pieces.hpp"

namespace skald::inline SKALD_ABI {

/// Text2TextGeneration is the one on Cpu. What the call says wins, then the folder's generation_config.json; 256 new
/// tokens where neither gives a length. What a model wants in front ("summarize: ") is part of the text. Movable; one
/// call at a time.
template <class B, class Families>
class BasicText2TextGeneration {
 public:
  using Model = BasicAutoModelForSeq2SeqLM<B, Families>;

  struct Output {
    std::string generated_text;  ///< without special tokens
    FinishReason finish_reason = FinishReason::none;
  };

  static Result<BasicText2TextGeneration> try_from_pretrained(const std::filesystem::path& path,
                                                              const AutoOptions<B>& options = {}) {
    auto model = Model::try_from_pretrained(path.string(), options);
    if (!model) return std::move(model).error();
    auto tokenizer = AutoTokenizer::try_from_pretrained(path);
    if (!tokenizer) return std::move(tokenizer).error();
    return BasicText2TextGeneration(*std::move(model), *std::move(tokenizer));
  }

  template <class Path = std::filesystem::path>
  static BasicText2TextGeneration from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  template <class Path>
    requires std::convertible_to<const Path&, std::filesystem::path>
  explicit BasicText2TextGeneration(const Path& path, const AutoOptions<B>& options = {})
      : BasicText2TextGeneration(unwrap(try_from_pretrained(path, options))) {}

  const Model& model() const { return *model_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }

  /// `on_text`, where given, hears of every piece of text as it comes; not with beams.
  template <class F = std::nullptr_t>
  Result<std::vector<Output>> try_run(std::string_view text, GenerationConfig config = {}, F on_text = {}) const {
    auto encoding = tokenizer_.try_encode(text);
    if (!encoding) return std::move(encoding).error();
    const auto& own = model_->generation_config();
    if (!config.max_new_tokens && !config.max_length && own && !own->max_new_tokens && !own->max_length)
      config.max_new_tokens = 256;
    StopStrings::Piece piece;
    if (!config.stop_strings && own) config.stop_strings = own->stop_strings;
    if (config.stop_strings) piece = piece_lookup(tokenizer_);
    const StopStrings stop(config.stop_strings.value_or(std::vector<std::string>()), std::move(piece));
    Result<GenerateOutput> out = [&] {
      if constexpr (std::is_same_v<F, std::nullptr_t>) return try_generate(*model_, *encoding, config, stop);
      else
        return try_generate(*model_, *encoding, config, stop,
                            TextStreamer(tokenizer_, std::move(on_text), DecodeOptions{true}));
    }();
    if (!out) return std::move(out).error();
    std::vector<Output> results;
    for (std::size_t i = 0; i < out->sequences.size(); ++i) {
      auto written = tokenizer_.try_decode(out->new_tokens(i), {true});
      if (!written) return std::move(written).error();
      results.push_back({*std::move(written), out->finish_reasons[i]});
    }
    return results;
  }

  /// The text of the first sequence.
  template <class F = std::nullptr_t>
  std::string operator()(std::string_view text, GenerationConfig config = {}, F on_text = {}) const {
    return unwrap(try_run(text, std::move(config), std::move(on_text))).at(0).generated_text;
  }

 private:
  BasicText2TextGeneration(Model model, Tokenizer tokenizer)
      : model_(std::make_unique<Model>(std::move(model))), tokenizer_(std::move(tokenizer)) {}

  std::unique_ptr<Model> model_;
  Tokenizer tokenizer_;
};

template <>
struct PipelineFor<"text2text-generation"> {
  using DefaultFamilies = Seq2SeqFamilies;
  template <class B, class Families>
  using type = BasicText2TextGeneration<B, Families>;
};
template <>
struct PipelineFor<"summarization"> : PipelineFor<"text2text-generation"> {};
template <>
struct PipelineFor<"translation"> : PipelineFor<"text2text-generation"> {};

}  // namespace skald
