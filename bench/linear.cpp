// y = x W^T for every precision and number of rows: bytes of weights and FLOPs a second, beside the machine's ceilings.
#include <benchmark/benchmark.h>
#include <skald/cpu.hpp>
#include <skald/precision/plan.hpp>

#include <string>
#include <vector>

#include "ceilings.hpp"

namespace {

using namespace skald;

template <class P>
void linear(benchmark::State& state) {
  const index_t rows = state.range(0), in = 2048, out = 2048;
  std::vector<std::byte> storage(P::bytes(out, in));
  P::encode([](index_t r, index_t c, float* to, index_t n) {
    for (index_t i = 0; i < n; ++i) to[i] = float((r * 31 + (c + i) * 17) % 101 - 50) / 50;
  }, out, in, storage.data());
  Weight<OneOf<P>> weight;
  weight.template set<P>(P::parts(storage.data(), out, in));
  std::vector<float> x(std::size_t(rows * in), 0.5f), y(std::size_t(rows * out));
  auto queue = Cpu{.threads = 2}.queue();
  const MatrixView<Host> from(x.data(), rows, in, in), to(y.data(), rows, out, out);
  for (auto _ : state) {
    CpuKernels::linear<CpuKernels>(queue, from, Product{&weight, nullptr, to});
    benchmark::DoNotOptimize(y.data());
  }
  state.counters["weights_B/s"] =
      benchmark::Counter(double(storage.size()), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["FLOP/s"] =
      benchmark::Counter(2.0 * double(rows * in * out), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK(linear<fp32>)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();
BENCHMARK(linear<bf16>)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();
BENCHMARK(linear<fp16>)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();
BENCHMARK(linear<int8>)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();
BENCHMARK(linear<nf4>)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::AddCustomContext("read_bandwidth_GB/s", std::to_string(bench::read_bandwidth(2) / 1e9));
  benchmark::AddCustomContext("peak_GFLOP/s", std::to_string(bench::peak_flops(2) / 1e9));
  benchmark::RunSpecifiedBenchmarks();
}
