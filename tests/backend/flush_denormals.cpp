#include "skald/backend/flush_denormals.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "skald/cpu.hpp"
#include "skald/precision/half.hpp"
#include "skald/precision/plan.hpp"

using namespace skald;

namespace {

#if defined(__x86_64__) || defined(__aarch64__)
constexpr bool there = true;
#else
constexpr bool there = false;
#endif

/// The smallest normal number, halved where the compiler cannot see it.
float half_of_smallest() {
  volatile float smallest = std::numeric_limits<float>::min();
  return smallest * 0.5f;
}

/// What a kernel deep inside sees.
struct Seen : CpuKernels {
  using CpuKernels::dot;
  static float dot(std::type_identity<fp32>, const DenseParts&, index_t, index_t, const float*) {
    return FlushDenormals::active() ? 1.0f : 0.0f;
  }
};

/// Threads that are the user's, and nobody prepared.
class Strangers final : public Executor {
 public:
  index_t width() const override { return 2; }
  void run(index_t parts, Task task, void* context) override {
    std::thread other([&] {
      for (index_t p = 0; p < parts; p += 2) task(context, p, 1);
      after = half_of_smallest() != 0.0f;
    });
    for (index_t p = 1; p < parts; p += 2) task(context, p, 0);
    other.join();
  }
  bool after = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(backend_flush_denormals, *boost::unit_test::enable_if<there>())

BOOST_AUTO_TEST_CASE(only_inside_the_scope) {
  BOOST_TEST(!FlushDenormals::active());
  BOOST_TEST(half_of_smallest() != 0.0f);
  {
    const FlushDenormals outer;
    BOOST_TEST(FlushDenormals::active());
    BOOST_TEST(half_of_smallest() == 0.0f);
    { const FlushDenormals inner; }
    BOOST_TEST(FlushDenormals::active());  // the inner one found it so
  }
  BOOST_TEST(!FlushDenormals::active());
  BOOST_TEST(half_of_smallest() != 0.0f);
}

BOOST_AUTO_TEST_CASE(parts_see_it_on_every_thread_and_no_thread_keeps_it) {
  const auto strangers = std::make_shared<Strangers>();
  for (const Cpu& cpu : {Cpu{.threads = 1}, Cpu{.threads = 3}, Cpu{.executor = strangers}}) {
    CpuQueue q = cpu.queue();
    for (const index_t parts : {1, 40})
      for (const index_t cost : {index_t{0}, CpuQueue::default_worth_threads}) {
        std::vector<char> active(std::size_t(parts), 0);
        q.parallel(parts, cost, [&](index_t part, index_t) { active[std::size_t(part)] = FlushDenormals::active(); });
        BOOST_TEST(active == std::vector<char>(std::size_t(parts), 1));
        BOOST_TEST(!FlushDenormals::active());
      }
  }
  BOOST_TEST(strangers->after);
}

BOOST_AUTO_TEST_CASE(what_is_shared_at_load_is_exact_on_every_thread) {
  CpuQueue q = Cpu{.threads = 3}.queue();
  for (int i = 0; i < 2; ++i) {
    std::vector<char> active(40, 1);
    q.share(40, [&](index_t part, index_t) { active[std::size_t(part)] = FlushDenormals::active(); });
    BOOST_TEST(active == std::vector<char>(40, 0));
    q.parallel(40, CpuQueue::default_worth_threads, [](index_t, index_t) {});
  }
}

BOOST_AUTO_TEST_CASE(a_product_runs_inside) {
  const index_t in = 64, outs = CpuQueue::default_worth_threads / in;
  std::vector<float> weights(std::size_t(in * outs), 1.0f), x(std::size_t(in), 1e-40f);
  std::vector<float> y(weights.size() / x.size());
  Weight<OneOf<fp32>> w;
  w.set<fp32>(fp32::parts(reinterpret_cast<const std::byte*>(weights.data()), outs, in));
  for (int threads : {1, 2}) {
    CpuQueue q = Cpu{.threads = threads, .instruction_set = InstructionSet::portable}.queue();
    Seen::linear<Seen>(q, MatrixView<Host>(x.data(), 1, in), Product{&w, nullptr, MatrixView<Host>(y.data(), 1, outs)});
    BOOST_TEST((y == std::vector<float>(std::size_t(outs), 1.0f)));
    BOOST_TEST(!FlushDenormals::active());
  }
}

BOOST_AUTO_TEST_CASE(sixteen_bits_widen_as_ever) {
  // Small halves are normal floats, and must not be lost on the way.
  const FlushDenormals flush;
  for (std::uint32_t bits = 0; bits < 0x400; ++bits) {
    volatile std::uint16_t hidden = std::uint16_t(bits);
    BOOST_REQUIRE(to_float(fp16_t{hidden}) == float(bits) * 0x1p-24f);
    BOOST_REQUIRE(to_fp16(float(bits) * 0x1p-24f).bits == hidden);
  }
}

BOOST_AUTO_TEST_SUITE_END()
