#include "skald/text/jinja/template.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "text/golden_chat.hpp"

using namespace skald;

BOOST_AUTO_TEST_SUITE(text_jinja_template)

/// What transformers' own environment made of each template; errors by class, raise_exception's by their words.
BOOST_AUTO_TEST_CASE(expressions) {
  int cases = 0;
  golden::ChatFolder(SKALD_TEST_DATA "/chat_templates").expressions([&](const std::string& name, const std::string& difference) {
    ++cases;
    BOOST_TEST(difference.empty(), name << ": " << difference);
  });
  BOOST_TEST(cases > 700);
}

BOOST_AUTO_TEST_SUITE_END()
