// Random Unicode of all planes, by what the reference made of it: tests/golden/tokenizers/make_random_unicode.py.
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "skald/io/json.hpp"
#include "skald/text/tokenizer.hpp"

BOOST_AUTO_TEST_SUITE(text_random_unicode)

using namespace skald;

namespace {

struct Digest {
  std::uint64_t value = 0xcbf29ce484222325;
  void add(std::uint8_t byte) { value = (value ^ byte) * 0x100000001b3; }
  void add(std::int32_t number) {
    for (int i = 0; i < 4; ++i) add(std::uint8_t(std::uint32_t(number) >> 8 * i));
  }
  std::string text() const {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
    return digits;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(ids_offsets_and_text_are_the_references) {
  const std::filesystem::path folder = SKALD_TEST_DATA "/tokenizers";
  const JsonDocument recorded = unwrap(read_json(folder / "random_unicode.json"));
  const Json texts = *recorded.root().find("texts"), expected = *recorded.root().find("expected");
  BOOST_TEST(expected.size() >= 20u);
  for (std::size_t t = 0; t < expected.size(); ++t) {
    const std::string name(expected.key(t));
    const Tokenizer tokenizer = Tokenizer::from_file(folder / name / "tokenizer.json");
    BOOST_REQUIRE(expected[t].size() == texts.size());
    int different = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto encoding = tokenizer.try_encode(*texts[i].string(), tokenizer.file_options());
      BOOST_REQUIRE(encoding);
      Digest digest;
      for (const token_id id : encoding->ids) digest.add(std::int32_t(id));
      for (const Offset& offset : encoding->offsets) digest.add(offset.start), digest.add(offset.end);
      for (const char c : tokenizer.decode(encoding->ids, {.clean_up_tokenization_spaces = false}))
        digest.add(static_cast<std::uint8_t>(c));
      if (digest.text() != *expected[t][i].string() && different++ == 0)
        BOOST_ERROR(name << ": text " << i << " gives another encoding");
    }
    BOOST_TEST(different == 0, name << ": " << different << " of " << texts.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()
