#include "skald/logits/watermark_detector.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "skald/core/error.hpp"

BOOST_AUTO_TEST_SUITE(logits_watermark_detector)

using namespace skald;

namespace {

std::vector<token_id> text() {
  std::vector<token_id> ids{5,  59, 24, 8,  43, 13, 11, 41, 59, 12, 8,  9,  16, 23, 13, 0,  42, 21, 2,  16,
                            30, 33, 26, 4,  3,  36, 34, 32, 29, 34, 38, 56, 27, 3,  37, 33, 23, 6,  32, 50};
  ids.insert(ids.end(), ids.begin() + 1, ids.begin() + 20);
  return ids;
}

WatermarkingConfig config(SeedingScheme scheme, std::int32_t width) {
  return {.greenlist_ratio = 0.4, .seeding_scheme = scheme, .context_width = width};
}

}  // namespace

// From transformers 5.23.0 with torch 2.15.0; the text begins with the bos token.
BOOST_AUTO_TEST_CASE(counts_as_transformers) {
  const auto one = WatermarkDetector(60, config(SeedingScheme::lefthash, 1), 5).detect(text(), 0.1);
  BOOST_TEST((one.num_tokens_scored == 57 && one.num_green_tokens == 20 && !one.prediction));
  BOOST_TEST(one.green_fraction == 0.35087719, boost::test_tools::tolerance(1e-7));
  BOOST_TEST(one.z_score == -0.7570333, boost::test_tools::tolerance(1e-7));
  BOOST_TEST(one.p_value == 0.77548504, boost::test_tools::tolerance(1e-7));
  BOOST_TEST(one.confidence == 0.22451496, boost::test_tools::tolerance(1e-7));
  const auto two = WatermarkDetector(60, config(SeedingScheme::lefthash, 2), 5).detect(text());
  BOOST_TEST((two.num_tokens_scored == 56 && two.num_green_tokens == 20));
  const auto self = WatermarkDetector(60, config(SeedingScheme::selfhash, 2), 5).detect(text());
  BOOST_TEST((self.num_tokens_scored == 57 && self.num_green_tokens == 11));
  const auto once = WatermarkDetector(60, config(SeedingScheme::lefthash, 1), 5, true).detect(text());
  BOOST_TEST((once.num_tokens_scored == 39 && once.num_green_tokens == 14));
}

BOOST_AUTO_TEST_CASE(the_threshold_decides) {
  const WatermarkDetector d(60, config(SeedingScheme::lefthash, 1), 5);
  BOOST_TEST(d.detect(text(), -0.76).prediction);
  BOOST_TEST(!d.detect(text(), -0.75).prediction);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_looked_at) {
  const WatermarkDetector d(60, config(SeedingScheme::lefthash, 1), 5);
  const auto message = [&](const std::vector<token_id>& ids) { return d.try_detect(ids).error().message(); };
  BOOST_TEST(message({5, 3}) == "watermark: tokens to score behind the context, at least: expected 1, found 0");
  BOOST_TEST(message({1, 60}) == "watermark: tokens below: expected 60, found 60");
  BOOST_TEST(bool(d.try_detect(std::vector<token_id>{3, 4})));
  BOOST_TEST(!WatermarkDetector(60, config(SeedingScheme::lefthash, 0)).try_detect(text()));
}

BOOST_AUTO_TEST_SUITE_END()
