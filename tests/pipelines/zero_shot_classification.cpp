#include "skald/pipelines/zero_shot_classification.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_zero_shot_classification)

using namespace skald;

namespace {

void check_recorded(const char* folder, const char* member) {
  const auto classify = pipeline<"zero-shot-classification">(recorded::folder(folder));
  BOOST_TEST(classify.entailment_id() == 2);
  const Json cases = recorded::expected(member);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json c = cases[i], options = *c.find("options"), wanted = *c.find("outputs");
    ZeroShotOptions o;
    o.multi_label = options.find("multi_label").has_value();
    if (options.find("hypothesis_template")) o.hypothesis_template = recorded::text(options, "hypothesis_template");
    BOOST_TEST_CONTEXT("case " << i) {
      const auto found = classify(recorded::text(c, "inputs"), recorded::texts(*c.find("candidate_labels")), o);
      BOOST_TEST(found.sequence == recorded::text(wanted, "sequence"));
      BOOST_TEST(found.labels == recorded::texts(*wanted.find("labels")), boost::test_tools::per_element());
      const auto scores = recorded::numbers(*wanted.find("scores"));
      BOOST_REQUIRE(found.scores.size() == scores.size());
      for (std::size_t k = 0; k < scores.size(); ++k) recorded::check_near(found.scores[k], scores[k]);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(labels_are_in_transformers_order) { check_recorded("classes", "zero-shot-classification"); }
BOOST_AUTO_TEST_CASE(so_they_are_of_an_encoder_decoder) { check_recorded("pair_classes", "pair-zero-shot"); }

BOOST_AUTO_TEST_CASE(labels_may_stand_in_one_text) {
  const auto classify = ZeroShotClassification::from_pretrained(recorded::folder("classes"));
  const auto one = classify("great story", "food,  the city ,, sports");
  const auto list = classify("great story", {"food", "the city", "sports"});
  BOOST_TEST(one.labels == list.labels, boost::test_tools::per_element());
  BOOST_TEST(one.labels.size() == 3u);
  const auto none = classify.try_run("great story", " , ");
  BOOST_REQUIRE(!none);
  BOOST_TEST(none.error().message() == "zero-shot-classification: expected a text and at least one label");
  const auto hole = classify.try_run("great story", "food", {.hypothesis_template = "about food"});
  BOOST_REQUIRE(!hole);
  BOOST_TEST(hole.error().message() == "hypothesis_template: expected {} where the label goes, found about food");
}

BOOST_AUTO_TEST_SUITE_END()
