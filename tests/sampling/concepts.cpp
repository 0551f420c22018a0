#include "skald/sampling/concepts.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/sampling/greedy.hpp"
#include "skald/sampling/multinomial.hpp"

BOOST_AUTO_TEST_SUITE(sampling_concepts)

using namespace skald;

namespace {

inline constexpr auto last = [](LogitsRow& row, RandomKey) { return row.token(row.size() - 1); };

}  // namespace

static_assert(Sampler<Greedy> && Sampler<Multinomial> && Sampler<decltype(last)>);
static_assert(!Sampler<int>);

BOOST_AUTO_TEST_CASE(the_seed_comes_from_the_sampler) {
  const RandomKey k = random_key(Multinomial{.seed = 1ull << 40}, 3, 17);
  BOOST_TEST(k.seed == 1ull << 40);
  BOOST_TEST(k.sequence == 3u);
  BOOST_TEST(k.position == 17u);
  BOOST_TEST(random_key(Greedy{}, 3, 17).seed == 0u);
  BOOST_TEST(random_key(last, 3, 17).position == 17u);
}

BOOST_AUTO_TEST_SUITE_END()
