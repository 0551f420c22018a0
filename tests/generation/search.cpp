#include "skald/generation/search.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/generation/generate.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/forward.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(generation_search)

using namespace skald;

namespace {

using Lm = Transformer<Reference, fp32, FromConfig>;
using Tokens = std::vector<token_id>;

/// A longrope that switches behind 12 positions.
Lm long_model() {
  ModelSpec spec = support::small_llama;
  RopeSpec& r = spec.ropes[0];
  r.scaling = RopeScaling::longrope;
  r.original_max_position = 12;
  for (int i = 0; i < r.dim / 2; ++i) r.short_factor[i] = 1.0f + 0.1f * float(i), r.long_factor[i] = 3.0f + float(i);
  return support::random_model<Lm>(FromConfig{spec});
}

/// Greedy tokens, every one from the whole sequence anew.
Tokens without_a_cache(const Lm& model, Tokens ids, std::size_t length) {
  const auto vocab = std::ptrdiff_t(model.vocab_size());
  while (ids.size() < length) {
    const auto logits = support::logits_of(model, ids);
    ids.push_back(token_id(std::max_element(logits.end() - vocab, logits.end()) - (logits.end() - vocab)));
  }
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_CASE(beyond_the_switch_of_a_longrope_a_sequence_is_computed_anew) {
  const Lm model = long_model();
  BOOST_TEST(model.spec().rope_switch() == 12);
  BOOST_TEST(support::small_llama.rope_switch() == 0);
  for (const std::size_t prompt : {std::size_t{5}, std::size_t{11}, std::size_t{12}, std::size_t{13}, std::size_t{17}}) {
    const Tokens ids = support::some_tokens(prompt, 96);
    const Tokens expected = without_a_cache(model, ids, 28);
    const auto tokens = [&](GenerateOptions options) {
      options.max_length = 28;
      return generate(model, ids, chain(), Greedy{}, options).sequences[0];
    };
    BOOST_TEST((tokens({}) == expected), prompt);
    BOOST_TEST((tokens({.prefill_chunk_size = 3}) == expected), prompt);
    BOOST_TEST((tokens({.prompt_lookup_num_tokens = 4}) == expected), prompt);
  }
}

BOOST_AUTO_TEST_SUITE_END()
