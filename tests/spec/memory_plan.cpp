#include "skald/spec/memory_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(spec_memory_plan)

using namespace skald;

namespace {

std::vector<ModelSpec> specs() {
  std::vector<ModelSpec> all{support::small_spec(), support::experts_spec(), support::encoder_spec()};
  ModelSpec parallel = support::small_spec();
  parallel.decoder.kinds[0].parallel = true;
  parallel.decoder.kinds[0].attention.position = Position::alibi;
  all.push_back(parallel);
  ModelSpec wide = support::small_spec();
  wide.embedding_size = 40;
  wide.projection = Projection::before_positions;
  wide.decoder.kind_of[1] = 1;
  wide.decoder.kinds[1].attention.rope = 1;
  wide.decoder.kinds[1].feed_forward.inner = 700;
  all.push_back(wide);
  return all;
}

inline constexpr ModelSpec fixed = support::small_spec();

}  // namespace

BOOST_AUTO_TEST_CASE(takes_are_rounded_up) {
  BOOST_TEST(scratch_bytes<float>(0) == 0u);
  BOOST_TEST(scratch_bytes<float>(1) == 64u);
  BOOST_TEST(scratch_bytes<float>(16) == 64u);
  BOOST_TEST(scratch_bytes<float>(17) == 128u);
  BOOST_TEST(scratch_bytes<std::uint8_t>(65) == 128u);
}

BOOST_AUTO_TEST_CASE(more_of_anything_never_takes_less) {
  const index_t sizes[] = {0, 1, 2, 3, 7, 16, 33, 200};
  for (const ModelSpec& s : specs())
    for (index_t tokens : sizes)
      for (index_t context : sizes)
        for (index_t outputs : sizes)
          for (index_t workers : {1, 2, 7}) {
            const std::size_t n = memory_plan(s, tokens, context, outputs, workers).scratch;
            BOOST_REQUIRE_LE(n, memory_plan(s, tokens + 1, context, outputs, workers).scratch);
            BOOST_REQUIRE_LE(n, memory_plan(s, tokens, context + 1, outputs, workers).scratch);
            BOOST_REQUIRE_LE(n, memory_plan(s, tokens, context, outputs + 1, workers).scratch);
            BOOST_REQUIRE_LE(n, memory_plan(s, tokens, context, outputs, workers + 1).scratch);
          }
}

BOOST_AUTO_TEST_CASE(it_grows_with_tokens_context_outputs_and_workers) {
  const ModelSpec s = support::small_spec();
  BOOST_TEST(memory_plan(s, 200, 1, 1).scratch > memory_plan(s, 100, 1, 1).scratch);
  BOOST_TEST(memory_plan(s, 1, 9000, 1).scratch > memory_plan(s, 1, 5000, 1).scratch);
  BOOST_TEST(memory_plan(s, 1, 1, 900).scratch > memory_plan(s, 1, 1, 500).scratch);
  BOOST_TEST(memory_plan(s, 1, 5000, 1, 2).scratch > memory_plan(s, 1, 5000, 1, 1).scratch);
}

BOOST_AUTO_TEST_CASE(an_array_bound) {
  [[maybe_unused]] static std::byte memory[memory_plan(fixed, 4, 64, 1).scratch];
  BOOST_TEST(sizeof memory % 64 == 0u);
  // 4 tokens: ids, types, positions and one output; residual, normed, result; a table; 3 * 40 of the feed-forward.
  const std::size_t small = 4 * 64, stream = 3 * scratch_bytes<float>(4 * 24), rope = scratch_bytes<float>(4 * 6);
  const std::size_t attention =
      2 * scratch_bytes<float>(4 * 24) + 2 * scratch_bytes<float>(4 * 12) + 64 * sizeof(float);
  const std::size_t inner = 2 * scratch_bytes<float>(4 * 40);
  BOOST_TEST(sizeof memory == small + stream + rope + std::max(attention, inner));
}

BOOST_AUTO_TEST_CASE(two_ropes_have_two_tables) {
  ModelSpec s = support::small_spec();
  s.decoder.kinds[0].attention.head_dim = s.decoder.kinds[1].attention.head_dim = 64;
  s.ropes[0].dim = 64;
  s.ropes[1].dim = 16;
  const std::size_t one = memory_plan(s, 10, 10, 1).scratch;
  s.decoder.kind_of[1] = 1;
  s.decoder.kinds[1].attention.rope = 1;
  BOOST_TEST(memory_plan(s, 10, 10, 1).scratch == one + scratch_bytes<float>(10 * 16));
  s.decoder.kinds[1].attention.position = Position::none;
  BOOST_TEST(memory_plan(s, 10, 10, 1).scratch == one);
}

BOOST_AUTO_TEST_CASE(a_cached_position) {
  ModelSpec s = support::small_spec();
  BOOST_TEST(memory_plan(s, 1, 1, 1).cache_per_token == 2u * 2 * 12 * 4);
  BOOST_TEST(cache_bytes_per_token(s, 2) == 2u * 2 * 12 * 2);
  s.decoder.kind_of[1] = 1;
  s.decoder.kinds[1].attention.kv_heads = 4;
  BOOST_TEST(cache_bytes_per_token(s) == 2u * 2 * 24 * 4);  // every layer as wide as the widest
  BOOST_TEST(cache_bytes_per_token(support::encoder_spec()) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
