// A persistent pool: threads start at the first run that can use them, spin for a moment after each and then sleep.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include "skald/backend/executor.hpp"

namespace skald::inline SKALD_ABI {

/// Parts go to whoever is free; results never depend on the number of threads as long as parts do not. Nobody waits
/// for a thread that claimed nothing: one that the system does not run costs no time. An empty run takes less than a
/// microsecond while the threads spin, and a system call more when they sleep.
class ThreadPool final : public Executor {
 public:
  /// How long a thread looks for work before it sleeps. The operations of a step follow each other faster; beyond it a
  /// core is worth more to others. A clock measures it, so that a crowded machine does not stretch it.
  static constexpr std::chrono::microseconds spinning{50};

  /// 0: all cores of this machine.
  explicit ThreadPool(int threads = 0)
      : width_(threads > 0 ? threads : std::max(1, int(std::thread::hardware_concurrency()))),
        shares_(std::int32_t(4 * width_)) {}

  ~ThreadPool() override {
    stop_.store(true);
    wake();
    for (auto& t : threads_) t.join();
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  index_t width() const override { return width_; }

  /// The calling thread works too. While another session holds the pool, or from inside a task, the caller does all
  /// parts itself.
  void run(index_t parts, Task task, void* context) override {
    if (parts <= 1 || width_ == 1 || parts > std::numeric_limits<std::int32_t>::max() ||
        taken_.exchange(true, std::memory_order_acquire)) {
      for (index_t p = 0; p < parts; ++p) task(context, p, 0);
      return;
    }
    const Turn turn{taken_};
    while (index_t(threads_.size()) + 1 < width_)
      threads_.emplace_back([this, worker = index_t(threads_.size()) + 1] { serve(worker); });
    task_ = task;
    context_ = context;
    parts_ = std::int32_t(parts);
    unfinished_.store(parts_, std::memory_order_relaxed);
    left_.store(parts_);
    if (sleeping_.load() > 0) wake();
    finish(claim(0));
    const auto done = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
    while (!done() && !spin_until(done)) {
      const std::int32_t n = unfinished_.load(std::memory_order_acquire);
      if (n != 0) unfinished_.wait(n);
    }
  }

 private:
  /// One run at a time. Not a mutex: its owner may ask again, from inside a task.
  struct Turn {
    std::atomic<bool>& taken;
    ~Turn() { taken.store(false, std::memory_order_release); }
  };

  /// Does parts until none is left and returns how many. Whoever takes some down owns parts of the run that stands, so
  /// what describes the run does not change until they are finished. Many at first, single ones at the end: threads
  /// meet seldom and are done at the same time.
  std::int32_t claim(index_t worker) {
    std::int32_t done = 0, left = left_.load(std::memory_order_relaxed);
    while (left > 0) {
      const std::int32_t take = std::max(1, left / shares_);
      if (!left_.compare_exchange_weak(left, left - take, std::memory_order_acquire, std::memory_order_relaxed))
        continue;
      const std::int32_t first = parts_ - left;
      for (std::int32_t p = first; p < first + take; ++p) task_(context_, p, worker);
      done += take;
      left = left_.load(std::memory_order_relaxed);
    }
    return done;
  }

  void finish(std::int32_t parts) {
    if (parts > 0 && unfinished_.fetch_sub(parts, std::memory_order_acq_rel) == parts) unfinished_.notify_one();
  }

  void serve(index_t worker) {
    while (!stop_.load(std::memory_order_relaxed)) {
      finish(claim(worker));
      const auto work = [&] {
        return left_.load(std::memory_order_relaxed) > 0 || stop_.load(std::memory_order_relaxed);
      };
      if (spin_until(work)) continue;
      // run() looks for sleepers after it left work, and this for work after it is counted: one of the two sees.
      sleeping_.fetch_add(1);
      const std::uint32_t calls = calls_.load();
      if (left_.load() <= 0 && !stop_.load()) calls_.wait(calls);
      sleeping_.fetch_sub(1);
    }
  }

  void wake() {
    calls_.fetch_add(1);
    calls_.notify_all();
  }

  static void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb");  // as long as a pause; `yield` does nothing on most cores
#endif
  }

  /// False when nothing came in time.
  template <class F>
  static bool spin_until(F&& f) {
    const auto start = std::chrono::steady_clock::now();
    do
      for (int i = 0; i < 32; ++i) {
        if (f()) return true;
        pause();
      }
    while (std::chrono::steady_clock::now() - start < spinning);
    return false;
  }

  const index_t width_;
  const std::int32_t shares_;
  std::vector<std::thread> threads_;
  // What a run is; whoever holds `taken_` writes it while nothing is left and nothing unfinished.
  Task task_ = nullptr;
  void* context_ = nullptr;
  std::int32_t parts_ = 0;
  // Each on a cache line of its own: all threads write the first two.
  alignas(64) std::atomic<std::int32_t> left_{0};        // parts that nobody claimed
  alignas(64) std::atomic<std::int32_t> unfinished_{0};
  alignas(64) std::atomic<bool> taken_{false};
  std::atomic<bool> stop_{false};
  std::atomic<std::int32_t> sleeping_{0};
  std::atomic<std::uint32_t> calls_{0};                  // what sleepers wait for
};

}  // namespace skald
