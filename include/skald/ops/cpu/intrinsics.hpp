// The instructions of x86 and ARM by name. Kernels that use more than the baseline stand between SKALD_TARGET_BEGIN and
// SKALD_TARGET_END and call nothing but each other and intrinsics: a shared function compiled there would run
// everywhere.
#pragma once
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
