// The code of docs/precision.md.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "skald/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/model/memory_footprint.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/pipelines/auto_model.hpp"

BOOST_AUTO_TEST_SUITE(docs_precision)

using namespace skald;

BOOST_AUTO_TEST_CASE(three_names) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales";   // stored: bf16
  // [plans]
  auto stored = Transformer<Cpu, OneOf<fp32, fp16, bf16>>::from_pretrained(folder);    // as stored: bf16, no copy
  auto wide = Transformer<Cpu, fp32>::from_pretrained(folder);                         // all converted to float32
  auto small = Transformer<Cpu, nf4>::from_pretrained(folder);                         // linears converted to nf4
  auto mixed = Transformer<Cpu, Plan<OneOf<int8, bf16>, OneOf<bf16>, OneOf<bf16>, int8>>::from_pretrained(
      folder, {.llm_int8_skip_modules = {"down_proj"}});
  // [/plans]
  const auto of = [](const auto& weight) { return std::string(weight.precision()); };
  // [effective]
  std::string q = stored.weights().blocks[0].attention.query.weight.precision();       // "bf16"
  // [/effective]
  BOOST_TEST(q == "bf16");
  BOOST_TEST(of(wide.weights().tokens) == "fp32");
  BOOST_TEST(of(small.weights().blocks[0].attention.query.weight) == "nf4");
  BOOST_TEST(of(small.weights().tokens) == "bf16");
  BOOST_TEST(of(mixed.weights().blocks[0].feed_forward.up.weight) == "int8");
  BOOST_TEST(of(mixed.weights().blocks[0].feed_forward.down.weight) == "bf16");
}

BOOST_AUTO_TEST_CASE(quantising_as_in_transformers) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";
  // [quantization_config]
  auto lm = AutoModelForCausalLM::from_pretrained(
      folder, {.dtype = "bfloat16",
               .quantization_config = BitsAndBytesConfig{.load_in_4bit = true,
                                                         .bnb_4bit_quant_type = "nf4",
                                                         .bnb_4bit_use_double_quant = true}});
  // [/quantization_config]
  BOOST_TEST(lm.weights().blocks[0].attention.query.weight.precision() == "nf4");
  BOOST_TEST(lm.weights().tokens.precision() == "bf16");
  // [footprint]
  const Checkpoint checkpoint = Checkpoint::open(folder);
  const MemoryFootprint f = unwrap(memory_footprint(checkpoint, {.dtype = "bf16"}));  // f.weights(), f.peak: bytes
  // [/footprint]
  BOOST_TEST(f.weights() > 2u * 260032u);
  BOOST_TEST(f.peak > f.owned);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_converted_is_refused) {
  const auto refused = [](auto type, const char* folder, std::string dtype = {}) {
    using Lm = typename decltype(type)::type;
    LoadOptions<Cpu> options;
    options.dtype = std::move(dtype);
    const auto lm = Lm::try_from_pretrained(SKALD_TEST_DATA "/models/" + std::string(folder), options);
    return lm ? std::string() : lm.error().all()[0];
  };
  using Any = Transformer<Cpu, AnyPrecision>;
  BOOST_TEST(refused(std::type_identity<Any>{}, "llama_nf4_double", "int8") ==
             "model.layers.0.self_attn.q_proj.weight: expected int8, found nf4");
  BOOST_TEST(refused(std::type_identity<Any>{}, "llama_nf4_double", "fp32") == "");
  BOOST_TEST(refused(std::type_identity<Transformer<Cpu, bf16>>{}, "gpt2_int8") == "");
  BOOST_TEST(refused(std::type_identity<Transformer<Cpu, nf4>>{}, "gpt2_int8") ==
             "transformer.h.0.attn.c_attn.weight: expected nf4, found int8");
}

BOOST_AUTO_TEST_SUITE_END()
