#include "skald/model/save_pretrained.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

#include "skald/backend/reference.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/random_folder.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(model_save_pretrained)

using namespace skald;
using support::random_tensors;
using support::TemporaryDirectory;

namespace {

using Model = Transformer<Reference, AnyPrecision, FromConfig>;
using Bytes = std::map<std::string, std::string>;

const std::string models = SKALD_TEST_DATA "/models/";

std::string text(const std::filesystem::path& path) { return unwrap(read_text_file(path)); }

/// "F32 [2, 3] bytes" of every tensor.
Bytes tensors(const std::filesystem::path& folder) {
  Bytes found;
  const Checkpoint checkpoint = unwrap(Checkpoint::try_open(folder));
  for (const StoredTensor& t : checkpoint.tensors())
    found[std::string(t.name)] = std::string(name(t.type)) + detail::shape_text(t.shape) +
                                 std::string(reinterpret_cast<const char*>(t.bytes.data()), t.bytes.size());
  return found;
}

BitsAndBytesConfig normal(bool nested = false) {
  return {.load_in_4bit = true, .bnb_4bit_quant_type = "nf4", .bnb_4bit_use_double_quant = nested};
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_not_converted_comes_back_byte_for_byte) {
  for (const char* name : {"gpt2", "gpt2_int8", "gpt2_nf4_double", "llama_nf4", "llama_nf4_double", "llama_int8",
                           "llama_fp4_double", "llama_bf16", "gpt_neox", "mixtral", "bert", "gemma3_text"}) {
    const TemporaryDirectory folder;
    Model::from_pretrained(models + name).save_pretrained(folder.path().string());
    BOOST_TEST((text(folder / "model.safetensors") == text(models + name + "/model.safetensors")), name);
    BOOST_TEST((text(folder / "config.json") == text(models + name + "/config.json")), name);
    const bool generates = std::filesystem::exists(models + name + "/generation_config.json");
    BOOST_TEST(std::filesystem::exists(folder / "generation_config.json") == generates, name);
  }
}

/// Quantised here and by transformers: one folder. Only nested scales, whose mean PyTorch sums in another order, may
/// differ in the last place (tests/golden/check_saved_folder.py).
BOOST_AUTO_TEST_CASE(quantised_weights_have_bitsandbytes_parts) {
  const TemporaryDirectory folder;
  LoadOptions<Reference> options;
  options.quantization_config = normal(true);
  const auto model = Model::from_pretrained(models + "gpt2", options);
  model.save_pretrained(folder.path().string());
  const auto saved = unwrap(Checkpoint::try_open(folder.path()));
  const std::string name = "transformer.h.0.attn.c_attn.weight";
  const auto shape = [&](const std::string& part) {
    const StoredTensor* t = saved.find(name + part);
    return t ? std::string(skald::name(t->type)) + " " + detail::shape_text(t->shape) : std::string("none");
  };
  BOOST_TEST(shape("") == "U8 [1536, 1]");  // [96, 32], not Conv1D's [32, 96]
  BOOST_TEST(shape(".absmax") == "U8 [48]");
  BOOST_TEST(shape(".quant_map") == "F32 [16]");
  BOOST_TEST(shape(".nested_absmax") == "F32 [1]");
  BOOST_TEST(shape(".nested_quant_map") == "F32 [256]");
  const StoredTensor& state = *saved.find(name + ".quant_state.bitsandbytes__nf4");
  const std::string json(reinterpret_cast<const char*>(state.bytes.data()), state.bytes.size());
  const std::string begin = R"({"quant_type": "nf4", "blocksize": 64, "dtype": "float32", "shape": [96, 32], )"
                            R"("nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": )";
  BOOST_TEST(json.substr(0, begin.size()) == begin);
  BOOST_TEST((saved.find("transformer.wte.weight")->type == StoredType::f32));
  const auto config = text(folder / "config.json");
  const std::string theirs = text(models + "gpt2_nf4_double/config.json");
  const auto section = [](const std::string& t) {
    const auto at = t.find("\"quantization_config\"");
    return t.substr(at, t.find("},", at) - at);
  };
  BOOST_TEST(section(config) == section(theirs));

  // And once more, from the quantised folder: the same bytes.
  const TemporaryDirectory again;
  Model::from_pretrained(folder.path().string()).save_pretrained(again.path().string());
  BOOST_TEST((text(again / "model.safetensors") == text(folder / "model.safetensors")));
  BOOST_TEST((text(again / "config.json") == text(folder / "config.json")));
}

BOOST_AUTO_TEST_CASE(every_precision_of_every_layout_loads_again) {
  for (const char* name : {"gpt2", "gpt_neox", "llama_tied_bias", "mixtral", "bert", "stablelm", "cohere"})
    for (const std::string precision : {"fp32", "fp16", "bf16", "int8", "nf4", "fp4"}) {
      LoadOptions<Reference> options;
      BitsAndBytesConfig& q = options.quantization_config.emplace();
      if (detail::is_dense(precision)) options.quantization_config.reset(), options.dtype = precision;
      else if (precision == "int8") q.load_in_8bit = true;
      else q = normal(), q.bnb_4bit_quant_type = precision;
      const auto model = Model::from_pretrained(models + name, options);
      const TemporaryDirectory folder, again;
      model.save_pretrained(folder.path().string(), {.max_shard_size = 4000});
      BOOST_TEST(!std::filesystem::exists(folder / "model.safetensors"));
      const auto loaded = Model::from_pretrained(folder.path().string());
      BOOST_TEST(loaded.storage().buffers.empty());  // nothing is converted any more
      const auto weight = [](const Model& m) { return m.weights().blocks[0].attention.output.weight.precision(); };
      BOOST_TEST(weight(loaded) == precision);
      loaded.save_pretrained(again.path().string());
      BOOST_TEST((tensors(folder.path()) == tensors(again.path())), name << " " << precision);

      // Names and shapes of dense tensors are the original's; so are the numbers, as rounded as asked for.
      const Bytes original = tensors(models + name), saved = tensors(folder.path());
      if (precision == "fp32") BOOST_TEST((saved == original), name);
      if (detail::is_dense(precision)) BOOST_TEST(saved.size() == original.size());
      BOOST_TEST((unwrap(Checkpoint::try_open(folder.path())).quantization().has_value() ==
                  !detail::is_dense(precision)));
    }
}

BOOST_AUTO_TEST_CASE(the_config_says_what_became_of_it) {
  LoadOptions<Reference> options;
  options.dtype = "bf16";
  const TemporaryDirectory folder;
  const auto config = [&](const Model& model) {
    model.save_pretrained(folder.path().string());
    const auto document = unwrap(read_json(folder / "config.json"));
    const auto dtype = document.root().find("dtype");
    const auto q = document.root().find("quantization_config");
    const auto skip = q ? q->find("llm_int8_skip_modules") : std::nullopt;
    return std::string(dtype ? *dtype->string() : "none") + " " + (skip ? detail::json_text(*skip) : "plain");
  };
  BOOST_TEST(config(Model::from_pretrained(models + "llama_gqa", options)) == "bfloat16 plain");
  options.dtype = "fp32";  // dequantised
  BOOST_TEST(config(Model::from_pretrained(models + "llama_nf4", options)) == "float32 plain");
  options.quantization_config = normal();
  options.dtype = "fp16";
  BOOST_TEST(config(Model::from_pretrained(models + "llama_gqa", options)) == "float16 null");
  options.quantization_config->llm_int8_skip_modules = {"lm_head"};
  BOOST_TEST(config(Model::from_pretrained(models + "llama_gqa", options)) == "float16 [\"lm_head\"]");
  options = {};
  options.dtype = "int8";
  options.llm_int8_skip_modules = {"q_proj", "embed_tokens", "lm_head"};
  const std::string listed = config(Model::from_pretrained(models + "llama_gqa", options));
  BOOST_TEST(listed.find("\"model.layers.0.self_attn.q_proj\"") != std::string::npos);
  BOOST_TEST(listed.find("\"lm_head\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(over_the_folder_it_came_from) {
  const TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("gpt2", support::gpt2_fields),
                        random_tensors<families::Gpt2>(support::small_gpt2));
  const Bytes before = tensors(folder.path());
  const std::string path = folder.path().string();
  {
    const auto model = Model::from_pretrained(path);
    model.save_pretrained(path, {.max_shard_size = 4000});
    BOOST_TEST((tensors(path) == before));
    model.save_pretrained(path);  // its own file is gone, its map is not
    BOOST_TEST((tensors(path) == before));
  }
  BOOST_TEST(std::filesystem::exists(folder / "model.safetensors"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_saved) {
  const auto said = [](const auto& model) {
    const TemporaryDirectory folder;
    const Result<void> saved = model.try_save_pretrained((folder / "to").string());
    BOOST_TEST(!std::filesystem::exists(folder / "to"));
    return saved ? std::string() : saved.error().message();
  };
  const Model made(FromConfig{support::small_llama}, Reference{}, typename Model::Weights{});
  BOOST_TEST(said(made) ==
             "save_pretrained: expected a model that from_pretrained loaded: its checkpoint tells the names");

  const TemporaryDirectory mixed;
  support::write_folder(mixed, support::config_text("llama", support::llama_fields),
                        random_tensors<families::Llama>(support::small_llama, [](Role role) {
                          return role == Role::up ? support::Stored::int8 : support::Stored::nf4;
                        }));
  BOOST_TEST(said(Model::from_pretrained(mixed.path().string())) ==
             "save_pretrained: int8 and 4-bit weights in one model: transformers has no config that says so");
}

BOOST_AUTO_TEST_SUITE_END()
