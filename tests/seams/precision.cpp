// A precision: its plain decode runs everywhere.
#include "seams/e5m2.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/forward.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(seams_precision)

BOOST_AUTO_TEST_CASE(a_precision) {
  using namespace skald;
  using mine::e5m2;
  const ModelSpec& spec = support::small_llama;
  const support::TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("llama", support::llama_fields),
                        support::random_tensors<families::Llama>(spec));
  const std::string path = folder.path().string();
  const auto tokens = support::some_tokens(8, 96);

  // Asked for like any other: linears of it, head and table as stored.
  using Small = Transformer<Reference, e5m2, FromConfig>;
  const Small small = Small::from_pretrained(path);
  BOOST_TEST(small.weights().blocks[1].feed_forward.down.weight.precision() == std::string("e5m2"));
  BOOST_TEST(small.weights().head.weight.precision() == std::string("fp32"));
  std::size_t bytes = 0;
  for (const auto& b : small.storage().buffers) bytes += b.size();
  BOOST_TEST(bytes == 3u * (2 * 32 * 32 + 2 * 16 * 32 + 3 * 72 * 32));
  const auto logits = support::logits_of(small, tokens);
  BOOST_TEST((logits == support::logits_of(support::random_model<Small>(FromConfig{spec}), tokens)));
  const auto exact = support::logits_of(Transformer<Reference, fp32, FromConfig>::from_pretrained(path), tokens);
  double apart = 0, size = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    apart += (logits[i] - exact[i]) * (logits[i] - exact[i]);
    size += exact[i] * exact[i];
  }
  BOOST_TEST(apart > 0);
  BOOST_TEST(std::sqrt(apart / size) < 0.25);  // two bits of mantissa

  // As a member of a set, chosen by name at load.
  using Either = Transformer<Reference, OneOf<fp32, e5m2>, FromConfig>;
  LoadOptions<Reference> options;
  BOOST_TEST((support::logits_of(Either::from_pretrained(path, options), tokens) == exact));
  options.dtype = "e5m2";
  options.llm_int8_skip_modules = {"lm_head", "embed_tokens"};
  BOOST_TEST((support::logits_of(Either::from_pretrained(path, options), tokens) == logits));
  options.dtype = "e4m3";
  const auto unknown = Either::try_from_pretrained(path, options);
  BOOST_REQUIRE(!unknown);
  BOOST_TEST(unknown.error().message() == "dtype: expected fp32 or e5m2, found e4m3");
  BOOST_TEST((unknown.error().code() == FaultCode::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
