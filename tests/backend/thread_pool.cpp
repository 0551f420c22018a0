#include "skald/backend/thread_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>
#include <vector>

BOOST_AUTO_TEST_SUITE(backend_thread_pool)

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

BOOST_AUTO_TEST_CASE(sleepers_wake_for_every_run) {
  ThreadPool pool(3);
  // Pauses around the time that a thread spins, so that runs meet threads that spin, fall asleep and sleep.
  bool good = true;
  for (int i = 0; i < 400; ++i) {
    std::this_thread::sleep_for(ThreadPool::spinning * (i % 5) / 2);
    good = good && all_parts_once(pool, 2 + i % 7);
  }
  BOOST_TEST(good);
}

BOOST_AUTO_TEST_CASE(the_caller_waits_for_a_part_that_takes_long) {
  ThreadPool pool(2);
  struct Parts {
    std::atomic<int> begun{0}, ended{0};
  };
  for (int i = 0; i < 20; ++i) {
    Parts parts;
    // The caller's part ends when the other has begun; the other sleeps much longer than the caller spins.
    pool.run(2, [](void* p, index_t, index_t worker) {
      auto& self = *static_cast<Parts*>(p);
      ++self.begun;
      while (self.begun < 2) std::this_thread::yield();
      if (worker == 1) std::this_thread::sleep_for(20 * ThreadPool::spinning);
      ++self.ended;
    }, &parts);
    BOOST_TEST(parts.ended == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_pool_ends_whether_its_threads_spin_or_sleep) {
  for (int i = 0; i < 40; ++i) {
    ThreadPool pool(3);
    BOOST_TEST(all_parts_once(pool, 8));
    if (i % 2) std::this_thread::sleep_for(4 * ThreadPool::spinning);
  }
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
