// Writes the seeds as files, for a fuzzing engine:  fuzz_seeds <into> <folders of seeds...>
#include "support/fuzz_seeds.hpp"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::filesystem::create_directories(argv[1]);
  const auto seeds = support::fuzz_seeds({argv + 2, argv + argc});
  for (std::size_t i = 0; i < seeds.size(); ++i)
    std::ofstream(std::filesystem::path(argv[1]) / std::to_string(i), std::ios::binary) << seeds[i];
}
