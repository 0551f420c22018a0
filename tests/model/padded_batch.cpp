#include "skald/model/padded_batch.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(model_padded_batch)

using namespace skald;
using Ints = std::vector<std::int32_t>;

namespace {

const std::vector<token_id> ids = {0, 0, 11, 12, 13,   // two places of padding on the left
                                   21, 22, 23, 24, 25};
const Ints left = {0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
const Ints hole = {1, 0, 1, 1, 0, 1, 1, 1, 1, 1};  // inside and on the right

PaddedBatch padded(std::span<const std::int32_t> mask) {
  return {.rows = 2, .cols = 5, .input_ids = ids, .attention_mask = mask};
}

Ints ahead(const RaggedBatch& b) {
  Ints all;
  for (const Row& row : b.rows) all.push_back(row.rope_ahead);
  return all;
}

std::string message(const PaddedBatch& b, PositionCount count = PositionCount::given, token_id padding_id = -1) {
  const auto ragged = try_unpad(b, count, padding_id);
  return ragged ? std::string() : ragged.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(masked_tokens_are_taken_out) {
  const RaggedBatch b = unpad(padded(left), PositionCount::given);
  BOOST_TEST((b.tokens == std::vector<token_id>{11, 12, 13, 21, 22, 23, 24, 25}));
  BOOST_TEST((b.positions == Ints{2, 3, 4, 0, 1, 2, 3, 4}));
  BOOST_TEST(b.types.empty());
  BOOST_REQUIRE(b.rows.size() == 2u);
  BOOST_TEST(b.rows[0].sequence == 0);
  BOOST_TEST(b.rows[0].first == 0);
  BOOST_TEST(b.rows[0].count == 3);
  BOOST_TEST(b.rows[0].past == 0);
  BOOST_TEST(b.rows[1].sequence == 1);
  BOOST_TEST(b.rows[1].first == 3);
  BOOST_TEST(b.rows[1].count == 5);
  BOOST_TEST((b.places[0] == RaggedBatch::Place{0, 2}));
  BOOST_TEST((b.places[7] == RaggedBatch::Place{1, 4}));
  BOOST_TEST((ahead(b) == Ints{0, 0}));  // both rows end at position 4
}

BOOST_AUTO_TEST_CASE(without_a_mask_all_are_tokens) {
  const RaggedBatch b = unpad(padded({}), PositionCount::from_mask);
  BOOST_TEST(b.tokens == ids);
  BOOST_TEST((b.positions == Ints{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(positions_by_the_mask_begin_at_the_first_token) {
  const RaggedBatch b = unpad(padded(left), PositionCount::from_mask);
  BOOST_TEST((b.positions == Ints{0, 1, 2, 0, 1, 2, 3, 4}));
  BOOST_TEST((ahead(b) == Ints{2, 0}));  // of the longest row
}

BOOST_AUTO_TEST_CASE(a_hole_is_a_gap_in_columns_and_none_in_counts) {
  const RaggedBatch columns = unpad(padded(hole), PositionCount::from_zero);
  BOOST_TEST((columns.tokens == std::vector<token_id>{0, 11, 12, 21, 22, 23, 24, 25}));
  BOOST_TEST((columns.positions == Ints{0, 2, 3, 0, 1, 2, 3, 4}));
  BOOST_TEST((columns.places[1] == RaggedBatch::Place{0, 2}));
  BOOST_TEST((ahead(columns) == Ints{1, 0}));
  BOOST_TEST((unpad(padded(hole), PositionCount::from_mask).positions == Ints{0, 1, 2, 0, 1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(positions_after_the_padding_id_are_counted_by_ids) {
  // Roberta looks at ids and not at the mask: the masked 11 counts, the unmasked 0 does not.
  const Ints mask = {1, 1, 0, 1, 1, 1, 1, 1, 1, 1};
  const RaggedBatch b = unpad(padded(mask), PositionCount::after_padding_id, 0);
  BOOST_TEST((b.tokens == std::vector<token_id>{0, 0, 12, 13, 21, 22, 23, 24, 25}));
  BOOST_TEST((b.positions == Ints{0, 0, 2, 3, 1, 2, 3, 4, 5}));
  BOOST_TEST((unpad(padded({}), PositionCount::after_padding_id, 25).positions ==
              Ints{26, 27, 28, 29, 30, 26, 27, 28, 29, 25}));
}

BOOST_AUTO_TEST_CASE(given_positions_win) {
  const Ints positions = {90, 1, 0, 1, 2, 7, 8, 9, 10, 11};  // the first is padding, and still the longest for a rope
  PaddedBatch batch = padded(left);
  batch.position_ids = positions;
  for (const PositionCount count : {PositionCount::given, PositionCount::from_mask, PositionCount::after_padding_id}) {
    const RaggedBatch b = unpad(batch, count);
    BOOST_TEST((b.positions == Ints{0, 1, 2, 7, 8, 9, 10, 11}));
    BOOST_TEST((ahead(b) == Ints{88, 79}));
  }
}

BOOST_AUTO_TEST_CASE(types_follow_their_tokens_and_a_step_sees_all) {
  const Ints types = {9, 9, 0, 0, 1, 0, 0, 1, 1, 1}, at = {7};
  PaddedBatch batch = padded(left);
  batch.token_type_ids = types;
  const RaggedBatch b = unpad(batch, PositionCount::from_zero);
  BOOST_TEST((b.types == Ints{0, 0, 1, 0, 0, 1, 1, 1}));
  const StepBatch step = b.step(at);
  BOOST_TEST(step.tokens.data() == b.tokens.data());
  BOOST_TEST(step.positions.data() == b.positions.data());
  BOOST_TEST(step.types.data() == b.types.data());
  BOOST_TEST(step.rows.size() == 2u);
  BOOST_TEST(step.logits_at.data() == at.data());
}

BOOST_AUTO_TEST_CASE(outputs_go_back_to_their_places) {
  const RaggedBatch b = unpad(padded(hole), PositionCount::from_mask);
  std::vector<float> values, out(20, -1.0f);
  for (int i = 0; i < 16; ++i) values.push_back(float(i));
  b.scatter(std::span<const float>(values), 2, 5, std::span<float>(out));
  BOOST_TEST((out == std::vector<float>{0, 1, -1, -1, 2, 3, 4, 5, -1, -1, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
}

BOOST_AUTO_TEST_CASE(shapes_that_disagree_are_refused_with_both_values) {
  const Ints four = {1, 1, 1, 1};
  BOOST_TEST(message({.rows = 2, .cols = 4, .input_ids = ids}) == "input_ids: rows * columns: expected 8, found 10");
  BOOST_TEST(message(padded(four)) == "attention_mask: one a place of input_ids: expected 10, found 4");
  PaddedBatch batch = padded(left);
  batch.position_ids = four;
  BOOST_TEST(message(batch) == "position_ids: one a place of input_ids: expected 10, found 4");
  batch.position_ids = {};
  batch.token_type_ids = four;
  BOOST_TEST(message(batch) == "token_type_ids: one a place of input_ids: expected 10, found 4");
  BOOST_TEST(message({.rows = 0, .cols = 5, .input_ids = {}}) == "input_ids: rows, at least: expected 1, found 0");
  BOOST_TEST(message({.rows = 1, .cols = 0, .input_ids = {}}) == "input_ids: columns, at least: expected 1, found 0");
  BOOST_TEST(message({.rows = 1 << 16, .cols = index_t{1} << 60, .input_ids = ids}) ==
             "input_ids: columns, at most: expected 32767, found 1152921504606846976");
}

BOOST_AUTO_TEST_CASE(masks_that_say_nothing_are_refused) {
  const Ints empty_row = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0}, two = {1, 1, 1, 2, 1, 1, 1, 1, 1, 1};
  BOOST_TEST(message(padded(empty_row)) == "attention_mask: tokens in row, at least[1]: expected 1, found 0");
  BOOST_TEST(message(padded(two)) == "attention_mask: 0 or 1[3]: expected 1, found 2");
  BOOST_TEST(message(padded(left), PositionCount::after_padding_id) ==
             "padding_id: positions are counted from it, at least: expected 0, found -1");
}

BOOST_AUTO_TEST_SUITE_END()
