// What skald costs a compiler: seconds, memory and object bytes of each umbrella, the quick start, one more family, one
// more precision. The compiler is run as a user would run it.
//   bench_compile_time [Google Benchmark's options]     CXX and CXXFLAGS are taken from the environment
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

struct Cost {
  double seconds = 0, megabytes = 0, object = 0;
  bool good = false;
};

/// Compiles a text once; user and system seconds of the compiler, so that a busy machine counts less.
Cost compile(const std::string& text, const std::string& flags, bool object) {
  static const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("skald_bench_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto source = folder / "unit.cpp", result = folder / "unit.o";
  std::ofstream(source) << text;
  const char* compiler = std::getenv("CXX");
  const char* more = std::getenv("CXXFLAGS");
  std::string command = std::string(compiler ? compiler : "g++")
                            .append(" -std=c++20 -I" SKALD_INCLUDE_DIR " -isystem " SKALD_EIGEN_DIR " ");
  command.append(flags).append(" ").append(more ? more : "").append(" ").append(source);
  command.append(object ? std::string(" -c -o ").append(result) : " -fsyntax-only");
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", std::string("exec ").append(command).c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  Cost cost;
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  cost.seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  cost.megabytes = double(usage.ru_maxrss) / 1024;
  cost.good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (object && cost.good) cost.object = double(std::filesystem::file_size(result));
  return cost;
}

void report(benchmark::State& state, const std::string& text, const std::string& flags, bool object) {
  Cost best;
  best.seconds = 1e30;
  for (auto _ : state) {
    const Cost cost = compile(text, flags, object);
    if (!cost.good) return state.SkipWithError("the compiler failed");
    if (cost.seconds < best.seconds) best = cost;
    state.SetIterationTime(cost.seconds);
  }
  state.counters["seconds"] = best.seconds;
  state.counters["compiler_MB"] = best.megabytes;
  if (object) state.counters["object_KB"] = best.object / 1024;
}

void add(const std::string& name, const std::string& text, const std::string& flags, bool object, int runs) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& s) { report(s, text, flags, object); })
      ->UseManualTime()->Iterations(runs)->Unit(benchmark::kMillisecond);
}

std::string model_unit(const std::string& families, const std::string& set) {
  return "#include <skald/cpu.hpp>\n#include <skald/model/pretrained.hpp>\n#include <skald/generation/generate.hpp>\n"
         "using namespace skald;\nusing Lm = Transformer<Cpu, Plan<OneOf<" +
         set +
         ">>, FromConfig>;\n"
         "int main(int, char** v) {\n  auto lm = Lm::try_from_pretrained<Pretrained<Lm, FamilyList<" +
         families +
         ">>>(v[1]);\n"
         "  return int(try_generate(*lm, std::vector<token_id>{1})->sequences.size());\n}\n";
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* header :
       {"core.hpp", "cpu.hpp", "text.hpp", "core/result.hpp", "io/checkpoint.hpp", "model/transformer.hpp",
        "model/pretrained.hpp", "generation/generate.hpp", "pipelines/auto_model.hpp", "skald.hpp"})
    add(std::string("include/skald/") + header, std::string("#include <skald/") + header + ">\n", "", false, 3);
  std::ifstream quick(SKALD_EXAMPLES_DIR "/01_quick_start.cpp");
  const std::string text{std::istreambuf_iterator<char>(quick), {}};
  add("quick_start/O2", text, "-O2 -I" SKALD_EXAMPLES_DIR " '-DSKALD_EXAMPLE_MODELS=\"\"'", true, 2);
  add("quick_start_with_compiled/O2", text, "-O2 -DSKALD_COMPILED -I" SKALD_EXAMPLES_DIR
      " '-DSKALD_EXAMPLE_MODELS=\"\"'", true, 2);
  for (const char* part : {"text", "model", "loading", "generation"})
    add(std::string("skald_compiled/") + part + "/O2", std::string("#define SKALD_COMPILED_") + part +
        "\n#include <skald/skald.hpp>\n", "-O2 -DSKALD_COMPILED", true, 1);
  using std::string;
  const string one = "families::Llama", two = "families::Llama, families::Gemma3Text";
  add("model/one_family_one_precision/O2", model_unit(one, "fp32"), "-O2", true, 3);
  add("model/two_families/O2", model_unit(two, "fp32"), "-O2", true, 3);
  add("model/two_precisions/O2", model_unit(one, "fp32, bf16"), "-O2", true, 3);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
