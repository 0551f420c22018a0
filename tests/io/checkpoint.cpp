#include "skald/io/checkpoint.hpp"

#include <boost/test/unit_test.hpp>

#include "support/broken_files.hpp"
#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(io_checkpoint)

using namespace skald;

namespace {

std::filesystem::path golden(const char* model) { return std::filesystem::path(SKALD_TEST_DATA "/models") / model; }

std::string refusal(const std::filesystem::path& path) {
  const auto opened = Checkpoint::try_open(path);
  return opened ? "accepted" : opened.error().message();
}

std::string replaced(std::string text, std::string_view from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(shards_are_one_checkpoint) {
  const Checkpoint model = Checkpoint::open(golden("qwen2"));
  BOOST_TEST(*model.config().find("model_type")->string() == "qwen2");
  BOOST_TEST(*model.generation_config()->find("eos_token_id")->integer() == 2);
  BOOST_TEST(model.directory() == golden("qwen2"));
  BOOST_TEST(!model.quantization());
  BOOST_TEST(!model.asks_for_remote_code());

  std::size_t sizes = 0, listed = 0;
  std::string_view previous;
  for (const StoredTensor& t : model.tensors()) {
    BOOST_TEST((previous < t.name), t.name);
    previous = t.name;
    sizes += t.bytes.size();
  }
  const JsonDocument index = unwrap(read_json(golden("qwen2") / "model.safetensors.index.json"));
  const Json map = *index.root().find("weight_map");
  for (std::size_t i = 0; i < map.size(); ++i) listed += model.file_of(map.key(i)) == *map[i].string();
  BOOST_TEST(listed == map.size());
  BOOST_TEST(listed == model.tensors().size());
  BOOST_TEST(std::int64_t(sizes) == *index.root().find("metadata")->find("total_size")->integer());

  const StoredWeight down = unwrap(model.weight("model.layers.1.mlp.down_proj.weight", 32, 72));
  BOOST_TEST((down.form == StoredForm::dense && down.type == StoredType::f32 && !down.transposed));
  BOOST_TEST(down.data == model.find("model.layers.1.mlp.down_proj.weight")->bytes.data());
  const StoredTensor bias = unwrap(model.vector("model.layers.0.self_attn.k_proj.bias", 16));
  BOOST_TEST(bias.bytes.size() == 64u);
  const auto wrong = model.weight("model.layers.1.mlp.down_proj.weight", 72, 32);
  BOOST_REQUIRE(!wrong);
  BOOST_TEST(wrong.error().message() == "model.layers.1.mlp.down_proj.weight: expected [72, 32], found [32, 72] in " +
                                            std::string(model.file_of("model.layers.1.mlp.down_proj.weight")));
  const auto missing = model.weight("lm_head.weight", 160, 32);
  BOOST_REQUIRE(!missing);
  BOOST_TEST((missing.error().code() == FaultCode::not_found));
  BOOST_TEST(missing.error().message() == "lm_head.weight: not found in " + golden("qwen2").string());
  BOOST_TEST(model.file_of("lm_head.weight") == "");
}

BOOST_AUTO_TEST_CASE(views_live_on_the_files) {
  std::shared_ptr<const CheckpointFiles> files;
  StoredTensor tensor;
  Json config = JsonDocument().root();
  {
    const Checkpoint model = Checkpoint::open(golden("qwen2"));
    files = model.files();
    tensor = *model.find("model.norm.weight");
    config = model.config();
  }
  BOOST_TEST(tensor.name == "model.norm.weight");
  BOOST_TEST(tensor.shape[0] == 32);
  BOOST_TEST(std::to_integer<int>(tensor.bytes.back()) == 0x3F);  // a norm's weight is near 1.0f
  BOOST_TEST(*config.find("vocab_size")->integer() == 160);
}

BOOST_AUTO_TEST_CASE(a_single_file_has_no_config) {
  const support::TemporaryDirectory directory;
  directory.write("lone.safetensors", support::valid_safetensors());
  const Checkpoint model = Checkpoint::open(directory / "lone.safetensors");
  BOOST_TEST(model.tensors().size() == 4u);
  BOOST_TEST(model.config().is_object());
  BOOST_TEST(model.config().size() == 0u);
  BOOST_TEST(!model.generation_config());
  BOOST_TEST(model.directory() == directory.path());
  BOOST_TEST(model.file_of("a") == "lone.safetensors");
}

BOOST_AUTO_TEST_CASE(remote_code_is_told_and_nothing_else_happens) {
  const support::TemporaryDirectory directory;
  directory.write("model.safetensors", support::valid_safetensors());
  const auto asks = [&](const char* config) {
    directory.write("config.json", config);
    return Checkpoint::open(directory.path()).asks_for_remote_code();
  };
  BOOST_TEST(asks(R"({"auto_map": {"AutoConfig": "configuration_x.XConfig"}})"));
  BOOST_TEST(!asks(R"({"auto_map": null, "rope_theta": Infinity})"));
}

BOOST_AUTO_TEST_CASE(links_are_followed_as_the_system_does) {
  const support::TemporaryDirectory directory;  // laid out as a hub cache
  directory.write("blobs/1", "{}");
  directory.write("blobs/2", support::valid_safetensors());
  std::filesystem::create_directories(directory / "snapshots/c");
  std::filesystem::create_symlink("../../blobs/1", directory / "snapshots/c/config.json");
  std::filesystem::create_symlink("../../blobs/2", directory / "snapshots/c/model.safetensors");
  BOOST_TEST(refusal(directory / "snapshots/c") == "accepted");
  std::filesystem::remove(directory / "blobs/2");
  const std::string weights = (directory / "snapshots/c/model.safetensors").string();
  BOOST_TEST(refusal(directory / "snapshots/c") == weights + ": No such file or directory");
  std::filesystem::remove(directory / "snapshots/c/model.safetensors");
  std::filesystem::create_symlink("model.safetensors", directory / "snapshots/c/model.safetensors");
  BOOST_TEST(refusal(directory / "snapshots/c") == weights + ": Too many levels of symbolic links");
}

BOOST_AUTO_TEST_CASE(shards_may_lie_in_folders_below) {
  const support::TemporaryDirectory directory;
  directory.write("config.json", "{}");
  directory.write("model.safetensors.index.json", R"({"weight_map": {"a": "parts/..1/x.safetensors"}})");
  directory.write("parts/..1/x.safetensors", support::TensorFile().add("a", {1}, {1}).file());
  BOOST_TEST(Checkpoint::open(directory.path()).file_of("a") == "parts/..1/x.safetensors");
}

BOOST_AUTO_TEST_CASE(a_broken_checkpoint_is_refused_with_every_fault) {
  for (const support::BrokenCheckpoint& broken : support::broken_checkpoints()) {
    BOOST_TEST_CONTEXT(broken.what) {
      const support::TemporaryDirectory directory;
      for (const auto& [file, bytes] : broken.files) directory.write(file, bytes);
      BOOST_TEST(refusal(directory.path()) == replaced(broken.message, "<dir>", directory.path().string()));
    }
  }
}

BOOST_AUTO_TEST_CASE(other_files_are_refused_by_name) {
  const support::TemporaryDirectory directory;
  for (const char* file : {"m.gguf", "m.bin", "m.pth", "m.txt", "m.safetensors"}) directory.write(file, "x");
  const auto starts = [&](const char* file, const std::string& message) {
    const std::string here = (directory / file).string(), found = refusal(directory / file);
    BOOST_TEST(found.substr(0, here.size() + message.size()) == here + message);
  };
  starts("m.gguf", ": expected safetensors, found GGUF, which is not read here");
  starts("m.bin", ": expected safetensors, found a pickle: reading a pickle runs the code in it");
  starts("m.pth", ": expected safetensors, found a pickle");
  starts("m.txt", ": expected a model directory or a .safetensors file");
  starts("none", ": No such file or directory");
  BOOST_TEST(refusal(directory / "m.safetensors") == "m.safetensors: expected at least 8 bytes, found 1");
}

BOOST_AUTO_TEST_SUITE_END()
