// The code of docs/checkpoints.md.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "skald/io/checkpoint.hpp"
#include "skald/io/write_safetensors.hpp"
#include "skald/model/save_pretrained.hpp"
#include "skald/pipelines/auto_model.hpp"
#include "skald/precision/dense.hpp"
#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(docs_checkpoints)

using namespace skald;

BOOST_AUTO_TEST_CASE(looking_into_a_folder) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales";
  std::size_t bytes = 0;
  std::string type;
  const auto look = [&]() -> Result<void> {
    // [look]
    Result<Checkpoint> checkpoint = Checkpoint::try_open(folder);                     // maps the files, reads the headers
    if (!checkpoint) return checkpoint.error();
    for (const StoredTensor& t : checkpoint->tensors()) bytes += t.bytes.size();  // name, type, shape, bytes in the map
    type = checkpoint->config().find("model_type")->string().value_or("");
    const Result<StoredTensor> norm = checkpoint->vector("model.norm.weight", 256);                 // shape checked
    const Result<StoredWeight> q = checkpoint->weight("model.layers.0.self_attn.q_proj.weight", 256, 256);
    // [/look]
    BOOST_TEST((norm && q));
    BOOST_TEST((q->type == StoredType::bf16));
    return {};
  };
  BOOST_TEST(bool(look()));
  BOOST_TEST(bytes == 7739904u);
  BOOST_TEST(type == "llama");
}

BOOST_AUTO_TEST_CASE(writing_a_file) {
  const support::TemporaryDirectory folder;
  const auto path = folder / "model.safetensors";
  // [write]
  const std::vector<float> values(6, 0.5f);
  const std::int64_t shape[] = {2, 3};
  const StoredTensor tensors[] = {{"weight", StoredType::f32, shape, std::as_bytes(std::span(values))}};
  const Result<void> written = write_safetensors(path, tensors, {{"format", "pt"}});
  // [/write]
  BOOST_TEST(bool(written));
  const auto read = Checkpoint::try_open(path);
  BOOST_REQUIRE(bool(read));
  BOOST_TEST((read->find("weight")->shape[1] == 3));
}

BOOST_AUTO_TEST_CASE(saving_a_model) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";
  const support::TemporaryDirectory directory;
  const std::string out = (directory / "small").string();
  // [saving]
  const BitsAndBytesConfig config{.load_in_8bit = true};
  const auto small = AutoModel::from_pretrained(folder, {.quantization_config = config});
  small.save_pretrained(out, {.max_shard_size = 5'000'000'000});
  // [/saving]
  const auto again = AutoModel::from_pretrained(out);
  BOOST_TEST(again.weights().blocks[0].attention.query.weight.precision() == "int8");
  BOOST_TEST(again.weights().tokens.precision() == "fp32");
}

BOOST_AUTO_TEST_SUITE_END()
