// A rule that says when to stop.
#include "seams/lm.hpp"

BOOST_AUTO_TEST_SUITE(seams_stopping_criterion)

namespace {

/// Ends a sequence that said the same token twice.
struct SaidTwice {
  skald::FinishReason operator()(const skald::RowContext& c) const {
    const auto said = c.ids.subspan(std::size_t(c.prompt_length));
    for (std::size_t i = 0; i + 1 < said.size(); ++i)
      if (said[i] == said.back()) return skald::FinishReason::stop;
    return skald::FinishReason::none;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_rule_that_says_when_to_stop) {
  using namespace skald;
  using namespace seams;
  const GenerateOptions options{.max_new_tokens = 60, .eos_token_id = Tokens{}};
  const Tokens whole = new_tokens(generate(lm(), prompt, chain(), Greedy{}, options));
  std::size_t first = 1;
  while (std::count(whole.begin(), whole.begin() + index_t(first), whole[first]) == 0) ++first;
  const auto check = [&](const GenerateOutput& out) {
    BOOST_TEST(new_tokens(out) == Tokens(whole.begin(), whole.begin() + index_t(first) + 1));
    BOOST_TEST((out.finish_reasons[0] == FinishReason::stop));
  };
  check(generate(lm(), prompt, chain(), Greedy{}, options, SaidTwice{}));
  GenerateOptions drafted = options;
  drafted.prompt_lookup_num_tokens = 5;
  check(generate(lm(), prompt, chain(), Greedy{}, drafted, SaidTwice{}));
  // Several, as lambdas too: the first that says so.
  const auto at_three = [](const RowContext& c) {
    return c.ids.size() == std::size_t(c.prompt_length) + 3 ? FinishReason::stop : FinishReason::none;
  };
  const auto out = generate(lm(), prompt, chain(), Greedy{}, options, at_three, SaidTwice{});
  BOOST_TEST(out.new_tokens(0).size() == std::min<std::size_t>(3, first + 1));
}

BOOST_AUTO_TEST_SUITE_END()
