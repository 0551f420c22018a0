// A processor of one score at a time: a struct, a lambda, a function.
#include "seams/lm.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/sampling/multinomial.hpp"

BOOST_AUTO_TEST_SUITE(seams_pointwise_processor)

namespace {

/// Makes some tokens less likely.
struct Against {
  skald::token_id first, last;
  float less;
  float operator()(float score, skald::token_id token) const {
    return token >= first && token < last ? score - less : score;
  }
};

float nothing_below_ten(float score, skald::token_id token) { return token < 10 ? -1e9f : score; }

}  // namespace

BOOST_AUTO_TEST_CASE(a_processor_of_one_score_at_a_time) {
  using namespace skald;
  using namespace seams;
  const auto only_odd = [](float score, token_id token) { return token % 2 ? score : -1e9f; };
  const auto rule = Temperature{0.9f} | Against{100, 160, 1e9f} | only_odd | nothing_below_ten;
  const auto check = [](const GenerateOutput& out) {
    BOOST_TEST(out.new_tokens(0).size() == 20u);
    for (token_id t : out.new_tokens(0)) BOOST_TEST((t % 2 == 1 && t >= 10 && t < 100));
    return new_tokens(out);
  };
  const Tokens sampled = check(generate(lm(), prompt, rule, Multinomial{.seed = 3}));
  AnyProcessor any;
  any.add(Temperature{0.9f}).add(Against{100, 160, 1e9f}).add(only_odd).add(nothing_below_ten);
  BOOST_TEST(check(generate(lm(), prompt, any, Multinomial{.seed = 3})) == sampled);
  BOOST_TEST(check(generate(lm(), prompt, rule)) != sampled);
  check(generate(lm(), prompt, rule, Greedy{}, {.num_beams = 2}));
}

BOOST_AUTO_TEST_SUITE_END()
