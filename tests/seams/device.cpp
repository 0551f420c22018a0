#include <boost/test/unit_test.hpp>
#include "skald/backend/reference.hpp"
#include "skald/generation/generate.hpp"
#include "skald/model/pretrained.hpp"
#include "support/pretend_device.hpp"
using namespace skald;
BOOST_AUTO_TEST_SUITE(seams_device)
BOOST_AUTO_TEST_CASE(the_whole_model_runs_on_it) {
  const char* path = SKALD_TEST_DATA "/models/qwen2";
  const auto host = Transformer<Reference, fp32>::from_pretrained(path);
  const auto device = Transformer<support::Pretend, fp32>::from_pretrained(path);
  const std::vector<token_id> prompt{1, 20, 30, 40};
  BOOST_TEST(generate(host, prompt).sequences[0] == generate(device, prompt).sequences[0]);
}
BOOST_AUTO_TEST_SUITE_END()
