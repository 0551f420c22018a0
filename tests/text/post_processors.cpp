#include "skald/text/post_processors/any_post_processor.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>

#include "golden_check.hpp"

BOOST_AUTO_TEST_SUITE(text_post_processors)

using namespace skald;

namespace {

std::string error_of(std::string_view json) {
  const auto document = golden::parsed(json);
  const auto made = AnyPostProcessor::from_json(document.root(), "tokenizer.json: post_processor");
  return made ? "no error" : made.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(encodings_are_those_of_the_reference) {
  const golden::Check check;
  golden::Components(SKALD_TEST_DATA "/tokenizers").post_processors(std::ref(check));
  BOOST_TEST(check.cases >= 18);
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const std::string at = "tokenizer.json: post_processor";
  BOOST_TEST(error_of(R"({"type": "BertProcessing", "sep": ["</s>"], "cls": ["<s>", 0]})") ==
             at + ".sep: expected [\"token\", id], found array");
  BOOST_TEST(error_of(R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x", "type_id": 0}}],
                          "pair": [], "special_tokens": {}})") ==
             at + ".special_tokens.x: expected \"ids\" and \"tokens\", lists of one length, found nothing");
  BOOST_TEST(error_of(R"({"type": "TemplateProcessing", "single": [{"Sequence": {"id": "C", "type_id": 0}}],
                          "pair": [], "special_tokens": {}})") ==
             at + ".single[0].Sequence.id: expected \"A\" or \"B\", found \"C\"");
  BOOST_TEST(error_of(R"({"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B", "type_id": 0}}],
                          "pair": [], "special_tokens": {}})") ==
             at + ".single: the template of a single text has a B");
  BOOST_TEST(error_of(R"({"type": "TemplateProcessing", "single": [3], "pair": [], "special_tokens": {}})") ==
             at + ".single[0]: expected {\"Sequence\": ...} or {\"SpecialToken\": ...}, found 3");
  BOOST_TEST(error_of(R"({"type": "Other"})") == at + ".type: \"Other\" is not supported yet");
}

BOOST_AUTO_TEST_CASE(a_template_wants_one_or_two_texts) {
  const auto document = golden::parsed(R"({"type": "TemplateProcessing", "pair": [], "special_tokens": {},
      "single": [{"Sequence": {"id": "A", "type_id": 0}}]})");
  const auto made = AnyPostProcessor::from_json(document.root(), "post_processor");
  PostProcessing work;
  work.parts.resize(3);
  BOOST_TEST(!(*made)(work));
}

BOOST_AUTO_TEST_SUITE_END()
