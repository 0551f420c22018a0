#include "skald/model/memory_footprint.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "skald/backend/reference.hpp"
#include "skald/model/save_pretrained.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(model_memory_footprint)

using namespace skald;

namespace {

using Model = Transformer<Reference, AnyPrecision, FromConfig>;

/// Within two in a hundred, and `slack` bytes that count in models as small as these.
void close(std::uint64_t expected, std::uint64_t found, std::uint64_t slack) {
  BOOST_TEST(std::abs(double(expected) - double(found)) <= 0.02 * double(expected) + double(slack),
             "expected " << expected << ", found " << found);
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_a_model_will_hold_and_what_it_holds) {
  for (const char* name : {"gpt2", "llama_gqa", "llama_tied_bias", "llama_bf16", "gpt_neox", "mixtral", "bert",
                           "llama_nf4_double", "gpt2_int8"}) {
    const std::string path = std::string(SKALD_TEST_DATA "/models/") + name;
    const auto checkpoint = unwrap(Checkpoint::try_open(path));
    for (const std::string precision : {"", "fp32", "fp16", "bf16", "int8", "nf4", "fp4", "double"}) {
      FootprintOptions options;
      LoadOptions<Reference> load;
      if (detail::is_dense(precision)) {
        options.dtype = load.dtype = precision;
      } else if (!precision.empty()) {
        BitsAndBytesConfig q{.load_in_8bit = precision == "int8", .load_in_4bit = precision != "int8"};
        q.bnb_4bit_use_double_quant = precision == "double";
        if (precision == "nf4") q.bnb_4bit_quant_type = "nf4";
        options.quantization_config = load.quantization_config = q;
      }
      const MemoryFootprint found = unwrap(memory_footprint(checkpoint, options));
      const auto model = Model::from_pretrained(path, load);
      std::uint64_t owned = 0, vectors = 0;
      for (const auto& buffer : model.storage().buffers) owned += buffer.size();
      struct Vectors {
        std::uint64_t* sum;
        void layer(int) {}
        void matrix(Role, int, index_t, index_t, Weight<AnyPrecision>&) {}
        void vector(Role, int, VectorPart, index_t n, const float*&) { *sum += std::uint64_t(n) * sizeof(float); }
      } count{&vectors};
      auto weights = model.weights();
      weights.visit(model.spec(), count);
      BOOST_TEST_CONTEXT(name << " " << precision) {
        BOOST_TEST(found.owned >= owned);
        BOOST_TEST(found.owned <= owned + vectors);
        BOOST_TEST(found.peak >= found.owned);
        const support::TemporaryDirectory folder;
        model.save_pretrained(folder.path().string());
        const auto saved = unwrap(Checkpoint::try_open(folder.path()));
        close(std::filesystem::file_size(folder / "model.safetensors"), found.file, 40 * saved.tensors().size());
        std::uint64_t bytes = 0;
        for (const StoredTensor& t : saved.tensors()) {
          if (t.name.find("quant_state") != t.name.npos || t.name.ends_with("weight_format")) continue;
          const bool narrow = t.shape.size() == 1 && (t.type == StoredType::f16 || t.type == StoredType::bf16);
          bytes += narrow ? 2 * t.bytes.size() : t.bytes.size();  // norms are float32 in memory
        }
        close(bytes, found.weights(), 0);
        BOOST_TEST(found.cache_per_token == (model.spec().encoder_only() ? 0 : cache_bytes_per_token(model.spec())));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(options_are_checked_as_for_loading) {
  const auto checkpoint = unwrap(Checkpoint::try_open(SKALD_TEST_DATA "/models/gpt2"));
  const auto said = [&](const FootprintOptions& options) {
    return memory_footprint(checkpoint, options).error().message();
  };
  BOOST_TEST(said({.dtype = "fp8"}) == "dtype: expected fp32, fp16, bf16, int8, nf4 or fp4, found fp8");
  BOOST_TEST(said({.quantization_config = BitsAndBytesConfig{}}) ==
             "quantization_config.load_in_4bit: expected one of load_in_8bit and load_in_4bit, found neither");
}

BOOST_AUTO_TEST_SUITE_END()
