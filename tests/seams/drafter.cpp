// A drafter: guesses what comes next, so that one forward may confirm several tokens.
#include <map>

#include "seams/lm.hpp"

BOOST_AUTO_TEST_SUITE(seams_drafter)

namespace {

/// Remembers what followed each token, of this and of other texts.
struct Bigrams {
  std::map<skald::token_id, skald::token_id> next{};
  std::int32_t most = 4;
  seams::Tokens guess{};

  void learn(std::span<const skald::token_id> text) {
    for (std::size_t i = 0; i + 1 < text.size(); ++i) next[text[i]] = text[i + 1];
  }
  std::span<const skald::token_id> draft(std::span<const skald::token_id> ids, std::int32_t n) {
    learn(ids.last(std::min<std::size_t>(2, ids.size())));
    guess.clear();
    for (auto at = next.find(ids.back()); at != next.end() && std::int32_t(guess.size()) < std::min(n, most);
         at = next.find(at->second))
      guess.push_back(at->second);
    return guess;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_drafter) {
  using namespace skald;
  using namespace seams;
  const GenerateOptions options{.max_new_tokens = 25, .eos_token_id = Tokens{}};
  const auto plain = generate(lm(), prompt, chain(), Greedy{}, options);
  BOOST_TEST((generate(lm(), prompt, chain(), Greedy{}, options, Bigrams{}).sequences == plain.sequences));
  // One that has read the text before makes the steps fewer.
  Bigrams reader;
  reader.learn(plain.sequences[0]);
  SequenceSettings settings;
  settings.max_length = std::int32_t(prompt.size()) + 25;
  AssistedSearch<Chain<>, Greedy, decltype(stop_when()), Bigrams> search(prompt, chain(), {}, stop_when(), reader,
                                                                         settings);
  auto session = Session<Lm>::create(lm());
  int steps = 0;
  for (; !search.finished(); ++steps) BOOST_REQUIRE(!session.step(search));
  BOOST_TEST(Tokens(search.ids().begin(), search.ids().end()) == plain.sequences[0]);
  BOOST_TEST(search.accepted() > 0);
  BOOST_TEST(steps < 25);
}

BOOST_AUTO_TEST_SUITE_END()
