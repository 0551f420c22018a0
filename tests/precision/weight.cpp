#include "skald/precision/weight.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "skald/precision/plan.hpp"
#include "support/matrices.hpp"

BOOST_AUTO_TEST_SUITE(precision_weight)

using namespace skald;
using support::Encoded;
using support::Signs;

namespace {

/// What visit says: the name of the precision, and row 0 by its decode.
template <class Set>
std::pair<std::string, std::vector<float>> seen(const Weight<Set>& weight, index_t cols) {
  return weight.visit([&](auto p, const auto& parts) {
    using P = typename decltype(p)::type;
    static_assert(std::is_same_v<decltype(parts), const typename P::Parts&>);
    std::vector<float> row(static_cast<std::size_t>(cols));
    P::decode(parts, cols, 0, 0, row.data(), cols);
    return std::pair(std::string(P::name), row);
  });
}

template <class Set, class P>
concept CanHold = requires(Weight<Set>& w, const typename P::Parts& parts) { w.template set<P>(parts); };

}  // namespace

BOOST_AUTO_TEST_CASE(one_member_has_no_tag) {
  const Encoded<int8> matrix(support::numbers(40, 1), 1, 40);
  Weight<OneOf<int8>> weight;
  BOOST_TEST(!weight.present());
  weight.set<int8>(matrix.parts());
  BOOST_TEST(weight.present());
  BOOST_TEST(std::string(weight.precision()) == "int8");
  BOOST_TEST(seen(weight, 40).first == "int8");
  BOOST_TEST(seen(weight, 40).second == matrix.values());
}

BOOST_AUTO_TEST_CASE(many_members_are_told_apart) {
  using Set = OneOf<fp32, fp16, bf16, int8, nf4, fp4, Signs>;
  const std::vector<float> values = support::numbers(40, 2);
  Weight<Set> weight;
  BOOST_TEST(!weight.present());
  const auto check = [&]<class P>(std::type_identity<P>) {
    const Encoded<P> matrix(values, 1, 40);
    weight.set<P>(matrix.parts());
    const Weight<Set> copy = weight;
    for (const Weight<Set>* each : {&std::as_const(weight), &copy}) {
      BOOST_TEST(each->present());
      BOOST_TEST(std::string(each->precision()) == P::name);
      BOOST_TEST(seen(*each, 40).first == P::name);
      BOOST_TEST(seen(*each, 40).second == matrix.values());
    }
    return false;
  };
  BOOST_TEST(!Set::list::any(check));  // `any` calls all of them
  BOOST_TEST(Set::list::size == 7u);
}

BOOST_AUTO_TEST_CASE(members_of_one_name_are_different) {
  using Set = OneOf<nf4, nf4_double>;
  const Encoded<nf4_double> matrix(support::numbers(128, 3), 2, 64);
  Weight<Set> weight;
  weight.set<nf4_double>(matrix.parts());
  const bool second =
      weight.visit([](auto p, const auto&) { return std::is_same_v<typename decltype(p)::type, nf4_double>; });
  BOOST_TEST(second);
}

BOOST_AUTO_TEST_CASE(only_members_can_be_set) {
  BOOST_TEST((CanHold<OneOf<nf4>, nf4>));
  BOOST_TEST((CanHold<OneOf<fp32, Signs>, Signs>));
  BOOST_TEST(!(CanHold<OneOf<nf4>, fp4>));
  BOOST_TEST(!(CanHold<OneOf<fp32, bf16>, fp16>));
  BOOST_TEST((OneOf<fp32, bf16>::has<bf16>));
  BOOST_TEST(!(OneOf<fp32, bf16>::has<fp16>));
}

BOOST_AUTO_TEST_CASE(a_set_is_as_large_as_its_largest_member_and_a_tag) {
  BOOST_TEST(sizeof(Weight<OneOf<nf4, fp32>>) <= sizeof(FourBitParts) + 8);
  BOOST_TEST(sizeof(Weight<OneOf<nf4>>) <= sizeof(FourBitParts) + 8);
}

BOOST_AUTO_TEST_SUITE_END()
