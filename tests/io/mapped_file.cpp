#include "skald/io/mapped_file.hpp"

#include <boost/test/unit_test.hpp>

#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(io_mapped_file)

using namespace skald;

BOOST_AUTO_TEST_CASE(the_bytes_of_a_file_move_with_their_owner) {
  const support::TemporaryDirectory directory;
  directory.write("a", std::string("x\0y", 3));
  directory.write("b", "second");
  MappedFile first = unwrap(MappedFile::open(directory / "a"));
  BOOST_TEST(first.text() == std::string_view("x\0y", 3));
  BOOST_TEST(first.path() == directory / "a");
  const std::byte* const at = first.bytes().data();
  MappedFile second = std::move(first);
  BOOST_TEST(second.bytes().data() == at);
  BOOST_TEST(first.bytes().empty());
  second = unwrap(MappedFile::open(directory / "b"));
  BOOST_TEST(second.text() == "second");
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_fine) {
  const support::TemporaryDirectory directory;
  directory.write("empty", "");
  BOOST_TEST(unwrap(MappedFile::open(directory / "empty")).bytes().empty());
  BOOST_TEST(unwrap(read_text_file(directory / "empty")) == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_named) {
  const support::TemporaryDirectory directory;
  const auto error = [&](const std::string& file) {
    const auto opened = MappedFile::open(directory / file);
    return opened ? Error() : opened.error();
  };
  const std::string here = directory.path().string();
  BOOST_TEST(error("none").message() == here + "/none: No such file or directory");
  BOOST_TEST((error("none").code() == FaultCode::not_found));
  std::filesystem::create_directory(directory / "folder");
  BOOST_TEST(error("folder").message() == here + "/folder: not a regular file");
  BOOST_TEST((error("folder").code() == FaultCode::io));
  std::filesystem::create_symlink("round", directory / "round");
  BOOST_TEST(error("round").message() == here + "/round: Too many levels of symbolic links");
  std::filesystem::create_symlink("none", directory / "dangling");
  BOOST_TEST((error("dangling").code() == FaultCode::not_found));
}

BOOST_AUTO_TEST_CASE(texts_are_read_up_to_a_limit) {
  const support::TemporaryDirectory directory;
  directory.write("a", "12345");
  BOOST_TEST(unwrap(read_text_file(directory / "a", 5)) == "12345");
  const auto refused = read_text_file(directory / "a", 4);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() == (directory / "a").string() + ": expected at most 4 bytes, found 5");
  BOOST_TEST(!read_text_file(directory / "none"));
}

BOOST_AUTO_TEST_SUITE_END()
