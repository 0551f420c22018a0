#include "skald/grammar/number_range.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

#include "skald/grammar/grammar.hpp"

BOOST_AUTO_TEST_SUITE(grammar_number_range)

using namespace skald;
using detail::DecimalBound;

namespace {

template <class F>
Result<Grammar> made(F&& body) {
  detail::Expressions e(GrammarLimits{});
  detail::NumberRange range(e);
  const auto root = e.add_rule("range");
  e.define(root, body(range));
  return detail::make_grammar(e, "range");
}

/// Thousandths in digits.
DecimalBound bound(int thousandths, bool exclusive) {
  DecimalBound b{std::to_string(thousandths / 1000), std::to_string(1000 + thousandths % 1000).substr(1), exclusive};
  while (!b.fraction.empty() && b.fraction.back() == '0') b.fraction.pop_back();
  return b;
}

}  // namespace

BOOST_AUTO_TEST_CASE(whole_numbers) {
  std::mt19937 random(1);
  for (int i = 0; i < 60; ++i) {
    const int low = int(random() % 4000) - 2000, high = low + int(random() % 300);
    const auto grammar = made([&](detail::NumberRange& r) { return r.integers(low, high); });
    BOOST_REQUIRE(grammar.has_value());
    for (int v = low - 200; v < high + 200; v += 1 + int(random() % 3)) {
      const bool found = grammar->matches(std::to_string(v));
      BOOST_REQUIRE_MESSAGE(found == (v >= low && v <= high), low << " " << v << " " << high);
    }
    BOOST_TEST(!grammar->matches("-0"));
    BOOST_TEST(!grammar->matches("0" + std::to_string(high)));
  }
}

BOOST_AUTO_TEST_CASE(decimal_numbers) {
  std::mt19937 random(2);
  constexpr int steps[] = {1000, 500, 100, 10, 1};
  for (int i = 0; i < 200; ++i) {
    const int low_step = steps[random() % 5], high_step = steps[random() % 5];
    const int low = int(random() % 5000) / low_step * low_step;
    const int high = low + int(random() % 3000) / high_step * high_step;
    const DecimalBound from = bound(low, random() % 2), to = bound(high, random() % 2);
    const bool open = random() % 4 == 0;
    const auto grammar =
        made([&](detail::NumberRange& r) { return r.decimals(from, open ? std::nullopt : std::optional(to)); });
    for (int v = 0; v < 9000; v += 1 + int(random() % 29)) {
      const bool expected = (from.exclusive ? v > low : v >= low) && (open || (to.exclusive ? v < high : v <= high));
      const DecimalBound digits = bound(v, false);
      std::string text = digits.whole;
      if (!digits.fraction.empty()) text += "." + digits.fraction;
      const std::string zeros = digits.fraction.empty() ? ".00" : "00";
      BOOST_REQUIRE_MESSAGE((grammar && grammar->matches(text)) == expected, low << " " << text << " " << high);
      BOOST_REQUIRE_MESSAGE((grammar && grammar->matches(text + zeros)) == expected, low << " " << text << " " << high);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
