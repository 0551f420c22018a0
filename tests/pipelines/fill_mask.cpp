#include "skald/pipelines/fill_mask.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_fill_mask)

using namespace skald;

BOOST_AUTO_TEST_CASE(words_are_transformers) {
  const auto fill = FillMask::from_pretrained(recorded::folder("masked"));
  const Json cases = recorded::expected("fill-mask");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json c = cases[i], options = *c.find("options"), wanted = *c.find("outputs");
    FillMaskOptions o{int(recorded::number(options, "top_k", 5))};
    if (const auto targets = options.find("targets")) o.targets = recorded::texts(*targets);
    BOOST_TEST_CONTEXT("case " << i) {
      const auto found = fill(recorded::text(c, "inputs"), o);
      BOOST_REQUIRE(found.size() == wanted.size());
      for (std::size_t k = 0; k < found.size(); ++k) {
        BOOST_TEST(found[k].token == recorded::number(wanted[k], "token"));
        BOOST_TEST(found[k].token_str == recorded::text(wanted[k], "token_str"));
        BOOST_TEST(found[k].sequence == recorded::text(wanted[k], "sequence"));
        BOOST_TEST(found[k].mask == recorded::number(wanted[k], "mask"));
        recorded::check_near(found[k].score, recorded::number(wanted[k], "score"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_text_without_a_mask_is_named) {
  const auto fill = FillMask::from_pretrained(recorded::folder("masked"));
  const auto found = fill.try_run({"the [MASK]", "the city"});
  BOOST_REQUIRE(!found);
  BOOST_TEST(found.error().message() == "text 1: no mask_token ([MASK]) in it");
  const auto targets = fill.try_run("the [MASK]", {.targets = {""}});
  BOOST_REQUIRE(!targets);
  BOOST_TEST(targets.error().message() == "targets: none of them is made of tokens that the model knows");
}

BOOST_AUTO_TEST_SUITE_END()
