#include "skald/precision/precision.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/precision/plan.hpp"
#include "support/matrices.hpp"

BOOST_AUTO_TEST_SUITE(precision_precision)

using namespace skald;

namespace {

struct Nameless {
  using Parts = const std::byte*;
  static std::size_t bytes(index_t, index_t) { return 0; }
  static void decode(const Parts&, index_t, index_t, index_t, float*, index_t) {}
};
struct Untrivial {
  static constexpr const char* name = "untrivial";
  using Parts = std::vector<std::byte>;
  static std::size_t bytes(index_t, index_t) { return 0; }
  static void decode(const Parts&, index_t, index_t, index_t, float*, index_t) {}
};

}  // namespace

BOOST_AUTO_TEST_CASE(ours_can_be_read_in_place_and_converted_to) {
  const auto both = []<class... P>(OneOf<P...>) { return ((Adoptable<P> && Encodable<P>) && ...); };
  BOOST_TEST(both(AnyPrecision{}));
  BOOST_TEST(both(OneOf<nf4_double, fp4_double>{}));
}

BOOST_AUTO_TEST_CASE(a_users_own_needs_only_a_decode) {
  BOOST_TEST(Precision<support::Signs>);
  BOOST_TEST(Encodable<support::Signs>);
  BOOST_TEST(!Adoptable<support::Signs>);
  BOOST_TEST(!Precision<Nameless>);
  BOOST_TEST(!Precision<Untrivial>);
  BOOST_TEST(!Precision<int>);
}

BOOST_AUTO_TEST_SUITE_END()
