#include "skald/model/image.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/bare.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "support/bare_on_heap.hpp"
#include "support/forward.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(model_image)

using namespace skald;

namespace {

constexpr std::size_t past_aligned = image_alignment;

/// A model on the host, and its image run without a heap: the same bits.
template <const ModelSpec& S, class P>
void check_image(const char* what) {
  using Loaded = Transformer<support::BareOnHeap, P, FromConfig>;
  using Tiny = Transformer<Bare, P, Fixed<S>>;
  const auto loaded = support::random_model<Loaded>(FromConfig{S});
  const std::size_t bytes = image_bytes<Tiny>(S);
  std::vector<std::byte> memory(bytes + past_aligned);
  std::byte* const image =
      memory.data() + (past_aligned - reinterpret_cast<std::uintptr_t>(memory.data()) % past_aligned);
  BOOST_REQUIRE(image_bytes<Loaded>(S) == bytes);
  write_image(loaded, image);

  typename Tiny::Weights weights;
  BOOST_REQUIRE(!read_image<Tiny>(S, {image, bytes}, weights));
  const Tiny tiny({}, {}, weights);
  const auto tokens = support::some_tokens(6, S.vocab_size);
  std::vector<std::byte> keys(contiguous_cache_bytes(S, 1, 8)), scratch(tiny.plan(6, 6, 1).scratch);
  ContiguousCache<Bare> cache(S, 8, BorrowedMemory(keys));
  Bare::Queue queue{BorrowedMemory(scratch)};
  FixedStepBuilder<8> step;
  step.add(cache, cache.create(), tokens, 1);
  std::vector<float> logits(std::size_t(S.vocab_size));
  BOOST_REQUIRE(!tiny.forward(queue, step.batch(), cache, logits.data()));
  BOOST_TEST(queue.peak() <= scratch.size());

  const auto expected = support::logits_of(loaded, tokens);
  BOOST_TEST(std::equal(logits.begin(), logits.end(), expected.end() - S.vocab_size), what);

  const auto refused = [&](std::span<const std::byte> bad) {
    return Error(read_image<Tiny>(S, bad, weights)).message();
  };
  BOOST_TEST(refused({image, bytes - 1}) == "image: bytes of this model type and spec: expected " +
                                                std::to_string(bytes) + ", found " + std::to_string(bytes - 1));
  BOOST_TEST(refused({}) ==
             "image: bytes of this model type and spec: expected " + std::to_string(bytes) + ", found 0");
  BOOST_TEST(refused({image + 4, bytes}) == "image: bytes it begins behind an aligned address: expected 0, found 4");
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_image_gives_the_logits_of_the_model_it_was_made_of) {
  check_image<support::small_llama, fp32>("llama fp32");
  check_image<support::small_gpt2, int8>("gpt2 int8");
  check_image<support::small_gemma3, nf4>("gemma3 nf4");
}

BOOST_AUTO_TEST_SUITE_END()
