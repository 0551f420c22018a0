#include "skald/text/models/word_level.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "models.hpp"

BOOST_AUTO_TEST_SUITE(text_models_word_level)

using namespace skald;
using models::ids;

BOOST_AUTO_TEST_CASE(a_word_is_a_token_or_unknown) {
  const auto model = models::make<WordLevel>("{\"unk_token\": \"?\", \"vocab\": {\"?\": 3, \"ab\": 7, \"\u0120\": 8}}");
  BOOST_REQUIRE(model.has_value());
  BOOST_TEST(ids(*model, "ab") == "7:2 ");
  BOOST_TEST(ids(*model, "abc") == "3:3 ");
  BOOST_TEST(ids(*model, " ", true) == "8:1 ");
  BOOST_TEST(ids(*model, " ") == "3:1 ");
  BOOST_TEST(ids(*model, "") == "");
  BOOST_TEST(model->vocab_size() == 3u);
  BOOST_TEST(*model->id_to_token(7) == "ab");
  BOOST_TEST(!model->id_to_token(4));
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const auto model = models::make<WordLevel>(R"({"unk_token": "?", "vocab": {"a": 0}})");
  BOOST_TEST(ids(*model, "a") == "0:1 ");
  BOOST_TEST(ids(*model, "b") == "model.unk_token is not in the vocabulary");
  BOOST_TEST(models::error_of<WordLevel>(R"({"vocab": {"a": 0}})") ==
             "tokenizer.json: model.unk_token: expected a string, found nothing");
}

BOOST_AUTO_TEST_SUITE_END()
