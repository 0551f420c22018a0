// A sampler: a function of the row and of the key that names the draw.
#include <cmath>

#include "seams/lm.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(seams_sampler)

namespace {

/// argmax(score + Gumbel noise): draws from the same distribution as Multinomial, with other numbers.
struct Gumbel {
  std::uint64_t seed = 0;
  skald::token_id operator()(skald::LogitsRow& row, const skald::RandomKey& key) const {
    float best = -INFINITY;
    skald::token_id chosen = skald::no_token;
    row.for_each([&](float score, skald::token_id token) {
      const float u = skald::random_uniform(key, std::uint32_t(token));
      const float noisy = score - std::log(-std::log(u + 1e-12f));
      if (noisy > best) best = noisy, chosen = token;
    });
    return chosen;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_sampler) {
  using namespace skald;
  using namespace seams;
  const GenerateOptions options{.max_new_tokens = 15, .num_return_sequences = 3};
  const auto a = generate(lm(), prompt, TopK{8}, Gumbel{1}, options),
             b = generate(lm(), prompt, TopK{8}, Gumbel{1}, options);
  BOOST_TEST((a.sequences == b.sequences));       // the key says it all
  BOOST_TEST(a.sequences[0] != a.sequences[1]);   // a key for every sequence
  BOOST_TEST((a.sequences != generate(lm(), prompt, TopK{8}, Gumbel{2}, options).sequences));
  // It draws with the right probabilities: 20,000 draws of three scores.
  float scores[] = {0.0f, 1.0f, 2.0f}, values[3];
  token_id room[3];
  int drawn[3] = {};
  for (std::uint32_t i = 0; i < 20000; ++i) {
    LogitsRow row(scores, room, values);
    ++drawn[Gumbel{}(row, {0, 0, i})];
  }
  const double total = std::exp(0) + std::exp(1) + std::exp(2);
  for (int t = 0; t < 3; ++t) BOOST_TEST(std::abs(drawn[t] / 20000.0 - std::exp(t) / total) < 0.012);
  // A seedless one, as a lambda.
  const auto second = [](LogitsRow& row, const RandomKey&) {
    const token_id first = row.best();
    row.keep_if([&](float, token_id t) { return t != first; });
    return row.best();
  };
  BOOST_TEST(new_tokens(generate(lm(), prompt, chain(), second)) != new_tokens(generate(lm(), prompt)));
}

BOOST_AUTO_TEST_SUITE_END()
