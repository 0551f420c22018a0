// One in-order lane of a backend: scratch, transfers, cancellation. One thread at a time.
#pragma once
#include <atomic>
#include <concepts>

#include "skald/backend/space.hpp"
#include "skald/core/fault.hpp"

namespace skald::inline SKALD_ABI {

/// | expression               | result           | meaning                                                          |
/// |--------------------------|------------------|------------------------------------------------------------------|
/// | q.take<T>(n)             | Space::ptr<T>    | n elements of scratch; cannot fail after reserve                 |
/// | q.mark(), q.release(m)   | size_t, void     | the scratch is a stack; taken when work is recorded              |
/// | q.reserve(bytes)         | Fault            | room for one step; only while nothing is taken                   |
/// | q.workers()              | index_t          | threads that may run one operation                               |
/// | q.cancel_on(flag)        | void             | `flag` stays the caller's; null: never cancelled                 |
/// | q.cancelled()            | bool             | asked between operations                                         |
/// | q.write(to, from, n)     | void             | host -> space, `from` may die on return                          |
/// | q.read(to, from, n)      | void             | space -> host, there after wait()                                |
/// | q.wait()                 | Fault            | everything recorded has run; cancelled: it was dropped instead   |
template <class Q>
concept Queue = MemorySpace<typename Q::Space> &&
                requires(Q& q, const Q& cq, std::size_t n, float* to, const float* host,
                         typename Q::Space::template ptr<float> device, index_t count, const std::atomic<bool>* flag) {
  { q.template take<float>(count) } -> std::same_as<typename Q::Space::template ptr<float>>;
  { q.mark() } -> std::same_as<std::size_t>;
  { q.release(n) } -> std::same_as<void>;
  { q.reserve(n) } -> std::same_as<Fault>;
  { cq.workers() } -> std::convertible_to<index_t>;
  { q.cancel_on(flag) } -> std::same_as<void>;
  { cq.cancelled() } -> std::same_as<bool>;
  { q.write(device, host, count) } -> std::same_as<void>;
  { q.read(to, device, count) } -> std::same_as<void>;
  { q.wait() } -> std::same_as<Fault>;
};

/// Scratch taken inside a scope is given back at its end.
template <class Q>
class ScratchScope {
 public:
  explicit ScratchScope(Q& q) : q_(q), mark_(q.mark()) {}
  ~ScratchScope() { q_.release(mark_); }
  ScratchScope(const ScratchScope&) = delete;
  ScratchScope& operator=(const ScratchScope&) = delete;

 private:
  Q& q_;
  std::size_t mark_;
};

/// What a forward holds while it records: `q.working()` where a queue has such a member, which prepares the thread.
template <class Q>
auto work_on(const Q& q) {
  if constexpr (requires { q.working(); }) return q.working();
  else return 0;
}

}  // namespace skald
