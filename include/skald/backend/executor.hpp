// Who runs the parts of one operation: a pool of ours, or the caller's own job system.
#pragma once
#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// Runs task(context, part, worker) for every part in [0, parts), in any order, on any threads, and returns when all
/// are done. `worker` in [0, width()) tells concurrent calls of one run apart. Several sessions may call run() at once,
/// and a task may. Tasks throw nothing.
class Executor {
 public:
  using Task = void (*)(void* context, index_t part, index_t worker);

  virtual ~Executor() = default;
  virtual index_t width() const = 0;
  virtual void run(index_t parts, Task task, void* context) = 0;
};

}  // namespace skald
