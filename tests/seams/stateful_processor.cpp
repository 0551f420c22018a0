// A processor with a memory: a grammar. The state is a value of each sequence: beams fork it, rejected drafts put it
// back.
#include "seams/lm.hpp"
#include "skald/logits/any_processor.hpp"
#include "skald/sampling/multinomial.hpp"

BOOST_AUTO_TEST_SUITE(seams_stateful_processor)

namespace {

/// Numbers in brackets: token 7 opens, 8 closes, between them one to three tokens from 100 on, never deeper than one.
struct Brackets {
  struct State {
    int inside = -1;  // tokens within the brackets; -1: outside
  };
  State start(const skald::RowContext&) const { return {}; }
  void operator()(skald::LogitsRow& row, const skald::RowContext&, State& s) const {
    row.keep_if([&](float, skald::token_id t) {
      if (s.inside < 0) return t == 7;
      return t == 8 ? s.inside > 0 : t >= 100 && s.inside < 3;
    });
  }
  void accept(skald::token_id t, State& s) const { s.inside = t == 7 ? 0 : t == 8 ? -1 : s.inside + 1; }
};

bool keeps_the_rules(std::span<const skald::token_id> tokens) {
  int inside = -1;
  for (skald::token_id t : tokens) {
    const bool good = inside < 0 ? t == 7 : t == 8 ? inside > 0 : t >= 100 && inside < 3;
    if (!good) return false;
    inside = t == 7 ? 0 : t == 8 ? -1 : inside + 1;
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_processor_with_a_memory) {
  using namespace skald;
  using namespace seams;
  const auto check = [](const GenerateOutput& out) {
    for (std::size_t i = 0; i < out.sequences.size(); ++i) {
      BOOST_TEST(out.new_tokens(i).size() == 30u);
      BOOST_TEST(keeps_the_rules(out.new_tokens(i)));
    }
    return out.sequences;
  };
  const Multinomial sampler{.seed = 6};
  const auto sampled =
      check(generate(lm(), prompt, Brackets{}, sampler, {.max_new_tokens = 30, .num_return_sequences = 3}));
  BOOST_TEST((check(generate(lm(), prompt, Brackets{}, sampler, {.max_new_tokens = 30, .num_return_sequences = 3,
                                                                 .prompt_lookup_num_tokens = 5})) == sampled));
  AnyProcessor any;
  any.add(Brackets{});
  BOOST_TEST(
      (check(generate(lm(), prompt, any, sampler, {.max_new_tokens = 30, .num_return_sequences = 3})) == sampled));
  check(generate(lm(), prompt, Brackets{}, Greedy{}, {.max_new_tokens = 30}));
  check(
      generate(lm(), prompt, Brackets{}, Greedy{}, {.max_new_tokens = 30, .num_beams = 4, .num_return_sequences = 4}));
}

BOOST_AUTO_TEST_SUITE_END()
