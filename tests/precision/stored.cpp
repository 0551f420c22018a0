#include "skald/precision/stored.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(precision_stored)

using namespace skald;

BOOST_AUTO_TEST_CASE(every_type_has_the_bits_of_its_name) {
  for (int i = 0; i <= int(StoredType::u64); ++i) {
    const auto type = StoredType(i);
    const std::string text = name(type);
    // The first number in the name counts the bits: "F8_E4M3" has 8.
    const std::size_t digits = text.find_first_of("0123456789");
    const std::size_t expected = digits == text.npos ? 8 : std::stoul(text.substr(digits));
    BOOST_TEST(bits(type) == expected, text);
    for (int j = 0; j < i; ++j) BOOST_TEST(text != name(StoredType(j)));
  }
  BOOST_TEST(std::string(name(StoredType::boolean)) == "BOOL");
  BOOST_TEST(std::string(name(StoredType::bf16)) == "BF16");
  BOOST_TEST(bits(StoredType::bf16) == 16u);
}

BOOST_AUTO_TEST_CASE(row_maps) {
  const auto rows = [](const RowMap& map) {
    std::vector<index_t> found;
    for (index_t r = 0; r < 5; ++r) found.push_back(map(r));
    return found;
  };
  BOOST_TEST(rows({}) == (std::vector<index_t>{0, 1, 2, 3, 4}));
  BOOST_TEST(rows({10, 0, 0}) == (std::vector<index_t>{10, 11, 12, 13, 14}));
  BOOST_TEST(rows({2, 2, 6}) == (std::vector<index_t>{2, 3, 8, 9, 14}));  // k of [q, k, v] a head of two rows
  BOOST_TEST(RowMap{}.contiguous());
  BOOST_TEST((RowMap{10, 0, 0}.contiguous()));
  BOOST_TEST(!(RowMap{2, 2, 6}.contiguous()));
}

BOOST_AUTO_TEST_SUITE_END()
