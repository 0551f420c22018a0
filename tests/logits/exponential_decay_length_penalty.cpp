#include "skald/logits/exponential_decay_length_penalty.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "logits/test_row.hpp"

BOOST_AUTO_TEST_SUITE(logits_exponential_decay_length_penalty)

using skald::ExponentialDecayLengthPenalty;
using skald::token_id;
using test::inf;
using test::Scores;


BOOST_AUTO_TEST_CASE(golden) {
  const std::vector<token_id> eos{3};
  const ExponentialDecayLengthPenalty p{2, 1.3};
  BOOST_TEST(test::close(test::processed(p, test::first, {.ids = test::first_ids, .prompt_length = 2, .eos = eos}),
                         {2, -1, 0.5f, 3.9f, 0, 1.5f, -2, 2.5f}));
  BOOST_TEST(test::close(test::processed(p, test::second, {.ids = test::second_ids, .prompt_length = 2, .eos = eos}),
                         {0.1f, 0.2f, 0.3f, 0.52f, -0.5f, -0.25f, 1, 5}));
}

BOOST_AUTO_TEST_CASE(grows_from_its_start_on) {
  const std::vector<token_id> eos{0, 1, 1, 9};
  const auto at = [&](int prompt) {
    return test::processed(ExponentialDecayLengthPenalty{1, 2.0}, {4, -4, 4},
                           {.ids = test::first_ids, .prompt_length = prompt, .eos = eos});
  };
  BOOST_TEST(test::same(at(4), {4, -4, 4}));
  BOOST_TEST(test::same(at(3), {8, 0, 4}));
  BOOST_TEST(test::same(at(2), {16, 8, 4}));
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_stays) {
  const std::vector<token_id> eos{0, 1};
  BOOST_TEST(test::same(test::processed(ExponentialDecayLengthPenalty{0, 1.5}, {-inf, inf, 1},
                                        {.ids = test::first_ids, .eos = eos}),
                        {-inf, inf, 1}));
  BOOST_TEST(bool((ExponentialDecayLengthPenalty{0, double(test::nan)}).check()));
  BOOST_TEST(!(ExponentialDecayLengthPenalty{0, 1.5}).check());
}

BOOST_AUTO_TEST_SUITE_END()
