#include "skald/text/word_stream.hpp"

#include <boost/test/unit_test.hpp>
#include <algorithm>
#include <filesystem>

#include "text/golden.hpp"

using namespace skald;

BOOST_AUTO_TEST_SUITE(text_word_stream)

/// What TextIteratorStreamer gave for each id, and at the end.
BOOST_AUTO_TEST_CASE(pieces_are_those_of_transformers) {
  int compared = 0, folders = 0;
  for (const auto& folder : std::filesystem::directory_iterator(SKALD_TEST_DATA "/tokenizers")) {
    if (!std::filesystem::exists(folder.path() / "expected.json")) continue;
    const auto expected = read_json(folder.path() / "expected.json");
    const auto streams = expected->root().find("stream");
    const auto tok = Tokenizer::try_from_pretrained(folder.path());
    if (!streams || !tok) continue;
    ++folders;
    for (std::size_t i = 0; i < streams->size(); ++i) {
      const Json one = (*streams)[i];
      for (const bool skip : {false, true}) {
        const auto same = one.find("streamer"), other = one.find("streamer_skip");
        if (!same) continue;
        const Json want = skip && other ? *other : *same;
        WordStream stream(*tok, {.skip_special_tokens = skip});
        const std::vector<token_id> ids = golden::ids(one.find("ids"));
        BOOST_REQUIRE(want.size() == ids.size() + 1);
        for (std::size_t t = 0; t <= ids.size(); ++t) {
          const auto got = t < ids.size() ? stream.try_push(ids[t]) : stream.try_finish();
          BOOST_REQUIRE(got);
          BOOST_TEST(*got == *want[t].string(), folder.path().filename() << ", stream " << i << ", piece " << t);
          ++compared;
        }
      }
    }
  }
  BOOST_TEST(folders > 10);
  BOOST_TEST(compared > 1000);
}

BOOST_AUTO_TEST_SUITE_END()
