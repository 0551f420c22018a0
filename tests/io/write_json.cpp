#include "skald/io/write_json.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

BOOST_AUTO_TEST_SUITE(io_write_json)

using namespace skald;

BOOST_AUTO_TEST_CASE(numbers_are_spelled_as_python_does) {
  const std::pair<double, const char*> numbers[] = {
      {0, "0.0"}, {-0.0, "-0.0"}, {6, "6.0"}, {1e-5, "1e-05"}, {1e-4, "0.0001"}, {0.1, "0.1"},
      {1e15, "1000000000000000.0"},
      {1e16, "1e+16"}, {123456789.25, "123456789.25"}, {double(0.02f), "0.019999999552965164"}, {5e-324, "5e-324"},
      {-1.5e300, "-1.5e+300"}, {std::numeric_limits<double>::infinity(), "Infinity"}};
  for (const auto& [number, text] : numbers) BOOST_TEST(detail::json_number(number) == text);
  BOOST_TEST(detail::json_number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

BOOST_AUTO_TEST_CASE(a_text_of_two_spaces_comes_out_as_it_was) {
  const std::string text =
      "{\n  \"a\": [\n    1,\n    -2.5,\n    null,\n    true\n  ],\n  \"b\": {},\n  \"c\": [],\n"
      "  \"d\": {\n    \"e \\\"\\\\\\n\": \"\\u0001 \xc3\xa9\"\n  }\n}";
  const auto document = unwrap(JsonDocument::parse(text, "text"));
  BOOST_TEST(detail::json_dumped(document.root()) == text);
}

BOOST_AUTO_TEST_SUITE_END()
