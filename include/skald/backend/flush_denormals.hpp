// Numbers below 1e-38 count as zero while kernels run: some processors take a hundred cycles for each.
#pragma once
#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// Sets the flags of this thread that make denormal inputs and results zero (x86: MXCSR.FTZ and DAZ, AArch64: FPCR.FZ),
/// and at the end puts them back as they were. One read where they are set already. Elsewhere it does nothing.
class FlushDenormals {
 public:
  FlushDenormals() : before_(read()) {
    if ((before_ & flags) != flags) write(before_ | flags);
  }
  ~FlushDenormals() {
    if ((before_ & flags) != flags) write(before_);
  }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

  /// Whether they are set on this thread; true where there is nothing to set.
  static bool active() { return (read() & flags) == flags; }

 private:
#if defined(__x86_64__)
  using Register = std::uint32_t;
  static constexpr Register flags = 1u << 15 | 1u << 6;
  static Register read() { return __builtin_ia32_stmxcsr(); }
  static void write(Register r) {
    __builtin_ia32_ldmxcsr(r);
    asm volatile("" : : : "memory");  // what is computed for memory stays on its side
  }
#elif defined(__aarch64__)
  using Register = std::uint64_t;
  static constexpr Register flags = std::uint64_t{1} << 24;
  static Register read() {
    Register r;
    asm volatile("mrs %0, fpcr" : "=r"(r));
    return r;
  }
  static void write(Register r) { asm volatile("msr fpcr, %0" : : "r"(r) : "memory"); }
#else
  using Register = std::uint32_t;
  static constexpr Register flags = 0;
  static Register read() { return 0; }
  static void write(Register) {}
#endif

  Register before_;
};

}  // namespace skald
