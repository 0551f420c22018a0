// A device with an operating system: Linux, here or in an emulator.
#include "../device.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace device {

void write(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

const std::uint32_t tick_range = 0x80000000u;

std::uint32_t ticks() {
  using namespace std::chrono;
  return static_cast<std::uint32_t>(duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count());
}

std::uint32_t stack_used() { return 0; }  // the system sees to it
std::uint32_t stack_size() { return 0; }

void stop(int status) { std::exit(status); }

}  // namespace device

int main() { return tell_story(); }
