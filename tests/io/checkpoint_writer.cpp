#include "skald/io/checkpoint_writer.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/io/checkpoint.hpp"
#include "skald/precision/half.hpp"
#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(io_checkpoint_writer)

using namespace skald;
using support::TemporaryDirectory;

namespace {

std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

support::TensorFile three() {
  support::TensorFile file;
  for (const char* name : {"c", "a", "b"}) file.add(name, {3}, std::vector<float>(3, float(name[0])));
  return file;
}

Result<void> save(const std::filesystem::path& to, std::uint64_t limit, const TensorBytes& bytes = {}) {
  const support::TensorFile file = three();
  CheckpointWriter writer(to);
  for (const StoredTensor& t : file.tensors()) writer.add(t);
  writer.add_file("config.json", "{}\n");
  return writer.write(limit, bytes);
}

}  // namespace

BOOST_AUTO_TEST_CASE(shards_are_filled_in_order_and_indexed) {
  const TemporaryDirectory directory;
  const auto to = directory / "deep/model";
  BOOST_REQUIRE(save(to, 24));
  BOOST_TEST((names_in(to) == std::vector<std::string>{"config.json", "model-00001-of-00002.safetensors",
                                                       "model-00002-of-00002.safetensors",
                                                       "model.safetensors.index.json"}));
  const auto index = unwrap(read_text_file(to / "model.safetensors.index.json"));
  BOOST_TEST(index ==
             "{\n  \"metadata\": {\n    \"total_size\": 36\n  },\n  \"weight_map\": {\n"
             "    \"a\": \"model-00001-of-00002.safetensors\",\n    \"b\": \"model-00002-of-00002.safetensors\",\n"
             "    \"c\": \"model-00001-of-00002.safetensors\"\n  }\n}\n");
  const auto read = unwrap(Checkpoint::try_open(to));
  BOOST_TEST(read.tensors().size() == 3u);
  BOOST_TEST(load<float>(read.find("b")->bytes.data(), 2) == float('b'));

  // Too small for any tensor: each has its own. A whole file in the end: the shards and their index go.
  BOOST_REQUIRE(save(to, 1));
  BOOST_TEST(names_in(to).size() == 5u);
  BOOST_REQUIRE(save(to, 36));
  BOOST_TEST((names_in(to) == std::vector<std::string>{"config.json", "model.safetensors"}));
  BOOST_TEST(unwrap(Checkpoint::try_open(to)).tensors().size() == 3u);
}

BOOST_AUTO_TEST_CASE(bytes_may_be_made_when_their_turn_comes) {
  const TemporaryDirectory directory;
  std::vector<std::byte> made;
  const TensorBytes negative{[](void* user, const StoredTensor& t) {
                               auto& to = *static_cast<std::vector<std::byte>*>(user);
                               to.assign(t.bytes.begin(), t.bytes.end());
                               for (std::size_t i = 3; i < to.size(); i += 4) to[i] |= std::byte{0x80};
                               return std::span<const std::byte>(to);
                             },
                             &made};
  BOOST_REQUIRE(save(directory.path(), 1000, negative));
  const auto read = unwrap(Checkpoint::try_open(directory.path()));
  BOOST_TEST(load<float>(read.find("a")->bytes.data(), 1) == -float('a'));
}

BOOST_AUTO_TEST_CASE(what_was_there_stays_whole_when_writing_fails) {
  const TemporaryDirectory directory;
  const auto to = directory / "model";
  BOOST_REQUIRE(save(to, 1000));
  std::filesystem::create_directory(to / "config.json.part");  // cannot be opened as a file
  const Result<void> failed = save(to, 24);
  BOOST_REQUIRE(!failed);
  BOOST_TEST(failed.error().message() == (to / "config.json").string() + ": writing failed");
  BOOST_TEST((names_in(to) == std::vector<std::string>{"config.json", "model.safetensors"}));
  directory.write("file", "x");
  const Result<void> none = save(directory / "file/model", 24);
  BOOST_REQUIRE(!none);
  BOOST_TEST(none.error().message().starts_with((directory / "file/model").string() + ": "));
}

BOOST_AUTO_TEST_SUITE_END()
