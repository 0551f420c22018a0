// The pipeline "text-generation": a path and a prompt in, text out.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/generation/stop_strings.hpp"
#include "skald/generation/text_streamer.hpp"
#include "skald/pipelines/auto_tokenizer.hpp"
#include "skald/pipelines/generate.hpp"
#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/token_pieces.hpp"

namespace skald::inline SKALD_ABI {

/// TextGeneration is the one on Cpu. Everything defaulted as transformers' pipeline does: 256 new tokens, sampling at
/// temperature 0.7; what the call says wins, then these three, then the folder's generation_config.json. Movable; one
/// call at a time.
template <class B, class Families>
class BasicTextGeneration {
 public:
  using Model = BasicAutoModelForCausalLM<B, Families>;

  struct Output {
    std::string generated_text;  ///< the prompt and what follows, or only what follows: return_full_text
    FinishReason finish_reason = FinishReason::none;
  };

  static Result<BasicTextGeneration> try_from_pretrained(const std::filesystem::path& path,
                                                         const AutoOptions<B>& options = {}) {
    auto model = Model::try_from_pretrained(path.string(), options);
    if (!model) return std::move(model).error();
    auto tokenizer = AutoTokenizer::try_from_pretrained(path);
    if (!tokenizer) return std::move(tokenizer).error();
    return BasicTextGeneration(*std::move(model), *std::move(tokenizer));
  }

  template <class Path = std::filesystem::path>
  static BasicTextGeneration from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  template <class Path>
    requires std::convertible_to<const Path&, std::filesystem::path>
  explicit BasicTextGeneration(const Path& path, const AutoOptions<B>& options = {})
      : BasicTextGeneration(unwrap(try_from_pretrained(path, options))) {}

  const Model& model() const { return *model_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }

  bool return_full_text = true;

  /// `on_text`, where given, hears of every piece of new text as it comes.
  template <class F = std::nullptr_t>
  Result<std::vector<Output>> try_run(std::string_view prompt, GenerationConfig config = {}, F on_text = {}) const {
    auto encoding = tokenizer_.try_encode(prompt);
    if (!encoding) return std::move(encoding).error();
    return try_run(prompt, *encoding, std::move(config), std::move(on_text));
  }

  /// With a prompt that is encoded already, as apply_chat_template() gives it; `prompt` is its text.
  template <class F = std::nullptr_t>
  Result<std::vector<Output>> try_run(std::string_view prompt, const Encoding& encoding, GenerationConfig config = {},
                                      F on_text = {}) const;

  /// The text of the first sequence.
  template <class F = std::nullptr_t>
  std::string operator()(std::string_view prompt, GenerationConfig config = {}, F on_text = {}) const {
    return unwrap(try_run(prompt, std::move(config), std::move(on_text))).at(0).generated_text;
  }

 private:
  BasicTextGeneration(Model model, Tokenizer tokenizer)
      : model_(std::make_unique<Model>(std::move(model))), tokenizer_(std::move(tokenizer)) {}

  GenerationConfig with_defaults(GenerationConfig config) const {
    const bool own_length = config.max_new_tokens || config.max_length;
    config.fill_from({.do_sample = true, .temperature = 0.7f});
    const auto& own = model_->generation_config();
    // The pipeline's 256 give way to a folder's own max_length, as in transformers.
    const bool folder_length = own && own->max_length && *own->max_length != 20;
    if (!own_length && !folder_length) config.max_new_tokens = 256;
    return config;
  }

  StopStrings::Piece pieces(const GenerationConfig& config) const {
    if (!config.stop_strings) return {};
    return piece_lookup(tokenizer_);
  }

  std::unique_ptr<Model> model_;
  Tokenizer tokenizer_;
};

template <class B, class Families>
template <class F>
auto BasicTextGeneration<B, Families>::try_run(std::string_view prompt, const Encoding& encoding,
                                               GenerationConfig config, F on_text) const
    -> Result<std::vector<Output>> {
  config = with_defaults(std::move(config));
  const StopStrings stop(config.stop_strings.value_or(std::vector<std::string>()), pieces(config));
  const Prompts ids(encoding);
  Result<GenerateOutput> out = [&] {
    if constexpr (std::is_same_v<F, std::nullptr_t>) return try_generate(*model_, ids, config, stop);
    else
      return try_generate(*model_, ids, config, stop,
                          TextStreamer(tokenizer_, std::move(on_text), DecodeOptions{true}));
  }();
  if (!out) return std::move(out).error();
  std::vector<Output> results;
  for (std::size_t i = 0; i < out->sequences.size(); ++i) {
    // As transformers: both decoded, the prompt's own text in front.
    const auto all = tokenizer_.try_decode(out->sequences[i], {true});
    const auto before = tokenizer_.try_decode(encoding.ids, {true});
    if (!all) return all.error();
    if (!before) return before.error();
    const std::string fresh = all->substr(std::min(all->size(), before->size()));
    results.push_back({return_full_text ? std::string(prompt).append(fresh) : fresh, out->finish_reasons[i]});
  }
  return results;
}

SKALD_COMPILED_ONCE(generation, class BasicTextGeneration<Cpu, AllFamilies>)
SKALD_COMPILED_ONCE(generation, auto TextGeneration::try_run(std::string_view, const Encoding&, GenerationConfig,
                                                             std::nullptr_t) const -> Result<std::vector<Output>>)

template <>
struct PipelineFor<"text-generation"> {
  template <class B, class Families>
  using type = BasicTextGeneration<B, Families>;
};

}  // namespace skald
