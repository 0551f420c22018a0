// From reset to the program: the vector table, .data and .bss, the floating point and vector unit, a painted stack.
#include <cstdint>

#include "../device.hpp"

extern "C" {
// Set by sections.ld; only their addresses mean something.
extern std::uint32_t stack_bottom, stack_top, data_image, data_begin, data_end, bss_begin, bss_end;

void reset_handler();
void fault_handler();
[[noreturn, gnu::used]] void report_fault();
}

namespace {

constexpr std::uint32_t paint = 0x5A5A5A5Au;

struct Vectors {
  std::uint32_t* stack;
  void (*handler[15])();
};

volatile std::uint32_t& at(std::uint32_t address) { return *reinterpret_cast<volatile std::uint32_t*>(address); }

}  // namespace

// Reset, NMI, HardFault, MemManage, BusFault, UsageFault, SecureFault, ..., SysTick: nothing interrupts this program.
[[gnu::section(".vectors"), gnu::used]] const Vectors vectors{
    &stack_top,
    {reset_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
     fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
     fault_handler}};

// Until memory stands, no function may be called and no floating point be used.
void reset_handler() {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  at(0xE000ED88u) |= 0xFu << 20;  // CPACR: full access to coprocessors 10 and 11
  asm volatile("dsb\n isb" ::: "memory");
#endif
  const std::uint32_t* from = &data_image;
  for (volatile std::uint32_t* to = &data_begin; to < &data_end; ++to) *to = *from++;
  for (volatile std::uint32_t* to = &bss_begin; to < &bss_end; ++to) *to = 0;

  std::uint32_t* here;
  asm volatile("mov %0, sp" : "=r"(here));
  for (volatile std::uint32_t* to = &stack_bottom; to < here; ++to) *to = paint;

  at(0xE000E014u) = 0x00FFFFFFu;  // SysTick: reload, value, then on at the processor's clock without an interrupt
  at(0xE000E018u) = 0;
  at(0xE000E010u) = 5;
  device::stop(tell_story());
}

// A stack that overflowed is no place to stand on.
[[gnu::naked]] void fault_handler() {
  asm volatile("ldr r0, =stack_top\n msr msp, r0\n b report_fault");
}

void report_fault() {
  device::write("\nfirmware failed: processor fault\n");
  device::stop(3);
}

namespace device {

const std::uint32_t tick_range = 1u << 24;

std::uint32_t ticks() { return 0x00FFFFFFu - at(0xE000E018u); }

std::uint32_t stack_used() {
  const volatile std::uint32_t* untouched = &stack_bottom;
  while (untouched < &stack_top && *untouched == paint) ++untouched;
  return static_cast<std::uint32_t>((&stack_top - untouched) * sizeof(std::uint32_t));
}

std::uint32_t stack_size() {
  return static_cast<std::uint32_t>((&stack_top - &stack_bottom) * sizeof(std::uint32_t));
}

}  // namespace device
