// Names and default template arguments, for headers that only mention them.
#pragma once
#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

// Precisions and plans
struct fp32;
struct fp16;
struct bf16;
struct int8;

// Backends
struct Reference;
struct Bare;
struct Cpu;

// Arch
struct FromConfig;
struct ModelSpec;

}  // namespace skald
