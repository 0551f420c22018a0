#include "skald/backend/thread_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>
#include <vector>

using namespace skald;

namespace {

/// How often every part ran, who ran it, and whether a worker was in two places at once.
struct Record {
  explicit Record(index_t parts, index_t width) : runs(std::size_t(parts)), busy(std::size_t(width)) {}
  static void task(void* self, index_t part, index_t worker) {
    auto& r = *static_cast<Record*>(self);
    if (worker < 0 || worker >= index_t(r.busy.size())) {
      r.outside = true;
      return;
    }
    if (r.busy[std::size_t(worker)].exchange(true)) r.clash = true;
    r.runs[std::size_t(part)].fetch_add(1);
    for (int i = 0; i < 50; ++i) r.work.fetch_add(1, std::memory_order_relaxed);
    r.busy[std::size_t(worker)].store(false);
  }
  bool once() const {
    for (const auto& n : runs)
      if (n != 1) return false;
    return !clash && !outside;
  }

  std::vector<std::atomic<int>> runs;
  std::vector<std::atomic<bool>> busy;
  std::atomic<long> work{0};
  std::atomic<bool> clash{false}, outside{false};
};

bool all_parts_once(Executor& pool, index_t parts) {
  Record record(parts, pool.width());
  pool.run(parts, Record::task, &record);
  return record.once();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backend_thread_pool)

BOOST_AUTO_TEST_CASE(every_part_runs_once) {
  for (int threads : {1, 2, 3, 5}) {
    ThreadPool pool(threads);
    BOOST_TEST(pool.width() == threads);
    for (index_t parts : {0, 1, 2, 3, 7, 100, 1000}) BOOST_TEST(all_parts_once(pool, parts));
  }
}

BOOST_AUTO_TEST_CASE(many_runs_in_a_row) {
  ThreadPool pool(3);
  bool good = true;
  for (int i = 0; i < 3000; ++i) good = good && all_parts_once(pool, i % 9);
  BOOST_TEST(good);
}

BOOST_AUTO_TEST_CASE(zero_is_all_cores) {
  const index_t cores = std::thread::hardware_concurrency();
  BOOST_TEST(ThreadPool(0).width() == std::max<index_t>(1, cores));
  BOOST_TEST(ThreadPool().width() == std::max<index_t>(1, cores));
}

BOOST_AUTO_TEST_CASE(one_wide_it_stays_on_the_callers_thread) {
  ThreadPool pool(1);
  struct Seen {
    std::set<std::thread::id> threads;
    std::vector<index_t> parts;
  } seen;
  pool.run(5, [](void* s, index_t part, index_t worker) {
    static_cast<Seen*>(s)->threads.insert(std::this_thread::get_id());
    static_cast<Seen*>(s)->parts.push_back(part + 100 * worker);
  }, &seen);
  BOOST_TEST((seen.threads == std::set{std::this_thread::get_id()}));
  BOOST_TEST((seen.parts == std::vector<index_t>{0, 1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(all_workers_take_part) {
  ThreadPool pool(3);
  // Each of three parts waits until all three have begun: with fewer threads this would not end.
  std::atomic<int> begun{0};
  pool.run(3, [](void* b, index_t, index_t) {
    auto& n = *static_cast<std::atomic<int>*>(b);
    ++n;
    while (n < 3) std::this_thread::yield();
  }, &begun);
  BOOST_TEST(begun == 3);
}

BOOST_AUTO_TEST_CASE(several_sessions_may_call_at_once) {
  ThreadPool pool(3);
  std::atomic<int> good{0};
  std::vector<std::thread> sessions;
  for (int s = 0; s < 4; ++s)
    sessions.emplace_back([&] {
      for (int i = 0; i < 300; ++i) good += all_parts_once(pool, 1 + i % 7);
    });
  for (auto& t : sessions) t.join();
  BOOST_TEST(good == 1200);
}

BOOST_AUTO_TEST_CASE(a_task_may_call_run) {
  ThreadPool pool(2);
  struct Outer {
    ThreadPool& pool;
    std::atomic<int> good{0};
  } outer{pool};
  pool.run(6, [](void* o, index_t, index_t) {
    auto& self = *static_cast<Outer*>(o);
    self.good += all_parts_once(self.pool, 5);
  }, &outer);
  BOOST_TEST(outer.good == 6);
  BOOST_TEST(all_parts_once(pool, 5));
}

BOOST_AUTO_TEST_SUITE_END()
