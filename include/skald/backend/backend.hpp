// Where bytes live and which kernels run.
#pragma once
#include "skald/backend/queue.hpp"

namespace skald::inline SKALD_ABI {

/// | expression     | result        | meaning                                                                   |
/// |----------------|---------------|---------------------------------------------------------------------------|
/// | B::name        | string        | "cpu"                                                                     |
/// | B::Space       | MemorySpace   |                                                                           |
/// | B::Queue       | Queue         | one lane; `b.queue()` makes one where the backend has a heap              |
/// | B::Memory      | move-only     | owner of bytes: data(), size(), and Memory::allocate(n, m) with a heap    |
/// | B::Kernels     | struct        | static members, inheriting their fallback (ops/reference/kernels.hpp)     |
/// | b.prepare()    | void          | optional: makes what the queues of one model share, once, when it is loaded |
/// A backend object is a small value; a wrapping backend (an observer, a reproducible policy) replaces Kernels.
/// See docs/backends.md.
template <class B>
concept Backend = requires {
  { B::name } -> std::convertible_to<const char*>;
  requires MemorySpace<typename B::Space>;
  requires Queue<typename B::Queue>;
  typename B::Memory;
  typename B::Kernels;
};

/// A backend that makes queues and memory by itself: every one but Bare.
template <class B>
concept HeapBackend = Backend<B> && requires(const B& b, typename B::Memory& m, std::size_t n) {
  { b.queue() } -> std::same_as<typename B::Queue>;
  { B::Memory::allocate(n, m) } -> std::same_as<Fault>;
};

}  // namespace skald
