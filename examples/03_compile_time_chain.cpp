// Processors of your own in a chain that is one type: a pointwise lambda, a row processor, a stopping rule.
#include <skald/skald.hpp>

#include <algorithm>
#include <iostream>

#include "check.hpp"

namespace {

// Any struct with this operator is a link: it forbids the token that came last.
struct NoEcho {
  void operator()(skald::LogitsRow& row, const skald::RowContext& context) const {
    if (float* score = row.find(context.ids.back())) *score = -INFINITY;
  }
};

// And with this one a stopping rule: it ends at the first full stop, whatever the length.
struct AtToken {
  skald::token_id token;
  skald::FinishReason operator()(const skald::RowContext& context) const {
    return context.ids.back() == token ? skald::FinishReason::stop : skald::FinishReason::none;
  }
};

}  // namespace

int main(int argc, char** argv) {
  using namespace skald;
  const char* folder = argc > 1 ? argv[1] : SKALD_EXAMPLE_MODELS "/skald-tales";
  auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  auto tok = AutoTokenizer::from_pretrained(folder);

  const token_id stop = *tok.token_to_id(".");
  const token_id forbidden = *tok.token_to_id(",");
  auto rule = RepetitionPenalty{1.2f} | [=](float score, token_id t) { return t == forbidden ? score - 100 : score; } |
              NoEcho{} | TopK{40};
  auto out = generate(lm, tok("There was a"), rule, Multinomial{.seed = 3}, {.max_new_tokens = 80}, AtToken{stop});

  const auto words = out.new_tokens(0);
  std::cout << tok.decode(out.sequences[0], {.skip_special_tokens = true}) << "\n";
  check(std::ranges::find(words, forbidden) == words.end(), "the forbidden token does not come");
  check(std::ranges::adjacent_find(words) == words.end(), "no token twice in a row");
  check(out.finish_reasons[0] != FinishReason::stop || words.back() == stop, "the rule ends at its token");
}
