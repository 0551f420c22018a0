// A persistent pool: threads start at the first run that can use them and sleep between runs.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "skald/backend/executor.hpp"

namespace skald::inline SKALD_ABI {

/// Parts are claimed one by one, so results never depend on the number of threads as long as parts do not.
class ThreadPool final : public Executor {
 public:
  /// 0: all cores of this machine.
  explicit ThreadPool(int threads = 0)
      : width_(threads > 0 ? threads : std::max(1, int(std::thread::hardware_concurrency()))) {}

  ~ThreadPool() override {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (auto& t : threads_) t.join();
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  index_t width() const override { return width_; }

  /// The calling thread works too. While another session holds the pool, or from inside a task, the caller does all
  /// parts itself.
  void run(index_t parts, Task task, void* context) override {
    if (parts <= 1 || width_ == 1 || taken_.exchange(true, std::memory_order_acquire)) {
      for (index_t p = 0; p < parts; ++p) task(context, p, 0);
      return;
    }
    const Turn turn{taken_};
    {
      std::lock_guard lock(mutex_);
      while (index_t(threads_.size()) + 1 < width_)
        threads_.emplace_back([this, worker = index_t(threads_.size()) + 1, seen = run_] { serve(worker, seen); });
      task_ = task;
      context_ = context;
      parts_ = parts;
      next_.store(0, std::memory_order_relaxed);
      busy_ = index_t(threads_.size());
      ++run_;
    }
    wake_.notify_all();
    claim(0);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return busy_ == 0; });
  }

 private:
  /// One run at a time. Not a mutex: its owner may ask again, from inside a task.
  struct Turn {
    std::atomic<bool>& taken;
    ~Turn() { taken.store(false, std::memory_order_release); }
  };

  void claim(index_t worker) {
    for (index_t p; (p = next_.fetch_add(1, std::memory_order_relaxed)) < parts_;) task_(context_, p, worker);
  }

  void serve(index_t worker, unsigned seen) {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stop_ || run_ != seen; });
        if (stop_) return;
        seen = run_;
      }
      claim(worker);
      std::lock_guard lock(mutex_);
      if (--busy_ == 0) done_.notify_one();
    }
  }

  const index_t width_;
  std::atomic<bool> taken_{false};
  std::mutex mutex_;  // guards everything below but next_
  std::condition_variable wake_, done_;
  std::vector<std::thread> threads_;
  Task task_ = nullptr;
  void* context_ = nullptr;
  index_t parts_ = 0, busy_ = 0;
  std::atomic<index_t> next_{0};
  unsigned run_ = 0;
  bool stop_ = false;
};

}  // namespace skald
