#include "skald/text/post_processors/any_post_processor.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "golden.hpp"

using namespace skald;

namespace {

std::string error_of(std::string_view json) {
  const auto document = golden::parsed(json);
  const auto made = AnyPostProcessor::from_json(document.root(), "tokenizer.json: post_processor");
  return made ? "no error" : made.error().message();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text_post_processors)

// Each is put in the place of the base tokenizer's, as a class of transformers would do.
BOOST_AUTO_TEST_CASE(encodings_are_those_of_the_reference) {
  const auto golden = golden::document("components_postprocessors.json");
  const auto base = golden::document("bpe_roberta_prefix/tokenizer.json"), texts = golden::document("texts.json");
  const Json cases = *golden.root().find("cases"), inputs = *golden.root().find("texts");
  int compared = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    BOOST_TEST_CONTEXT("case " << i) {
      const Json config = *cases[i].find("config");
      Result<AnyPostProcessor> processor = AnyPostProcessor();
      if (!config.is_null()) processor = AnyPostProcessor::from_json(config, "post_processor");
      BOOST_REQUIRE(processor.has_value());
      auto parts = detail::read_tokenizer_file<Tokenizer::File>(base.root(), "tokenizer.json", {});
      BOOST_REQUIRE(parts.has_value());
      parts->post_processor = *processor;
      const Tokenizer tokenizer = *Tokenizer::make(*std::move(parts));
      golden::Folder folder(tokenizer, cases[i], texts.root(), [](const std::string& what) { BOOST_ERROR(what); });
      compared += folder.run_post_processor(inputs);
      const auto added = golden::integers(cases[i].find("added"));
      if (added.size() == 2) {
        BOOST_TEST(std::int64_t(processor->added_tokens(false)) == added[0]);
        BOOST_TEST(std::int64_t(processor->added_tokens(true)) == added[1]);
      }
    }
  }
  BOOST_TEST(cases.size() == 18u);
  BOOST_TEST(compared > 6000);
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
