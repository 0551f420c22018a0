// The processor with all its cores: Eigen, xsimd, threads.
#pragma once
#include <memory>
#include <utility>

#include "skald/backend/backend.hpp"
#include "skald/backend/cpu_features.hpp"
#include "skald/backend/flush_denormals.hpp"
#include "skald/backend/heap_storage.hpp"
#include "skald/backend/host_memory.hpp"
#include "skald/backend/host_queue.hpp"
#include "skald/backend/thread_pool.hpp"

namespace skald::inline SKALD_ABI {

struct CpuKernels;  // ops/cpu/kernels.hpp

/// A host lane whose operations are spread over an executor.
class CpuQueue : public HostLane<HostMemory> {
 public:
  explicit CpuQueue(std::shared_ptr<Executor> executor, const CpuFeatures& features = CpuFeatures::detect(),
                    index_t worth_threads = default_worth_threads)
      : executor_(std::move(executor)), features_(features), worth_threads_(worth_threads) {}

  /// Some microseconds of one core: below that, waking another costs more than it saves.
  static constexpr index_t default_worth_threads = index_t{1} << 18;

  index_t workers() const { return executor_->width(); }
  /// What its kernels may use.
  const CpuFeatures& features() const { return features_; }

  /// Held by a forward on the thread that records it, where operations then need not do it each.
  FlushDenormals working() const { return {}; }

  /// How many share an operation of this cost, in multiply-adds or what takes as long: small ones stay on the caller's
  /// thread.
  index_t workers(index_t cost) const { return cost < worth_threads_ ? 1 : workers(); }

  /// f(part, worker) for every part, over workers(cost); what a part computes must not depend on the worker. `cost`: of
  /// all parts together.
  template <class F>
  void parallel(index_t parts, index_t cost, F&& f) {
    if (parts <= 1 || cost < worth_threads_) {
      const FlushDenormals flush;
      for (index_t part = 0; part < parts; ++part) f(part, index_t{0});
      return;
    }
    share(parts, [&f](index_t part, index_t worker) {
      const FlushDenormals flush;
      f(part, worker);
    });
  }

  /// The same whatever it costs, with the floating-point state of each thread as it is: what is exact at load.
  template <class F>
  void share(index_t parts, F&& f) {
    using G = std::remove_reference_t<F>;
    executor_->run(parts, [](void* g, index_t part, index_t worker) { (*static_cast<G*>(g))(part, worker); }, &f);
  }

 private:
  std::shared_ptr<Executor> executor_;
  CpuFeatures features_;
  index_t worth_threads_;
};

/// `Cpu{}`: all cores; `Cpu{.threads = 2}`; `Cpu{.executor = mine}`: the caller's own;
/// `Cpu{.instruction_set = InstructionSet::avx2}`: no more than that. The pool starts no thread before
/// the first operation, and copies of one Cpu object share it once `prepare()` made it: loading a model does that.
/// Derive from it for kernels of your own: `struct Mine : skald::Cpu { using Kernels = MyKernels; };`
struct Cpu {
  static constexpr const char* name = "cpu";
  using Space = Host;
  using Memory = HostMemory;
  using Queue = CpuQueue;
  using Kernels = CpuKernels;

  int threads = 0;                     ///< 0: all cores
  std::shared_ptr<Executor> executor{};
  InstructionSet instruction_set = InstructionSet::best;
  index_t worth_threads = Queue::default_worth_threads;  ///< multiply-adds of the smallest operation that is shared out

  void prepare() {
    if (!executor) executor = std::make_shared<ThreadPool>(threads);
  }
  Queue queue() const {
    return Queue(executor ? executor : std::make_shared<ThreadPool>(threads), CpuFeatures::detect(instruction_set),
                 worth_threads);
  }
};

static_assert(HeapBackend<Cpu>);

}  // namespace skald
