#include "skald/core/type_list.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

BOOST_AUTO_TEST_SUITE(core_type_list)

using namespace skald;

BOOST_AUTO_TEST_CASE(any_asks_in_order_until_one_agrees) {
  using List = TypeList<char, short, int, long>;
  std::vector<std::size_t> asked;
  const auto of_size = [&](std::size_t wanted) {
    asked.clear();
    return List::any([&](auto type) {
      asked.push_back(sizeof(typename decltype(type)::type));
      return asked.back() == wanted;
    });
  };
  BOOST_TEST(of_size(2));
  BOOST_TEST(asked == (std::vector<std::size_t>{1, 2}));
  BOOST_TEST(!of_size(3));
  BOOST_TEST(asked == (std::vector<std::size_t>{1, 2, 4, sizeof(long)}));
  BOOST_TEST(!TypeList<>::any([](auto) { return true; }));
  BOOST_TEST(List::size == 4u);
}

BOOST_AUTO_TEST_CASE(places) {
  BOOST_TEST((position_of<int, int, char>() == 0u));
  BOOST_TEST((position_of<char, int, char>() == 1u));
  BOOST_TEST((position_of<long, int, char>() == 2u));  // not there
  BOOST_TEST((is_one_of<char, int, char>));
  BOOST_TEST(!(is_one_of<long, int, char>));
  BOOST_TEST(!always_false<int>);
}

BOOST_AUTO_TEST_SUITE_END()
