#include "skald/pipelines/task_model.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_task_model)

using namespace skald;

namespace {

Encoding encoding(std::vector<token_id> ids, std::vector<std::int32_t> types) {
  Encoding e;
  e.ids = std::move(ids);
  e.type_ids = std::move(types);
  return e;
}

}  // namespace

BOOST_AUTO_TEST_CASE(texts_become_rows_without_padding) {
  ModelSpec spec;
  spec.max_positions = 8;
  spec.position_table = PositionTable::learned;
  spec.position_count = PositionCount::from_zero;
  spec.token_types = 2;
  const std::vector<Encoding> texts{encoding({5, 1, 7}, {0, 0, 1}), encoding({9}, {1})};
  const auto rows = detail::ragged(texts, 0, spec, true);
  BOOST_REQUIRE(rows);
  const auto equal = [](const auto& found, std::vector<std::int32_t> wanted) {
    BOOST_TEST(found == wanted, boost::test_tools::per_element());
  };
  equal(rows->tokens, {5, 1, 7, 9});
  equal(rows->positions, {0, 1, 2, 0});
  equal(rows->types, {0, 0, 1, 1});
  BOOST_TEST(rows->rows[1].first == 3);
  BOOST_TEST(detail::ragged(texts, 0, spec, false)->types.empty());

  // roberta: counted from the padding id, which has its own place.
  spec.position_count = PositionCount::after_padding_id;
  spec.padding_id = 1;
  equal(detail::ragged(texts, 0, spec, false)->positions, {2, 1, 3, 2});
  const std::vector<Encoding> long_one{encoding({2, 2, 2, 2, 2, 2}, {}), encoding({2, 2, 2, 2, 2, 2, 2}, {})};
  const auto refused = detail::ragged(long_one, 4, spec, false);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() ==
             "text 5: tokens that the model has positions for (truncation cuts): expected 6, found 7");
}

BOOST_AUTO_TEST_CASE(one_token_may_be_asked_about) {
  const auto model = TaskModel<>::try_from_pretrained(recorded::folder("masked"), HeadKind::masked_language);
  BOOST_REQUIRE(model);
  const token_id mask = *model->tokenizer().mask_token_id();
  const std::vector<Encoding> texts{model->tokenizer()("the [MASK] of [MASK]"), model->tokenizer()("[MASK]"),
                                    model->tokenizer()("who?")};
  const auto all = model->try_run(texts, 8), one_by_one = model->try_run(texts, 1, mask),
             together = model->try_run(texts, 8, mask);
  BOOST_REQUIRE((all && one_by_one && together));
  BOOST_TEST(together->rows(0) == 2);
  BOOST_TEST(together->rows(1) == 1);
  BOOST_TEST(together->rows(2) == 0);
  for (std::size_t k = 0; k < std::size_t(all->width); ++k) {
    BOOST_TEST(all->row(0, 4)[k] == together->row(0, 1)[k]);
    recorded::check_near(all->row(1, 1)[k], one_by_one->row(1, 0)[k], 1e-5);
  }
}

/// Texts of more tokens than a step takes: in one call as each by itself, in their order.
BOOST_AUTO_TEST_CASE(many_tokens_are_several_steps) {
  const auto model = TaskModel<>::try_from_pretrained(recorded::folder("classes"), HeadKind::sequence_class);
  BOOST_REQUIRE(model);
  std::vector<Encoding> texts;
  for (token_id t = 0; t < 60; ++t) texts.push_back(model->tokenizer()(t % 3 ? "the great city" : "bad"));
  for (Encoding& e : texts)
    while (e.size() < 40) e.append_special(token_id(5 + e.size() + (&e - texts.data())), "", 0, false);
  const auto all = model->try_run(texts, 60);
  BOOST_REQUIRE(all);
  for (std::size_t i : {0u, 1u, 25u, 26u, 51u, 59u}) {
    const auto one = model->try_run(std::span(texts).subspan(i, 1), 1);
    BOOST_REQUIRE(one);
    for (std::size_t k = 0; k < 3; ++k) recorded::check_near(all->row(i)[k], one->row(0)[k], 1e-5);
  }
}

BOOST_AUTO_TEST_SUITE_END()
