#include "skald/pipelines/feature_extraction.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_feature_extraction)

using namespace skald;

BOOST_AUTO_TEST_CASE(hidden_states_are_transformers) {
  const auto extract = FeatureExtraction::from_pretrained(recorded::folder("classes"));  // its head is left out
  const Json cases = recorded::expected("feature-extraction");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < cases.size(); ++i) texts.push_back(recorded::text(cases[i], "inputs"));
  const auto all = extract(texts);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json wanted = *cases[i].find("outputs");
    BOOST_REQUIRE(all[i].tokens == int(wanted.size()));
    for (int t = 0; t < all[i].tokens; ++t) {
      const auto row = recorded::numbers(wanted[std::size_t(t)]);
      BOOST_REQUIRE(all[i].token(t).size() == row.size());
      for (std::size_t k = 0; k < row.size(); ++k) recorded::check_near(all[i].token(t)[k], row[k]);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_decoder_has_hidden_states_too) {
  const auto extract = FeatureExtraction::from_pretrained(SKALD_SOURCE_DIR "/examples/models/skald-tales-260k");
  const Features once = extract("Once upon a time");
  BOOST_TEST(once.width == 64);
  // Each token sees those before it only.
  const Features more = extract("Once upon a time there");
  BOOST_REQUIRE(more.tokens > once.tokens);
  for (std::size_t i = 0; i < std::size_t(once.width); ++i)
    recorded::check_near(more.token(1)[i], once.token(1)[i], 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()
