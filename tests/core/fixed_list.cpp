#include "skald/core/fixed_list.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

BOOST_AUTO_TEST_SUITE(core_fixed_list)

using skald::FixedList;

namespace {

template <std::size_t N>
std::vector<int> all(const FixedList<int, N>& list) {
  return {list.begin(), list.end()};
}

constexpr int sum_of_three() {
  FixedList<int, 3> list;
  for (int i = 1; i <= 3; ++i) list.push_back(i);
  int sum = 0;
  for (int i : list) sum += i;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(grows_up_to_its_room) {
  FixedList<int, 3> list;
  BOOST_TEST(list.empty());
  BOOST_TEST(list.capacity() == 3u);
  for (int i : {5, 6, 7}) list.push_back(i);
  BOOST_TEST(all(list) == (std::vector<int>{5, 6, 7}));
  BOOST_TEST(list.size() == 3u);
  BOOST_TEST(list.back() == 7);
  BOOST_TEST(list[1] == 6);
  BOOST_TEST(!list.empty());
  BOOST_TEST(!list.overflowed());
  static_assert(sum_of_three() == 6);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_dropped_and_remembered) {
  FixedList<int, 2> list;
  for (int i : {1, 2, 3}) list.push_back(i);
  BOOST_TEST(all(list) == (std::vector<int>{1, 2}));
  BOOST_TEST(list.overflowed());
  list.clear();
  BOOST_TEST(list.empty());
  BOOST_TEST(!list.overflowed());
  list.resize(3);
  BOOST_TEST(list.size() == 2u);
  BOOST_TEST(list.overflowed());
}

BOOST_AUTO_TEST_CASE(resize_keeps_what_stays) {
  FixedList<int, 4> list;
  for (int i : {1, 2, 3}) list.push_back(i);
  list.resize(1);
  BOOST_TEST(all(list) == (std::vector<int>{1}));
  list.resize(4);
  BOOST_TEST(list.size() == 4u);
  BOOST_TEST(!list.overflowed());
  list.back() = 9;
  BOOST_TEST(list.data()[3] == 9);
}

BOOST_AUTO_TEST_SUITE_END()
