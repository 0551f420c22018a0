// Output and the end of the program through semihosting: a debugger or QEMU answers. A product has a UART here.
#include <cstdint>

#include "../device.hpp"

namespace {

// Arm, "Semihosting for AArch32 and AArch64": the operation in r0, its argument in r1.
std::uint32_t ask(std::uint32_t operation, const void* argument) {
  register std::uint32_t r0 asm("r0") = operation;
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

}  // namespace

namespace device {

void write(std::string_view text) {
  for (const char& c : text) ask(0x03, &c);  // SYS_WRITEC
}

void stop(int status) {
  const std::uint32_t block[] = {0x20026u, static_cast<std::uint32_t>(status)};  // ADP_Stopped_ApplicationExit
  ask(0x20, block);                                                              // SYS_EXIT_EXTENDED
  for (;;) {
  }
}

}  // namespace device
