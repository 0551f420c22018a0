// Which instructions the kernels of the Cpu backend may use, beyond those that the command line allows.
#pragma once
#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// Levels that kernels are written for; each holds the ones before it that its processors have: at avx2 an ARM
/// processor uses NEON alone.
enum class InstructionSet : std::uint8_t {
  portable,  ///< what the compiler was told; no detection
  neon,      ///< what every AArch64 processor has
  avx2,      ///< AVX2, FMA, F16C
  avx512,    ///< AVX-512 F, BW, DQ, VL
  best,      ///< all that this processor has
};

/// Asked of the processor whenever a queue is made, so there is nothing global; a few nanoseconds.
struct CpuFeatures {
  bool neon = false;
  bool dot_product = false;  ///< of NEON: ARMv8.2's sdot; at `best` alone
  bool avx2 = false;
  bool avx_vnni = false;
  bool avx512 = false;
  bool avx512_vnni = false;
  bool avx512_bf16 = false;
  /// Whether AVX512_BF16 multiplies faster than float32: twice as fast on Zen 4 and 5, half as fast on Sapphire Rapids,
  /// so where the maker is AMD. By name, not by a probe, so that a program computes the same at each start.
  bool fast_bf16_pairs = false;
  bool avx512_vbmi = false;
  bool amx_bf16 = false;
  bool amx_int8 = false;

  friend constexpr bool operator==(const CpuFeatures&, const CpuFeatures&) = default;

  /// What this processor and its operating system have, at most `level`.
  static CpuFeatures detect(InstructionSet level = InstructionSet::best) {
    CpuFeatures f;
#if defined(__x86_64__)
    if (level >= InstructionSet::avx2) {
      // Two that clang 16 does not know by name; whether the registers may be used, avx2 has told.
      unsigned a = 0, b = 0, c = 0, d = 0;
      const bool f16c = __get_cpuid(1, &a, &b, &c, &d) && c & (1u << 29);
      f.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && f16c;
      f.avx_vnni = f.avx2 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && a & (1u << 4);
    }
    if (level >= InstructionSet::avx512 && f.avx2) {
      f.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
      f.avx512_vnni = f.avx512 && __builtin_cpu_supports("avx512vnni");
      f.avx512_bf16 = f.avx512 && __builtin_cpu_supports("avx512bf16");
      f.fast_bf16_pairs = f.avx512_bf16 && __builtin_cpu_is("amd");
      f.avx512_vbmi = f.avx512 && __builtin_cpu_supports("avx512vbmi");
    }
    if (level == InstructionSet::best && f.avx512) {
      unsigned a = 0, b = 0, c = 0, d = 0;
      const bool tiles = __get_cpuid_count(7, 0, &a, &b, &c, &d) && d & (1u << 24) && tiles_allowed();
      f.amx_bf16 = tiles && d & (1u << 22);
      f.amx_int8 = tiles && d & (1u << 25);
    }
#elif defined(__aarch64__)
    f.neon = level >= InstructionSet::neon;
#if defined(__linux__)
    f.dot_product = level == InstructionSet::best && getauxval(AT_HWCAP) & (1ul << 20);  // HWCAP_ASIMDDP
#elif defined(__ARM_FEATURE_DOTPROD)
    f.dot_product = level == InstructionSet::best;
#endif
#else
    (void)level;
#endif
    return f;
  }

 private:
#if defined(__x86_64__)
  /// Linux gives a process the tiles of AMX when it asks, for good; asking again costs a system call.
  static bool tiles_allowed() {
#if defined(__linux__) && defined(SYS_arch_prctl)
    constexpr long request_permission = 0x1023, tile_data = 18;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
  }
#endif
};

/// "portable", "neon", "avx2" or "avx512": the level whose kernels run.
constexpr const char* name(const CpuFeatures& f) {
  return f.avx512 ? "avx512" : f.avx2 ? "avx2" : f.neon ? "neon" : "portable";
}

}  // namespace skald
