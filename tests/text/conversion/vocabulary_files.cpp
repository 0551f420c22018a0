#include "skald/text/conversion/vocabulary_files.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "../components.hpp"

BOOST_AUTO_TEST_SUITE(text_conversion_vocabulary_files)

using namespace skald;

BOOST_AUTO_TEST_CASE(lines_of_vocab_txt_lose_white_space_behind) {
  const auto json =
      detail::vocab_txt_json("[UNK]\r\na \nb\u2003\n\n\u3000c\t\na\n\x1f" "d\x1f\n\"\\\ne", "vocab.txt");
  BOOST_REQUIRE(json.has_value());
  const auto document = golden::parsed(*json);
  const Json vocab = *document.root().find("model")->find("vocab");
  std::string all;
  for (std::size_t i = 0; i < vocab.size(); ++i) {
    all.append(vocab.key(i)).append("=").append(std::to_string(*vocab[i].integer())).append("|");
  }
  BOOST_TEST(all == "[UNK]=0|a=1|b=2|=3|\u3000c=4|a=5|\x1f" "d\x1f=6|\"\\=7|e=8|");
  BOOST_TEST(*detail::vocab_txt_json("", "vocab.txt") == R"({"model": {"vocab": {}}})");
  BOOST_TEST(detail::vocab_txt_json("ab\n\xC3", "vocab.txt").error().message() ==
             "vocab.txt: byte 3: text that is not UTF-8");
}

BOOST_AUTO_TEST_CASE(vocab_json_and_merges_txt) {
  const auto json = [](std::string_view vocab, std::string_view merges) {
    const auto made = detail::vocab_and_merges_json(vocab, "vocab.json", merges, "merges.txt");
    return made ? *made : made.error().message();
  };
  const std::string vocab = R"({"a": 0})", start = R"({"model": {"vocab": {"a": 0}, "merges": [)";
  BOOST_TEST(json(vocab, "#version: 0.2\na b\r\nc \"\n") == start + "\"a b\", \"c \\\"\"]}}");
  BOOST_TEST(json(vocab, "a b") == start + "\"a b\"]}}");
  BOOST_TEST(json(vocab, "") == start + "]}}");
  BOOST_TEST(json(vocab, "a b\n\n") == "merges.txt: line 2: expected two tokens with a space between them");
  BOOST_TEST(json(vocab, "#version\na  b\n") == "merges.txt: line 2: expected two tokens with a space between them");
  BOOST_TEST(json(vocab, "a \xFF\n") == "merges.txt: byte 2: text that is not UTF-8");
  BOOST_TEST(json("{", "").starts_with("vocab.json: line 1, column 2: "));
  BOOST_TEST(json("{}, \"x\": {}", "").starts_with("vocab.json: line 1, column 3: "));
}

BOOST_AUTO_TEST_SUITE_END()
