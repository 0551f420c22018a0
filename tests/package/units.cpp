// Runs the same work as compiled with different flags, in one program: each unit must give the same tokens.
#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>

extern "C" {
int run_baseline(const char*, int*, int);
int run_noexcept(const char*, int*, int);
int run_v3(const char*, int*, int);
int run_native(const char*, int*, int);
}

namespace {

struct Unit {
  const char* name;
  bool supported;
  int (*run)(const char*, int*, int);
};

}  // namespace

int main(int, char** arguments) {
  std::array<int, 24> expected{};
  const int length = run_baseline(arguments[1], expected.data(), int(expected.size()));
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  bool same = length > 6;
  for (const Unit& unit :
       {Unit{"noexcept", true, run_noexcept}, Unit{"x86-64-v3", v3, run_v3}, Unit{"native", true, run_native}}) {
    std::array<int, 24> found{};
    if (!unit.supported) {
      std::printf("%s: not on this machine\n", unit.name);
      continue;
    }
    const bool equal = unit.run(arguments[1], found.data(), int(found.size())) == length && found == expected;
    std::printf("%s: %d tokens %s\n", unit.name, length, equal ? "as the baseline" : "other than the baseline");
    same = same && equal;
  }
  return same ? 0 : 1;
}
