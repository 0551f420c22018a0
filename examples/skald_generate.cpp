#include "skald_generate.hpp"

#include <skald/generation/draft_model.hpp>
#include <skald/generation/guided_model.hpp>
#include <skald/pipelines/auto_model_for_seq2seq_lm.hpp>
#include <skald/pipelines/token_vocabulary.hpp>

#include <iostream>

using namespace skald;

namespace {

int fail(const Error& e) {
  std::cerr << "skald: " << e.what() << "\n";
  return 1;
}

/// As the pipelines: decoders sample at 0.7, 256 new tokens where nobody gives a length.
template <class Model>
GenerationConfig with_defaults(const Model& model, GenerationConfig config) {
  if (!EncodingModel<Model>) config.fill_from({.do_sample = true, .temperature = 0.7f});
  const auto& own = model.generation_config();
  if (!config.max_new_tokens && !config.max_length && !(own && (own->max_new_tokens || own->max_length)))
    config.max_new_tokens = 256;
  return config;
}

int print(const Result<GenerateOutput>& out, const Tokenizer& tokenizer, const std::string& before, bool streamed) {
  if (!out) return fail(out.error());
  for (std::size_t i = 0; i < out->sequences.size(); ++i) {
    if (!streamed) std::cout << before << tokenizer.decode(out->new_tokens(i), {true}) << "\n";
    if (out->finish_reasons[i] == FinishReason::cancelled) return std::cout << "\n", 130;
  }
  if (streamed) std::cout << "\n";
  return 0;
}

template <class Model>
int run(GenerateArguments& a) {
  const auto model = Model::try_from_pretrained(a.model, a.load);
  if (!model) return fail(model.error());
  const auto tokenizer = AutoTokenizer::try_from_pretrained(a.model);
  if (!tokenizer) return fail(tokenizer.error());
  const auto encoding = tokenizer->try_encode(a.prompt);
  if (!encoding) return fail(encoding.error());
  GenerationConfig config = with_defaults(*model, a.config);
  if (a.grammar) config.logits_processor.add(ConstrainedDecoding(*a.grammar, token_vocabulary(*tokenizer)));
  if (!config.stop_strings && model->generation_config())
    config.stop_strings = model->generation_config()->stop_strings;
  StopStrings::Piece piece;
  if (config.stop_strings) piece = piece_lookup(*tokenizer);
  const StopStrings stop(config.stop_strings.value_or(std::vector<std::string>()), std::move(piece));
  const std::string before = EncodingModel<Model> ? std::string() : a.prompt;
  const bool stream = a.stream && config.num_beams.value_or(1) == 1 && config.num_return_sequences.value_or(1) == 1;
  TextStreamer streamer(*tokenizer, [&](std::string_view text) {
    if (stream) std::cout << text << std::flush;
  }, DecodeOptions{true});
  if (stream) std::cout << before << std::flush;
  const auto write = [&](const auto& m) {
    if (stream) return print(try_generate(m, *encoding, config, stop, streamer), *tokenizer, before, true);
    return print(try_generate(m, *encoding, config, stop), *tokenizer, before, false);
  };
  if (!a.assistant_model.empty()) {
    const auto assistant = Model::try_from_pretrained(a.assistant_model, a.load);
    if (!assistant) return fail(assistant.error());
    const DraftModel drafts(*assistant, config.assistant(), chain(processors_of(config)));
    return print(try_generate(*model, *encoding, config, stop, streamer, drafts), *tokenizer, before, stream);
  }
  const float scale = config.guidance_scale.value_or(1.0f);
  if (scale == 1.0f) return write(*model);
  GuidanceOptions guidance{scale};
  if (a.negative_prompt) {
    const auto negative = tokenizer->try_encode(*a.negative_prompt);
    if (!negative) return fail(negative.error());
    guidance.negative_prompt_ids.push_back(negative->ids);
  }
  return write(Guided(*model, std::move(guidance)));
}

}  // namespace

bool is_encoder_decoder(const std::string& model) {
  const auto checkpoint = Checkpoint::try_open(model);
  return checkpoint && detail::is_encoder_decoder(*checkpoint);
}

int run_generate_beside(GenerateArguments a) {
  return is_encoder_decoder(a.model) ? run<AutoModelForSeq2SeqLM>(a) : run<AutoModelForCausalLM>(a);
}
