// A tap: hidden states and attentions, read through the queue. On the plain backend and on a device that runs late.
#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/model/pretrained.hpp"
#include "support/forward.hpp"
#include "support/pretend_device.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

namespace mine {

struct Recorder {
  static constexpr bool hidden_states = true, attentions = true;
  std::vector<std::vector<float>> states, maps;

  template <class Queue, class Matrix>
  void hidden(Queue& q, int, Matrix x) { keep(states, q, x); }
  template <class Queue, class Matrix>
  void attention(Queue& q, int, Matrix p) { keep(maps, q, p); }

 private:
  template <class Queue, class Matrix>
  static void keep(std::vector<std::vector<float>>& list, Queue& q, Matrix m) {
    list.reserve(16);  // what is there after wait() must not move before
    list.emplace_back(std::size_t(m.rows * m.cols));
    q.read(list.back().data(), m.data, m.rows * m.cols);
  }
};

template <class B>
Recorder record(const skald::Transformer<B, skald::fp32, skald::FromConfig>& lm,
                std::span<const skald::token_id> tokens, std::vector<float>& logits) {
  using namespace skald;
  support::Forward forward(lm);
  StepBuilder step;
  step.add(forward.cache, forward.cache.create(), tokens, 1);
  Recorder tap;
  typename B::Memory memory;
  BOOST_REQUIRE(!B::Memory::allocate(96 * sizeof(float), memory));
  const auto to = B::Space::template cast<float>(memory.data());
  BOOST_REQUIRE(!lm.forward(forward.queue, step.batch(), forward.cache, to, tap));
  logits.resize(96);
  forward.queue.read(logits.data(), to, 96);
  BOOST_REQUIRE(!forward.queue.wait());
  return tap;
}

}  // namespace mine

BOOST_AUTO_TEST_SUITE(seams_tap)

BOOST_AUTO_TEST_CASE(a_tap) {
  using namespace skald;
  const support::TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("llama", support::llama_fields),
                        support::random_tensors<families::Llama>(support::small_llama));
  const auto tokens = support::some_tokens(8, 96);
  std::vector<float> logits, late;
  const auto host = support::random_model<Transformer<Reference, fp32, FromConfig>>({support::small_llama});
  const auto tap = mine::record(host, tokens, logits);
  const auto device = mine::record(
      Transformer<support::Pretend, fp32, FromConfig>::from_pretrained(folder.path().string()), tokens, late);
  BOOST_TEST((late == logits));
  BOOST_TEST((device.states == tap.states));
  BOOST_TEST((device.maps == tap.maps));

  BOOST_REQUIRE(tap.states.size() == 4u);  // the embedding, and after each layer
  for (std::size_t t = 0; t < 8; ++t)
    for (index_t c = 0; c < 32; ++c)
      BOOST_TEST(tap.states[0][t * 32 + std::size_t(c)] ==
                 support::RandomWeights{}.matrix(Role::token_embedding, -1, -1, tokens[t], c, 32));
  // The last state stands behind the norm: the head makes the logits of it.
  for (index_t v = 0; v < 96; ++v) {
    double sum = 0;
    for (index_t c = 0; c < 32; ++c)
      sum += double(tap.states[3][7 * 32 + std::size_t(c)]) *
             support::RandomWeights{}.matrix(Role::head, -1, -1, v, c, 32);
    BOOST_TEST(std::abs(sum - logits[std::size_t(v)]) < 1e-4);
  }
  BOOST_REQUIRE(tap.maps.size() == 3u);
  for (const auto& map : tap.maps) {
    BOOST_REQUIRE(map.size() == 8u * 4 * 8);  // tokens, heads, context
    for (std::size_t row = 0; row < 32; ++row) {
      const std::size_t sees = 1 + row / 4;
      double sum = 0;
      for (std::size_t k = 0; k < 8; ++k) {
        sum += map[row * 8 + k];
        BOOST_TEST((map[row * 8 + k] > 0) == (k < sees));
      }
      BOOST_TEST(std::abs(sum - 1) < 1e-5);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
