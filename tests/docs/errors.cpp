// The code of docs/errors.md, and the messages it shows: messages.txt holds what the library said.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <sstream>

#include "skald/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/io/checkpoint.hpp"
#include "skald/pipelines/auto_tokenizer.hpp"
#include "skald/pipelines/generate.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(docs_errors)

using namespace skald;

namespace {

const char* const small = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";

std::string without(std::string text, const std::string& what, const std::string& instead) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += instead.size())
    text.replace(at, what.size(), instead);
  return text;
}

/// What is said of a folder with this config and these tensors.
std::string refusal(const std::string& config, const support::TensorFile& tensors) {
  using Lm = Transformer<Cpu, fp32>;
  const support::TemporaryDirectory folder;
  support::write_folder(folder, config, tensors);
  const auto model = Pretrained<Lm, FamilyList<families::Gpt2, families::Llama>>::try_load(folder.path().string());
  return model ? std::string() : without(model.error().message(), folder.path().string(), "model-dir");
}

std::string llama_config(std::string_view more = {}, std::string_view type = "llama") {
  return support::config_text(type, support::llama_fields, more);
}

support::TensorFile llama_tensors() { return support::random_tensors<families::Llama>(support::small_llama); }

support::TensorFile broken_tensors() {
  support::TensorFile tensors = llama_tensors();
  tensors.remove("model.layers.1.mlp.up_proj.weight").remove("model.norm.weight");
  tensors.add("model.layers.1.mlp.up_proj.weight", {32, 72}, std::vector<float>(32 * 72));
  return tensors;
}

std::string folder_with(const char* file) {
  const support::TemporaryDirectory folder;
  folder.write("config.json", "{}");
  folder.write(file, "");
  return without(Checkpoint::try_open(folder.path()).error().message(), folder.path().string(), "model-dir");
}

/// All that docs/errors.md quotes, in its order.
std::vector<std::string> said() {
  std::vector<std::string> lines;
  const auto say = [&](const Error& e) { lines.push_back(e.message()); };

  // Folders
  say(Checkpoint::try_open("no-such-dir").error());
  lines.push_back(refusal("{\"model_type\": \"llama\",\n \"hidden_size\" 32}", llama_tensors()));
  lines.push_back(refusal(llama_config({}, "lama"), llama_tensors()));
  lines.push_back(refusal(llama_config(R"(,"hidden_act":"sigh","mlp_bias":1)"), llama_tensors()));
  lines.push_back(refusal(llama_config(), broken_tensors()));
  lines.push_back(folder_with("pytorch_model.bin"));

  // Calls
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(small);
  const auto any = AutoModelForCausalLM::from_pretrained(small);
  say(AutoModelForCausalLM::try_from_pretrained(small, {.dtype = "int3"}).error());
  say(try_generate(lm, {1, 2, 999999}).error());
  say(try_generate(lm, {1, 2}, TopK{0}).error());
  say(try_generate(lm, {1, 2}, chain(), Greedy{}, {.num_beams = 2, .num_return_sequences = 3}).error());
  say(try_generate(lm, {1, 2}, [](float, token_id) { return NAN; }).error());
  say(try_generate(any, {1, 2}, GenerationConfig{.do_sample = true, .temperature = 0.0f}).error());

  // Text
  const auto tok = AutoTokenizer::from_pretrained(small);
  say(tok.try_encode("caf\xE9").error());
  say(tok.try_encode("a", {.truncation = true, .max_length = -1}).error());
  for (const char* file : {R"({"model": {"type": "Unheard", "vocab": []}})",
                           R"({"model": {"vocab": {"a": 0, "b": 1}, "merges": ["a c"]}})"}) {
    const auto document = JsonDocument::parse(file, "tokenizer.json");
    BOOST_REQUIRE(document);
    say(Tokenizer::try_from_json(document->root(), "tokenizer.json").error());
  }
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(messages_are_as_the_page_shows_them) {
  std::ifstream file(SKALD_SOURCE_DIR "/tests/docs/messages.txt");
  const std::string expected((std::istreambuf_iterator<char>(file)), {});
  std::string found;
  for (const std::string& line : said()) found.append(line).append("\n");
  BOOST_TEST(found == expected);
}

BOOST_AUTO_TEST_CASE(two_faces) {
  const std::string folder = small;
  std::string told;
  const auto report = [&](const Error& e) { told = e.what(); };
  // [faces]
  auto lm = Transformer<Cpu, fp32>::try_from_pretrained(folder);             // Result<Transformer<...>>
  if (!lm) return report(lm.error());
  auto out = try_generate(*lm, {1, 2, 999999});
  if (!out) report(out.error());                                             // and lm goes on

  auto same = Transformer<Cpu, fp32>::from_pretrained(folder);               // the value, or throws skald::Error
  // [/faces]
  BOOST_TEST(told == "generate: StepBatch.tokens: ids below[2]: expected 512, found 999999");
  BOOST_TEST(bool(try_generate(same, {1, 2})));
}

BOOST_AUTO_TEST_SUITE_END()
