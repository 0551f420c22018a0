#include "skald/pipelines/entities.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_entities)

using namespace skald;

/// Where tokens have no mark inside words, spaces of the text say where words begin, as in transformers.
BOOST_AUTO_TEST_CASE(spaces_begin_words_where_tokens_have_no_mark) {
  const auto tokenizer = Tokenizer::from_file(SKALD_TEST_DATA "/tokenizers/bpe_gpt2/tokenizer.json");
  const std::string text = "unbelievable stories, é 42";
  EncodeOptions bytes;
  bytes.offset_unit = OffsetUnit::byte;
  const Encoding e = tokenizer(text, bytes);
  const std::vector<float> logits{0, 1};
  const auto tokens = detail::gather_entities(tokenizer, text, e, [&](std::int32_t) { return std::span(logits); });
  BOOST_REQUIRE(tokens.size() == e.size());
  std::string words;
  for (const auto& t : tokens) {
    if (!t.subword) words += "|";
    words += text.substr(std::size_t(t.start), std::size_t(t.end - t.start));
  }
  BOOST_TEST(words == "|unbelievable| stories,| é|é| |42");
  const auto joined = detail::join_words(tokenizer, tokens, AggregationStrategy::first);
  BOOST_REQUIRE(joined);
  BOOST_TEST(joined->size() == 6u);
  BOOST_TEST((*joined)[1].word == " stories,");
}

BOOST_AUTO_TEST_CASE(of_windows_that_overlap_the_longest_entity_stays) {
  const auto entity = [](int start, int end, float score) {
    TokenEntity e;
    e.start = start, e.end = end, e.score = score;
    return e;
  };
  const auto kept = detail::merge_overlapping({entity(20, 25, 0.5f), entity(0, 4, 0.9f), entity(2, 9, 0.1f),
                                               entity(20, 25, 0.6f), entity(9, 12, 0.2f)});
  BOOST_REQUIRE(kept.size() == 3u);
  BOOST_TEST(kept[0].start == 2);
  BOOST_TEST(kept[1].start == 9);
  BOOST_TEST(kept[2].score == 0.6f);
}

BOOST_AUTO_TEST_SUITE_END()
