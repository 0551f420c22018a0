#include "skald/core/list.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(core_list)

using namespace skald;

BOOST_AUTO_TEST_CASE(a_known_length_is_an_array_else_a_vector) {
  BOOST_TEST((std::is_same_v<List<float, 3>, std::array<float, 3>>));
  BOOST_TEST((std::is_same_v<List<float, 0>, std::array<float, 0>>));
  BOOST_TEST((std::is_same_v<List<float, at_load>, std::vector<float>>));
}

BOOST_AUTO_TEST_CASE(resize_makes_room_where_there_is_none) {
  List<int, at_load> loaded;
  resize(loaded, 4);
  BOOST_TEST(loaded.size() == 4u);
  List<int, 4> fixed{1, 2, 3, 4};
  resize(fixed, 2);
  BOOST_TEST((fixed == std::array<int, 4>{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_SUITE_END()
