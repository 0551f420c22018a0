// A processor of a whole row, which knows the sequence so far.
#include "seams/lm.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(seams_row_processor)

namespace {

/// No end token before `n` new tokens: Hugging Face's min_new_tokens.
struct MinNewTokens {
  std::int32_t n;
  void operator()(skald::LogitsRow& row, const skald::RowContext& context) const {
    if (std::int32_t(context.ids.size()) - context.prompt_length >= n) return;
    for (skald::token_id end : context.eos)
      if (float* score = row.find(end)) *score = -1e9f;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_processor_of_a_whole_row) {
  using namespace skald;
  using namespace seams;
  const token_id third = generate(lm(), prompt).new_tokens(0)[2];
  const GenerateOptions options{.max_new_tokens = 12, .eos_token_id = Tokens{third}};
  BOOST_TEST(generate(lm(), prompt, chain(), Greedy{}, options).new_tokens(0).size() <= 3u);
  for (const std::int32_t n : {0, 5, 12}) {
    const Tokens said = new_tokens(generate(lm(), prompt, MinNewTokens{n}, Greedy{}, options));
    BOOST_TEST(said.size() >= std::size_t(n));
    for (std::size_t i = 0; i < std::size_t(n) && i < said.size(); ++i) BOOST_TEST(said[i] != third);
  }
  // As a lambda, behind a cut: what was cut is not there to be found.
  const auto never_the_best = [](LogitsRow& row, const RowContext&) {
    if (float* best = row.find(row.best())) *best = -1e9f;
  };
  const Tokens second = new_tokens(generate(lm(), prompt, TopK{2} | never_the_best));
  BOOST_TEST(second != new_tokens(generate(lm(), prompt)));
  BOOST_TEST(second == new_tokens(generate(lm(), prompt, TopK{9} | never_the_best)));
}

BOOST_AUTO_TEST_SUITE_END()
