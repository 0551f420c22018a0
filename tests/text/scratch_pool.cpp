#include "skald/text/scratch_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

BOOST_AUTO_TEST_SUITE(text_scratch_pool)

namespace {

/// Counts how many of it live.
struct Counted {
  static std::atomic<int> alive;
  int users = 0;

  Counted() { ++alive; }
  ~Counted() { --alive; }
};
std::atomic<int> Counted::alive = 0;

using Pool = skald::detail::ScratchPool<Counted>;

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_given_back_is_taken_again) {
  {
    Pool pool;
    std::unique_ptr<Counted> one = pool.take();
    const Counted* const first = one.get();
    pool.give(std::move(one));
    BOOST_TEST(pool.take().get() == first);  // and is gone: nobody gave it back
    BOOST_TEST(Counted::alive == 0);
    pool.give(pool.take());
    BOOST_TEST(Counted::alive == 1);
  }
  BOOST_TEST(Counted::alive == 0);
}

BOOST_AUTO_TEST_CASE(not_more_than_a_few_are_kept) {
  Pool pool;
  std::vector<std::unique_ptr<Counted>> taken;
  for (int i = 0; i < 100; ++i) taken.push_back(pool.take());
  for (auto& one : taken) pool.give(std::move(one));
  BOOST_TEST(Counted::alive == 8);
}

BOOST_AUTO_TEST_CASE(nobody_shares) {
  Pool pool;
  std::atomic<int> shared = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        std::unique_ptr<Counted> one = pool.take();
        shared += one->users++ != 0;
        --one->users;
        pool.give(std::move(one));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(shared == 0);
}

BOOST_AUTO_TEST_SUITE_END()
