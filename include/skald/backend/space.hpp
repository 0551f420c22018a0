// Memory spaces: where bytes live. Pointers carry their space, so reading device memory on the host does not compile.
#pragma once
#include <concepts>
#include <cstring>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// | expression                     | result            | meaning                                        |
/// |--------------------------------|-------------------|------------------------------------------------|
/// | S::ptr<T>                      | pointer-like      | + n, -, bool, null from {}                     |
/// | S::cast<T>(ptr<std::byte>)     | S::ptr<T>         | the same bytes as another type                 |
/// | S::address(ptr<std::byte>)     | const std::byte*  | as weights hold it: for kernels, not the host  |
/// | S::copy(to, from, bytes)       | void              | within the space, done on return               |
template <class S>
concept MemorySpace = requires(typename S::template ptr<std::byte> p, std::size_t n) {
  { S::template cast<float>(p) } -> std::same_as<typename S::template ptr<float>>;
  { S::address(p) } -> std::same_as<const std::byte*>;
  { S::copy(p, p, n) } -> std::same_as<void>;
};

/// The memory of this process.
struct Host {
  template <class T> using ptr = T*;
  template <class T> static T* cast(std::byte* p) { return reinterpret_cast<T*>(p); }
  static const std::byte* address(std::byte* p) { return p; }
  static void copy(std::byte* to, const std::byte* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
};

static_assert(MemorySpace<Host>);

/// Whether a space's memory can be read here and now.
template <class S> inline constexpr bool is_host = std::is_same_v<typename S::template ptr<float>, float*>;

}  // namespace skald
