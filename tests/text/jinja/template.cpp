#include "skald/text/jinja/template.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "rendering.hpp"

using namespace skald;

BOOST_AUTO_TEST_SUITE(text_jinja_template)

/// What transformers' own environment made of each template; errors by class and message.
BOOST_AUTO_TEST_CASE(expressions) {
  const auto cases = read_json(SKALD_TEST_DATA "/chat_templates/jinja_expressions.json", {.nan = true});
  BOOST_REQUIRE(cases.has_value());
  int same = 0;
  for (std::size_t i = 0; i < cases->root().size(); ++i) {
    const Json one = cases->root()[i];
    const std::string source(*one[0].string());
    const auto got = golden::render(source, one[1]);
    if (const auto expected = one[2].string()) {
      // An address or a Python type: nobody can rely on what is printed.
      const bool any = expected->find("0xADDR") != expected->npos;
      BOOST_TEST((got && (any || got->text == *expected)), source << "\n  expected " << *expected << "\n  found    "
                                                           << (got ? got->text : got.error().message()));
      same += got && got->text == *expected;
      continue;
    }
    const Json error = *one[2].find("error");
    const bool raised = error[0].string() == "TemplateError";
    const std::string expected = raised ? std::string(*error[1].string())
                                        : std::string(*error[0].string()).append(": ").append(*error[1].string());
    const std::string found = got ? got->text : golden::without_place(got.error().message());
    const std::string kind(*error[0].string());
    BOOST_TEST((!got && (raised ? found == expected : found.starts_with(kind + ": "))),
               source << "\n  expected " << expected << "\n  found    " << found);
    if (found != expected) BOOST_TEST_MESSAGE(source << "\n  Python says " << expected << "\n  we say      " << found);
    same += found == expected;
  }
  BOOST_TEST_MESSAGE(same << " of " << cases->root().size() << " are the same to the letter");
}

BOOST_AUTO_TEST_SUITE_END()
