#include "skald/tensor/kv_view.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

#include "skald/precision/half.hpp"

BOOST_AUTO_TEST_SUITE(tensor_kv_view)

using namespace skald;

BOOST_AUTO_TEST_CASE(one_block_is_contiguous) {
  std::array<float, 100> data{};
  KvView<Host> v;
  v.data = data.data() + 4;
  v.length = v.block_size = 7;
  v.width = 6;
  v.v_offset = 42;
  for (index_t p : {0, 1, 6}) {
    BOOST_TEST(v.key(p) == data.data() + 4 + 6 * p);
    BOOST_TEST(v.value(p) == v.key(p) + 42);
  }
}

BOOST_AUTO_TEST_CASE(many_blocks_are_found_by_name) {
  std::array<fp16_t, 400> data{};
  const std::array<std::int32_t, 3> blocks{2, 0, 3};
  KvView<Host, fp16_t> v;
  v.data = data.data();
  v.blocks = blocks;
  v.block_size = 4;
  v.length = 10;
  v.width = 5;
  v.v_offset = 20;
  v.block_stride = 80;  // two layers of keys and values
  const index_t expected[10] = {160, 165, 170, 175, 0, 5, 10, 15, 240, 245};
  for (index_t p = 0; p < 10; ++p) {
    BOOST_TEST(v.offset(p) == expected[p]);
    BOOST_TEST((v.key(p) == data.data() + expected[p]));
    BOOST_TEST((v.value(p) == data.data() + expected[p] + 20));
  }
}

BOOST_AUTO_TEST_SUITE_END()
