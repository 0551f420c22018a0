#include "skald/pipelines/token_classification.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_token_classification)

using namespace skald;

namespace {

AggregationStrategy strategy_named(const std::string& name) {
  const char* names[] = {"none", "simple", "first", "average", "max"};
  return AggregationStrategy(std::find(names, names + 5, name) - names);
}

}  // namespace

BOOST_AUTO_TEST_CASE(entities_are_transformers) {
  const auto ner = TokenClassification::from_pretrained(recorded::folder("tokens"));
  const Json cases = recorded::expected("token-classification");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json c = cases[i], wanted = *c.find("outputs");
    TokenClassificationOptions o{strategy_named(recorded::text(c, "aggregation_strategy")),
                                 recorded::texts(*c.find("ignore_labels"))};
    if (const double stride = recorded::number(c, "stride"); stride >= 0) o.stride = int(stride);
    BOOST_TEST_CONTEXT("case " << i) {
      const auto found = ner(recorded::text(c, "inputs"), o);
      BOOST_REQUIRE(found.size() == wanted.size());
      for (std::size_t k = 0; k < found.size(); ++k) {
        BOOST_TEST(found[k].entity == recorded::text(wanted[k], "entity"));
        BOOST_TEST(found[k].entity_group == recorded::text(wanted[k], "entity_group"));
        BOOST_TEST(found[k].word == recorded::text(wanted[k], "word"));
        BOOST_TEST(found[k].index == recorded::number(wanted[k], "index", -1));
        BOOST_TEST(found[k].start == recorded::number(wanted[k], "start"));
        BOOST_TEST(found[k].end == recorded::number(wanted[k], "end"));
        recorded::check_near(found[k].score, recorded::number(wanted[k], "score"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_cut_the_text_as_it_is_written) {
  const auto ner = TokenClassification::from_pretrained(recorded::folder("tokens"));
  const std::string text = "Élan büro Anna";
  const auto found = ner(text, {.aggregation_strategy = AggregationStrategy::first, .ignore_labels = {},
                                .offset_unit = OffsetUnit::byte});
  BOOST_REQUIRE(!found.empty());
  std::string joined;
  for (const auto& e : found)
    joined += (joined.empty() ? "" : " ") + text.substr(std::size_t(e.start), std::size_t(e.end - e.start));
  BOOST_TEST(joined == text);
}

BOOST_AUTO_TEST_CASE(windows_need_entities) {
  const auto ner = TokenClassification::from_pretrained(recorded::folder("tokens"));
  const auto found = ner.try_run("Anna", {.stride = 2});
  BOOST_REQUIRE(!found);
  BOOST_TEST(found.error().message() ==
             "stride: windows overlap: give another aggregation_strategy than none beside it");
}

BOOST_AUTO_TEST_SUITE_END()
