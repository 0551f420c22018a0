#include "skald/spec/facts.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(spec_facts)

using namespace skald;

namespace {

/// Kind k has k + 1 heads, layer l is of kind pattern[l].
constexpr ModelSpec kinds_spec(std::initializer_list<int> pattern) {
  ModelSpec s = support::small_spec();
  s.decoder.layers = 0;
  for (int k = 0; k < max_kinds; ++k) s.decoder.kinds[k].attention.heads = k + 1;
  for (int kind : pattern) s.decoder.kind_of[s.decoder.layers++] = std::uint8_t(kind);
  return s;
}

inline constexpr ModelSpec one_kind = kinds_spec({0, 0, 0});
inline constexpr ModelSpec two_kinds = kinds_spec({0, 1, 1, 0, 1});
inline constexpr ModelSpec four_kinds = kinds_spec({3, 1, 0, 2, 3, 0});
inline constexpr ModelSpec encoder = support::encoder_spec();

/// Heads of every layer as with_kind tells them, and how many bodies it stamped.
template <class A>
std::pair<std::vector<int>, std::size_t> heads_of_layers(const A& arch) {
  std::vector<int> heads;
  std::vector<const void*> bodies;
  for (int l = 0; l < arch.spec().stack().layers; ++l)
    with_kind(arch, l, [&](auto kind) {
      static_assert(std::is_empty_v<decltype(kind)> == A::fixed);
      heads.push_back(kind.get().attention.heads);
      static const char body = 0;  // one a body
      if (std::find(bodies.begin(), bodies.end(), &body) == bodies.end()) bodies.push_back(&body);
    });
  return {heads, bodies.size()};
}

template <const ModelSpec& S>
void check_kinds(const std::vector<int>& heads, std::size_t kinds) {
  const auto fixed = heads_of_layers(Fixed<S>{}), read = heads_of_layers(FromConfig{S});
  BOOST_TEST(fixed.first == heads);
  BOOST_TEST(fixed.second == kinds);
  BOOST_TEST(read.first == heads);
  BOOST_TEST(read.second == 1u);
}

struct NoSpec {
  [[maybe_unused]] static constexpr bool fixed = false;
};

}  // namespace

BOOST_AUTO_TEST_CASE(both_archs_give_the_same_spec) {
  BOOST_TEST((Fixed<two_kinds>::spec() == two_kinds));
  BOOST_TEST((FromConfig{two_kinds}.spec() == two_kinds));
  BOOST_TEST(Arch<Fixed<two_kinds>>);
  BOOST_TEST(Arch<FromConfig>);
  BOOST_TEST(!Arch<NoSpec>);
  BOOST_TEST(std::is_empty_v<Fixed<two_kinds>>);
}

BOOST_AUTO_TEST_CASE(a_body_is_stamped_for_every_kind_and_called_for_its_layers) {
  check_kinds<one_kind>({1, 1, 1}, 1);
  check_kinds<two_kinds>({1, 2, 2, 1, 2}, 2);
  check_kinds<four_kinds>({4, 2, 1, 3, 4, 1}, 4);
  check_kinds<encoder>({4, 4}, 1);
}

BOOST_AUTO_TEST_CASE(facts_of_a_fixed_spec_are_empty_and_constant) {
  const auto spec = spec_fact(Fixed<two_kinds>{});
  const auto kind = KindAt<Fixed<two_kinds>, 1>{};
  const auto attention = field<&BlockSpec::attention>(kind);
  const auto heads = field<&AttentionSpec::heads>(attention);
  const auto rope = element<&ModelSpec::ropes, 1>(spec);
  const auto theta = field<&RopeSpec::theta>(rope);
  BOOST_TEST(std::is_empty_v<decltype(spec)>);
  BOOST_TEST(std::is_empty_v<decltype(attention)>);
  BOOST_TEST(std::is_empty_v<decltype(heads)>);
  BOOST_TEST(std::is_empty_v<decltype(rope)>);
  BOOST_TEST(std::is_empty_v<decltype(theta)>);
  static_assert(decltype(heads)::get() == 2 && decltype(rope)::get().dim == 6 && decltype(theta)::get() == 10000);
  BOOST_TEST(&spec.get() == &two_kinds);
  BOOST_TEST(&attention.get() == &two_kinds.decoder.kinds[1].attention);
  BOOST_TEST(&rope.get() == &two_kinds.ropes[1]);
}

BOOST_AUTO_TEST_CASE(facts_of_a_read_spec_point_into_it) {
  FromConfig arch{two_kinds};
  const auto spec = spec_fact(arch);
  const auto rope = element<&ModelSpec::ropes, 1>(spec);
  const auto theta = field<&RopeSpec::theta>(rope);
  BOOST_TEST(&spec.get() == &arch.data);
  BOOST_TEST(&rope.get() == &arch.data.ropes[1]);
  BOOST_TEST(&theta.get() == &arch.data.ropes[1].theta);
  arch.data.ropes[1].theta = 5;
  BOOST_TEST(theta.get() == 5);
  with_kind(arch, 1, [&](auto kind) {
    BOOST_TEST(&field<&BlockSpec::attention>(kind).get() == &arch.data.decoder.kinds[1].attention);
  });
}

BOOST_AUTO_TEST_CASE(a_value_is_a_fact) { BOOST_TEST((Value<int>{7}.get() == 7)); }

BOOST_AUTO_TEST_SUITE_END()
