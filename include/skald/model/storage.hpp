// Who keeps a model's bytes alive: nobody of ours where the caller does, as firmware does.
#pragma once
#include <type_traits>

#include "skald/backend/backend.hpp"

namespace skald::inline SKALD_ABI {

/// The mapped files and what was converted: backend/heap_storage.hpp, which brings the standard's owning pointers and
/// so stays out of skald/core.hpp.
template <class B>
struct HeapStorage;

struct NoStorage {};

template <class B>
using ModelStorage = std::conditional_t<HeapBackend<B>, HeapStorage<B>, NoStorage>;

}  // namespace skald
