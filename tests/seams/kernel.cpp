// A kernel for a precision of one's own, in a backend derived from Cpu: found wherever a product of few rows is made.
#include <boost/test/unit_test.hpp>

#include <atomic>

#include "seams/e5m2.hpp"
#include "skald/cpu.hpp"
#include "support/forward.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

namespace mine {

inline std::atomic<long> dots{0};

struct Kernels : skald::CpuKernels {
  using CpuKernels::dot;
  static float dot(std::type_identity<e5m2>, const e5m2::Parts& w, index_t cols, index_t row, const float* x) {
    ++dots;
    float sum = 0;
    for (index_t c = 0; c < cols; ++c) sum += e5m2::value(w.data[row * w.cols + c]) * x[c];
    return sum;
  }
};

struct Cpu : skald::Cpu {
  static constexpr const char* name = "cpu with e5m2";
  using Kernels = mine::Kernels;
};

static_assert(skald::HeapBackend<Cpu>);

}  // namespace mine

BOOST_AUTO_TEST_SUITE(seams_kernel)

BOOST_AUTO_TEST_CASE(a_kernel) {
  using namespace skald;
  const FromConfig arch{support::small_llama};
  const auto plain = support::random_model<Transformer<skald::Cpu, mine::e5m2, FromConfig>>(arch);
  const auto own =
      support::random_model<Transformer<mine::Cpu, mine::e5m2, FromConfig>>(arch, mine::Cpu{{.threads = 2}});
  BOOST_TEST(own.backend().threads == 2);
  const auto tokens = support::some_tokens(1, 96);
  const auto expected = support::logits_of(plain, tokens);
  BOOST_TEST(mine::dots == 0);
  const auto found = support::logits_of(own, tokens);
  BOOST_TEST(mine::dots == 3 * (32 + 16 + 16 + 32 + 72 + 72 + 32));  // one an output of every linear
  for (std::size_t i = 0; i < expected.size(); ++i) BOOST_TEST(std::abs(found[i] - expected[i]) < 1e-4f);
}

BOOST_AUTO_TEST_SUITE_END()
