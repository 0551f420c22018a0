#include "skald/tensor/matrix_view.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(tensor_matrix_view)

using namespace skald;

BOOST_AUTO_TEST_CASE(rows_have_a_stride) {
  float data[20] = {};
  const MatrixView<Host> dense(data, 4, 5);
  BOOST_TEST(dense.stride == 5);
  BOOST_TEST(dense.row(3) == data + 15);
  const MatrixView<Host> gapped(data, 4, 3, 5);
  BOOST_TEST(gapped.row(3) == data + 15);
  BOOST_TEST(gapped.cols == 3);
  const MatrixView<Host> none;
  BOOST_TEST(none.rows == 0);
  BOOST_TEST(none.data == nullptr);
}

BOOST_AUTO_TEST_CASE(a_projection_is_split_into_heads) {
  float data[24] = {};
  const MatrixView<Host> heads = MatrixView<Host>(data, 2, 12).split(4);
  BOOST_TEST(heads.rows == 6);
  BOOST_TEST(heads.cols == 4);
  BOOST_TEST(heads.row(4) == data + 16);  // row 1, head 1
}

BOOST_AUTO_TEST_SUITE_END()
