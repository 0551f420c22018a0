#include "skald/text/chat_template.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "text/golden_chat.hpp"
#include "text/golden_check.hpp"

BOOST_AUTO_TEST_SUITE(text_chat_template)

using namespace skald;

namespace {

const golden::ChatFolder& folder() {
  static const golden::ChatFolder cases(SKALD_TEST_DATA "/chat_templates");
  return cases;
}

}  // namespace

BOOST_AUTO_TEST_CASE(templates_in_the_style_of_known_models) {
  const golden::Check check;
  folder().templates(std::ref(check));
  BOOST_TEST(check.cases > 1400);
}

BOOST_AUTO_TEST_CASE(with_tokenizers) {
  const golden::Check check;
  folder().tokenized(SKALD_TEST_DATA "/tokenizers", std::ref(check));
  BOOST_TEST(check.cases > 40);
}

BOOST_AUTO_TEST_SUITE_END()
