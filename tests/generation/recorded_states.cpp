#include "skald/generation/recorded_states.hpp"

#include "generation/searches.hpp"
#include "skald/generation/generate.hpp"
#include "skald/model/transformer.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(generation_recorded_states)

using namespace test;

namespace {

using Lm = Transformer<Reference, fp32, FromConfig>;

const Lm& llama() {
  static const Lm lm = support::random_model<Lm>({support::small_llama});
  return lm;
}

/// All hidden states of a text, by one forward of it.
void compare_with_one_forward(RecordedStates& found, std::int32_t row, const Tokens& ids, bool attentions) {
  RecordedStates whole;
  const Tokens all(ids.begin(), ids.end());
  const WithStates<Lm, true, true> observed(llama(), whole);
  static_cast<void>(generate(observed, all, chain(), Greedy{}, {.max_new_tokens = 1}));
  BOOST_REQUIRE(found.positions(row) >= std::int32_t(ids.size()));
  float worst = 0;
  for (std::int32_t p = 0; p < std::int32_t(ids.size()); ++p) {
    for (std::int32_t layer = 0; layer <= 3; ++layer) {
      const auto a = found.hidden(row, layer, p), b = whole.hidden(0, layer, p);
      BOOST_REQUIRE(a.size() == 32u);
      BOOST_REQUIRE(b.size() == 32u);
      for (std::size_t i = 0; i < 32; ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
    }
    for (std::int32_t layer = 0; attentions && layer < 3; ++layer)
      for (std::int32_t head = 0; head < 4; ++head) {
        const auto a = found.attention(row, layer, head, p), b = whole.attention(0, layer, head, p);
        BOOST_REQUIRE(a.size() == std::size_t(p) + 1);
        float sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i])), sum += a[i];
        BOOST_TEST(std::abs(sum - 1) < 1e-5f);
      }
  }
  BOOST_TEST(worst < 2e-5f);
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_a_batch_and_of_drafts) {
  const std::vector<Tokens> prompts{{1, 20, 31, 42, 20}, {7, 7}};
  for (const GenerateOptions& options : {GenerateOptions{.max_new_tokens = 9},
                                         GenerateOptions{.max_new_tokens = 9, .prompt_lookup_num_tokens = 3},
                                         GenerateOptions{.max_new_tokens = 9, .prefill_chunk_size = 2}}) {
    RecordedStates states;
    const auto out = generate(WithStates<Lm, true, true>(llama(), states), prompts, chain(), Greedy{}, options);
    BOOST_TEST((out.sequences == generate(llama(), prompts, chain(), Greedy{}, options).sequences));
    BOOST_TEST(states.rows() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      Tokens fed = out.sequences[i];
      fed.pop_back();  // the last token is not fed any more
      compare_with_one_forward(states, std::int32_t(i), fed, true);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_beams) {
  const Tokens prompt{1, 20, 31};
  RecordedStates states;
  const GenerateOptions options{.max_new_tokens = 5, .num_beams = 3};
  const auto out = generate(WithStates(llama(), states), prompt, chain(), Greedy{}, options);
  BOOST_TEST(states.rows() == 3);
  // Token t of the sequence was fed by the beam that it then was in: indices[t + 1] names its row.
  RecordedStates whole;
  static_cast<void>(generate(WithStates(llama(), whole), out.sequences[0], chain(), Greedy{}, {.max_new_tokens = 1}));
  for (std::size_t t = 0; t + 1 < 5; ++t) {
    const auto position = std::int32_t(3 + t);
    const auto a = states.hidden(out.beam_indices[0][t + 1], 3, position), b = whole.hidden(0, 3, position);
    BOOST_REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) BOOST_TEST(std::abs(a[i] - b[i]) < 2e-5f);
  }
  BOOST_TEST(states.attention(0, 0, 0, 0).empty());  // not asked for
  BOOST_TEST(states.hidden(3, 0, 0).empty());
  BOOST_TEST(states.hidden(0, 4, 0).empty());
  BOOST_TEST(states.hidden(0, 0, 99).empty());
  BOOST_TEST(states.positions(5) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
