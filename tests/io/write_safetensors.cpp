#include "skald/io/write_safetensors.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/io/mapped_file.hpp"
#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(io_write_safetensors)

using namespace skald;

BOOST_AUTO_TEST_CASE(widest_types_first_then_by_name_and_padded) {
  const std::string file = support::TensorFile()
                               .add("b", StoredType::u8, {2}, "bb")
                               .add("z", StoredType::f32, {1}, "zzzz")
                               .add("a", StoredType::u8, {}, "a")
                               .add("y", StoredType::i64, {1}, "yyyyyyyy")
                               .file();
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"y":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
      R"("z":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"U8","shape":[],"data_offsets":[12,13]},)"
      R"("b":{"dtype":"U8","shape":[2],"data_offsets":[13,15]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  BOOST_TEST(padded != header.size());
  BOOST_TEST(std::size_t(static_cast<unsigned char>(file[0])) + 256 * std::size_t(file[1]) == padded);
  BOOST_TEST(file.substr(8) == header + std::string(padded - header.size(), ' ') + "yyyyyyyyzzzzabb");
}

BOOST_AUTO_TEST_CASE(files_of_the_original_writer_come_out_the_same) {
  for (const char* model : {"llama_nf4_double/model.safetensors", "gpt2_int8/model.safetensors",
                            "qwen2/model-00001-of-00002.safetensors", "qwen2/model-00002-of-00002.safetensors"}) {
    const MappedFile file = unwrap(MappedFile::open(std::filesystem::path(SKALD_TEST_DATA "/models") / model));
    const Safetensors parsed = unwrap(Safetensors::parse(file.bytes(), model));
    std::ostringstream out;
    unwrap(write_safetensors(out, parsed.tensors(), {{"format", "pt"}}));
    BOOST_TEST((out.str() == file.text()), model);
  }
}

BOOST_AUTO_TEST_CASE(names_are_escaped_as_json_asks) {
  const std::string name = std::string("\"\\/\b\f\n\r\t\x01\x1f\x7f h\xC3\xA9 ") + '\0';
  const std::string file = support::TensorFile().add(name, {}, {1}).file({{name, name}});
  BOOST_TEST(file.find(R"("\"\\/\b\f\n\r\t\u0001\u001f)") != std::string::npos);
  const Safetensors parsed = unwrap(Safetensors::parse(std::as_bytes(std::span(file)), "x"));
  BOOST_TEST(parsed.tensors()[0].name == name);
  BOOST_TEST(*parsed.metadata(name) == name);
}

BOOST_AUTO_TEST_CASE(tensors_that_cannot_be_are_refused) {
  support::TensorFile tensors;
  tensors.add("a", StoredType::f32, {2}, "four").add("a", StoredType::u8, {1}, "x");
  tensors.add("b", StoredType::f4, {1}, "x").add("c", StoredType::u8, {-1}, "").add("__metadata__", {}, {1});
  std::ostringstream out;
  const auto written = write_safetensors(out, tensors.tensors());
  BOOST_REQUIRE(!written);
  BOOST_TEST((written.error().code() == FaultCode::invalid_argument));
  BOOST_TEST(written.error().message() ==
             "a: expected the bytes of F32 [2], found 4\n"
             "c: expected the bytes of U8 [-1], found 0\n"
             "b: expected the bytes of F4 [1], found 1\n"
             "__metadata__: expected once, found again\n"
             "a: expected once, found again");
  BOOST_TEST(out.str().empty());
}

BOOST_AUTO_TEST_CASE(a_mapped_file_is_replaced_not_overwritten) {
  const support::TemporaryDirectory directory;
  const auto path = directory / "m.safetensors";
  unwrap(write_safetensors(path, support::TensorFile().add("a", {2}, {1, 2}).tensors()));
  const MappedFile before = unwrap(MappedFile::open(path));
  const Safetensors old = unwrap(Safetensors::parse(before.bytes(), "m.safetensors"));
  unwrap(write_safetensors(path, support::TensorFile().add("b", {1}, {3}).tensors()));
  BOOST_TEST(old.find("a")->bytes.size() == 8u);
  BOOST_TEST(std::to_integer<int>(old.find("a")->bytes[7]) == 0x40);  // 2.0f
  const MappedFile after = unwrap(MappedFile::open(path));
  BOOST_TEST(unwrap(Safetensors::parse(after.bytes(), "m.safetensors")).tensors()[0].name == "b");
  unwrap(write_safetensors(path, old.tensors()));  // its own bytes
  BOOST_TEST(unwrap(MappedFile::open(path)).text() == before.text());

  const auto nowhere = write_safetensors(directory / "no" / "m.safetensors", old.tensors());
  BOOST_REQUIRE(!nowhere);
  BOOST_TEST(nowhere.error().message() ==
             (directory / "no" / "m.safetensors").string() + ": writing safetensors failed");
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) files += entry.is_regular_file();
  BOOST_TEST(files == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
