#include "skald/text/jinja/template.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "text/golden_chat.hpp"
#include "text/golden_check.hpp"

BOOST_AUTO_TEST_SUITE(text_jinja_template)

using namespace skald;

/// What transformers' own environment made of each template; errors by class, raise_exception's by their words.
BOOST_AUTO_TEST_CASE(expressions) {
  const golden::Check check;
  golden::ChatFolder(SKALD_TEST_DATA "/chat_templates").expressions(std::ref(check));
  BOOST_TEST(check.cases > 700);
}

BOOST_AUTO_TEST_SUITE_END()
