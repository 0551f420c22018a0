// The one file of macros: version, the inline namespace, and what the compiler allows.
#pragma once

// The release; CMakeLists.txt reads these three lines.
#define SKALD_VERSION_MAJOR 0
#define SKALD_VERSION_MINOR 1
#define SKALD_VERSION_PATCH 0

#if !defined(__cplusplus) || __cplusplus < 202002L
#error "skald needs C++20: compile with -std=c++20 or newer. See README.md"
#endif

#if defined(__cpp_exceptions)
#define SKALD_EXCEPTIONS 1
#define SKALD_ABI_EXCEPTIONS
#else
#define SKALD_EXCEPTIONS 0
#define SKALD_ABI_EXCEPTIONS _noexcept
#endif

#if defined(__FAST_MATH__)
#define SKALD_ABI_MATH _fastmath
#else
#define SKALD_ABI_MATH
#endif

// What the *command line* allows, empty at the baseline. Units compiled with different flags get different names for
// everything of ours, so the linker never mixes their code (docs/architecture.md, "One program, many flags").
#if defined(__AVX512FP16__)
#define SKALD_ABI_ISA _avx512fp16
#elif defined(__AVX512BF16__)
#define SKALD_ABI_ISA _avx512bf16
#elif defined(__AVX512VNNI__)
#define SKALD_ABI_ISA _avx512vnni
#elif defined(__AVX512F__)
#define SKALD_ABI_ISA _avx512
#elif defined(__AVXVNNI__)
#define SKALD_ABI_ISA _avxvnni
#elif defined(__AVX2__) && defined(__FMA__)
#define SKALD_ABI_ISA _avx2fma
#elif defined(__AVX2__)
#define SKALD_ABI_ISA _avx2
#elif defined(__AVX__)
#define SKALD_ABI_ISA _avx
#elif defined(__SSE4_2__)
#define SKALD_ABI_ISA _sse42
#elif defined(__ARM_FEATURE_SVE)
#define SKALD_ABI_ISA _sve
#elif defined(__ARM_FEATURE_MATMUL_INT8)
#define SKALD_ABI_ISA _i8mm
#elif defined(__ARM_FEATURE_DOTPROD)
#define SKALD_ABI_ISA _dotprod
#elif defined(__riscv_vector)
#define SKALD_ABI_ISA _rvv
#else
#define SKALD_ABI_ISA
#endif

#define SKALD_CONCAT_TOKENS(a, b, c, d, e, f, g, h) a##b##_##c##_##d##e##f##g##h
#define SKALD_CONCAT(a, b, c, d, e, f, g, h) SKALD_CONCAT_TOKENS(a, b, c, d, e, f, g, h)
#define SKALD_ABI                                                                                          \
  SKALD_CONCAT(v, SKALD_VERSION_MAJOR, SKALD_VERSION_MINOR, SKALD_VERSION_PATCH, SKALD_ABI_ISA, SKALD_ABI_MATH, \
               SKALD_ABI_EXCEPTIONS, )

// Empty policies take no space in the objects that hold them.
#define SKALD_NO_UNIQUE_ADDRESS [[no_unique_address]]

// Functions between the two may use the instructions named, whatever the command line allows: "avx2,fma".
#define SKALD_PRAGMA(x) _Pragma(#x)
#if defined(__clang__)
#define SKALD_TARGET_BEGIN(isa) SKALD_PRAGMA(clang attribute push(__attribute__((target(isa))), apply_to = function))
#define SKALD_TARGET_END SKALD_PRAGMA(clang attribute pop)
#else
// GCC 12 takes the undefined registers in its own <immintrin.h> for a mistake.
#define SKALD_TARGET_BEGIN(isa)                                                                  \
  SKALD_PRAGMA(GCC push_options) SKALD_PRAGMA(GCC target(isa)) SKALD_PRAGMA(GCC diagnostic push) \
  SKALD_PRAGMA(GCC diagnostic ignored "-Wmaybe-uninitialized") SKALD_PRAGMA(GCC diagnostic ignored "-Wuninitialized")
#define SKALD_TARGET_END SKALD_PRAGMA(GCC diagnostic pop) SKALD_PRAGMA(GCC pop_options)
#endif

// SKALD_COMPILED_ONCE(part, template): what most programs use stands in the library of the target skald::compiled,
// where that is linked (it defines SKALD_COMPILED), and not in each of their units. See docs/compile_time.md.
#if !defined(SKALD_COMPILED)
#define SKALD_COMPILED_ONCE(part, ...)
#else
#define SKALD_COMPILED_ONCE(part, ...) SKALD_COMPILED_##part template __VA_ARGS__;
#if !defined(SKALD_COMPILED_text)
#define SKALD_COMPILED_text extern
#endif
#if !defined(SKALD_COMPILED_model)
#define SKALD_COMPILED_model extern
#endif
#if !defined(SKALD_COMPILED_loading)
#define SKALD_COMPILED_loading extern
#endif
#if !defined(SKALD_COMPILED_generation)
#define SKALD_COMPILED_generation extern
#endif
#endif
