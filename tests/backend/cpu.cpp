#include "skald/backend/cpu.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <thread>
#include <vector>

BOOST_AUTO_TEST_SUITE(backend_cpu)

using namespace skald;

namespace {

/// A user's own executor: backwards, on the caller's thread, two workers by turns.
class Backwards final : public Executor {
 public:
  index_t width() const override { return 2; }
  void run(index_t parts, Task task, void* context) override {
    ++runs;
    for (index_t p = parts; p-- > 0;) task(context, p, p % 2);
  }
  int runs = 0;
};

constexpr index_t enough = CpuQueue::default_worth_threads;

std::vector<index_t> parts_of(CpuQueue& q, index_t n) {
  std::vector<index_t> order(std::size_t(n), -1);
  q.parallel(n, enough, [&](index_t part, index_t) { order[std::size_t(part)] = part; });
  return order;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_queue_spreads_parts_over_its_executor) {
  CpuQueue q = Cpu{.threads = 3}.queue();
  BOOST_TEST(q.workers() == 3);
  for (index_t n : {0, 1, 2, 50}) {
    std::vector<index_t> expected(static_cast<std::size_t>(n));
    std::iota(expected.begin(), expected.end(), 0);
    BOOST_TEST(parts_of(q, n) == expected);
  }
  BOOST_TEST(Cpu{}.queue().workers() == std::max<index_t>(1, std::thread::hardware_concurrency()));
}

BOOST_AUTO_TEST_CASE(an_executor_of_the_users_is_as_good) {
  const auto mine = std::make_shared<Backwards>();
  Cpu cpu{.executor = mine};
  cpu.prepare();
  BOOST_TEST(cpu.executor == mine);
  CpuQueue q = cpu.queue();
  BOOST_TEST(q.workers() == 2);
  std::vector<index_t> order;
  q.parallel(3, enough, [&](index_t part, index_t worker) { order.push_back(10 * part + worker); });
  BOOST_TEST((order == std::vector<index_t>{20, 11, 0}));
  BOOST_TEST(mine->runs == 1);
  order.clear();
  q.parallel(1, enough, [&](index_t part, index_t worker) { order.push_back(10 * part + worker); });
  q.parallel(0, enough, [&](index_t, index_t) { order.push_back(-1); });
  BOOST_TEST(order == std::vector<index_t>{0});
  BOOST_TEST(mine->runs == 1);  // one part needs nobody
}

BOOST_AUTO_TEST_CASE(what_is_too_small_stays_on_the_callers_thread) {
  const auto mine = std::make_shared<Backwards>();
  CpuQueue q = Cpu{.executor = mine}.queue();
  std::vector<index_t> order;
  auto note = [&](index_t part, index_t worker) { order.push_back(10 * part + worker); };
  q.parallel(3, enough - 1, note);
  BOOST_TEST((order == std::vector<index_t>{0, 10, 20}));
  BOOST_TEST(mine->runs == 0);
  q.parallel(3, enough, note);
  BOOST_TEST(mine->runs == 1);
  BOOST_TEST(q.workers(enough - 1) == 1);
  BOOST_TEST(q.workers(enough) == 2);
  BOOST_TEST((Cpu{.executor = mine, .worth_threads = 7}.queue().workers(7) == 2));
}

BOOST_AUTO_TEST_CASE(a_prepared_backend_shares_one_pool) {
  Cpu cpu{.threads = 2};
  BOOST_TEST(cpu.executor == nullptr);
  cpu.prepare();
  BOOST_REQUIRE(cpu.executor != nullptr);
  const Cpu copy = cpu;
  const std::shared_ptr<Executor> shared = cpu.executor;
  cpu.prepare();
  BOOST_TEST(cpu.executor == shared);
  BOOST_TEST(shared.use_count() == 3);
  const CpuQueue q = copy.queue();
  BOOST_TEST(shared.use_count() == 4);
  BOOST_TEST(q.workers() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
