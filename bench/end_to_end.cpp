// Generation from end to end, for every precision: tokens a second, time to the first token, memory, and the share of
// this machine's read bandwidth that decoding reaches (every weight is read once a token).
//   bench_end_to_end [FOLDER] [--threads=N] [--compute_dtype=float32|bfloat16|int8]
//     [Google Benchmark's options; --benchmark_format=json for JSON]
// int8, nf4 and fp4 quantise tables and head too; bnb_int8 and bnb_nf4 linears alone, as transformers does.
#include <benchmark/benchmark.h>
#include <skald/skald.hpp>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "ceilings.hpp"

namespace {

double bandwidth_now(int threads) {
  skald::ThreadPool pool(threads);
  bench::Arena arena(std::size_t(512) << 20);
  double best = 0;
  for (int i = 0; i < 4; ++i) best = std::max(best, bench::read_bandwidth(pool, arena));
  return best;
}

using namespace skald;

/// Resident bytes of this process, from /proc; 0 where there is none.
double resident_bytes() {
  std::ifstream status("/proc/self/statm");
  double pages = 0, resident = 0;
  status >> pages >> resident;
  return resident * 4096;
}

/// Visits the weights that one token reads: all but the tables, of which it reads a row.
struct WeightBytes {
  double bytes = 0;
  void layer(int) {}
  template <class Set>
  void matrix(Role role, int, index_t rows, index_t cols, Weight<Set>& slot) {
    if (role == Role::token_embedding || role == Role::position_embedding || role == Role::type_embedding) return;
    add(slot, rows, cols);
  }
  void vector(Role, int, VectorPart, index_t n, const float*&) { bytes += double(n) * sizeof(float); }

  template <class Set>
  void add(const Weight<Set>& slot, index_t rows, index_t cols) {
    slot.visit([&](auto p, const auto&) { bytes += double(decltype(p)::type::bytes(rows, cols)); });
  }
};

template <class Model>
double weight_bytes(const Model& model) {
  WeightBytes sum;
  auto weights = model.weights();
  weights.visit(model.spec(), sum);
  // A tied head is the table, and is read whole.
  if (model.spec().tied) sum.add(weights.tokens, model.spec().vocab_size, model.spec().hidden_size);
  return sum.bytes;
}

void end_to_end(benchmark::State& state, const std::string& folder, const std::string& dtype, int threads,
                const std::string& compute_dtype) {
  const double before = resident_bytes();
  AutoOptions<Cpu> load{.dtype = dtype, .backend = {.threads = threads}, .compute_dtype = compute_dtype};
  if (dtype.starts_with("bnb_")) {
    load.dtype = "bf16";
    load.quantization_config = BitsAndBytesConfig{
        .load_in_8bit = dtype == "bnb_int8", .load_in_4bit = dtype == "bnb_nf4", .bnb_4bit_quant_type = "nf4"};
  }
  auto lm = AutoModelForCausalLM::try_from_pretrained(folder, load);
  if (!lm) return state.SkipWithError(lm.error().what());
  const int prompt = 64, tokens = 64;
  const std::vector<token_id> ids(prompt, 1);
  double first = 0, rest = 0, n = 0;
  for (auto _ : state) {
    auto session = Session<AutoModelForCausalLM>::try_create(*lm, {prompt + tokens + 1, prompt + tokens + 64});
    SequenceSettings settings;
    settings.max_length = prompt + tokens;
    SampleSearch search(ids, chain(), Greedy{}, stop_when(), settings);
    const auto clock = [] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    };
    const double start = clock();
    if (session->step(search)) return state.SkipWithError("the prompt failed");
    const double middle = clock();
    while (!search.finished())
      if (session->step(search)) return state.SkipWithError("a step failed");
    first += middle - start;
    rest += clock() - middle;
    n += 1;
  }
  const double per_second = n * (tokens - 1) / rest;
  const double bandwidth = bandwidth_now(threads);  // beside the run, not at another time of day
  state.counters["tokens/s"] = per_second;
  state.counters["first_token_ms"] = 1e3 * first / n;
  state.counters["weights_MB"] = weight_bytes(*lm) / 1e6;
  state.counters["resident_MB"] = (resident_bytes() - before) / 1e6;
  state.counters["read_GB/s"] = weight_bytes(*lm) * per_second / 1e9;
  state.counters["of_bandwidth"] = weight_bytes(*lm) * per_second / bandwidth;
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 2;
  std::string folder = SKALD_EXAMPLE_MODELS "/skald-tales", compute_dtype;
  benchmark::Initialize(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--threads=", 10) == 0) threads = std::atoi(argv[i] + 10);
    else if (std::strncmp(argv[i], "--compute_dtype=", 16) == 0) compute_dtype = argv[i] + 16;
    else folder = argv[i];
  }
  benchmark::AddCustomContext("folder", folder);
  benchmark::AddCustomContext("threads", std::to_string(threads));
  benchmark::AddCustomContext("read_bandwidth_GB/s", std::to_string(bandwidth_now(threads) / 1e9));
  skald::ThreadPool pool(threads);
  benchmark::AddCustomContext("peak_GFLOP/s", std::to_string(bench::peak_flops(pool) / 1e9));
  for (const char* dtype : {"fp32", "bf16", "fp16", "int8", "nf4", "fp4", "bnb_int8", "bnb_nf4"})
    benchmark::RegisterBenchmark((std::string("end_to_end/") + dtype).c_str(), [=](benchmark::State& s) {
      end_to_end(s, folder, dtype, threads, compute_dtype);
    })->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
