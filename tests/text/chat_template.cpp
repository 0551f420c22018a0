#include "skald/text/chat_template.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "text/golden_chat.hpp"

using namespace skald;

namespace {

const golden::ChatFolder& folder() {
  static const golden::ChatFolder cases(SKALD_TEST_DATA "/chat_templates");
  return cases;
}

/// Counts cases; each that differs is an error.
struct Check {
  int& cases;
  void operator()(const std::string& name, const std::string& difference) const {
    ++cases;
    BOOST_TEST(difference.empty(), name << ": " << difference);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(text_chat_template)

BOOST_AUTO_TEST_CASE(templates_in_the_style_of_known_models) {
  int cases = 0;
  folder().templates(Check{cases});
  BOOST_TEST(cases > 1400);
}

BOOST_AUTO_TEST_CASE(with_tokenizers) {
  int cases = 0;
  folder().tokenized(SKALD_TEST_DATA "/tokenizers", Check{cases});
  BOOST_TEST(cases > 40);
}

BOOST_AUTO_TEST_SUITE_END()
