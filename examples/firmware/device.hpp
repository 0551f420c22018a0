// What a story needs of the device it runs on: cortex_m/ and hosted/ each have these functions, and so has your board.
#pragma once
#include <cstdint>
#include <string_view>

/// The program. The device calls it when it is ready, and stops with what it returns: 0 is success.
int tell_story();

namespace device {

/// Shows a piece of text, as soon as it is there.
void write(std::string_view text);

/// Counts up, at 32 bits or less: differences are taken modulo `tick_range`. Cortex-M: clocks; else microseconds.
std::uint32_t ticks();
extern const std::uint32_t tick_range;

/// Most bytes of stack that were ever used, and how many there are. 0: this device does not say.
std::uint32_t stack_used();
std::uint32_t stack_size();

/// The end, for QEMU and for tests. A product would wait for its watchdog here.
[[noreturn]] void stop(int status);

}  // namespace device
