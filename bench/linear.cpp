// y = x W^T of few rows, weights streamed from memory: seconds, bytes of weights a second, and the share of what the
// machine reads at best, probed before each sample. The machine may be shared: shares are medians of nine ratios.
//
//   bench_linear [--json] [--reproducible] [--samples 9] [--memory 512] [--precision nf4] [--level avx2] [--threads 1]
//                [--rows 1] [--shape 2048x8192]
//
// The last five may be given several times; a shape is inputs x outputs. `bf16_bf16` and `nf4_bf16` compute in bf16,
// `int8_int8` as LLM.int8() does. --reproducible: also how many times as long the kernels of Reproducible<Cpu> take, by
// turns. plot_linear.py draws what --json prints.
#include <skald/cpu.hpp>
#include <skald/ops/reproducible.hpp>
#include <skald/precision/plan.hpp>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "ceilings.hpp"

namespace {

using namespace skald;

struct Shape {
  index_t in, out;
};

struct Options {
  bool json = false, reproducible = false;
  std::size_t samples = 9, memory = 512;  ///< MiB that the ceiling is read from, half of that for weights
  std::vector<std::string> precisions;
  std::vector<InstructionSet> levels;
  std::vector<int> threads;
  std::vector<index_t> rows;
  std::vector<Shape> shapes;
};

struct Sample {
  double seconds, rate, share, reproducible;
};

constexpr const char* names[] = {"portable", "neon", "avx2", "avx512", "best"};

Options options_of(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    if (key == "--json" || key == "--reproducible") {
      (key == "--json" ? o.json : o.reproducible) = true;
      continue;
    }
    if (++i == argc) std::exit((std::fprintf(stderr, "%s: a value is missing\n", key.c_str()), 2));
    const std::string value = argv[i];
    const std::size_t x = value.find('x');
    if (key == "--precision") o.precisions.push_back(value);
    else if (key == "--threads") o.threads.push_back(std::stoi(value));
    else if (key == "--rows") o.rows.push_back(std::stoi(value));
    else if (key == "--samples") o.samples = std::size_t(std::max(1, std::stoi(value)));
    else if (key == "--memory") o.memory = std::size_t(std::max(64, std::stoi(value)));
    else if (key == "--shape" && x != value.npos)
      o.shapes.push_back({std::stoi(value), std::stoi(value.substr(x + 1))});
    else if (key == "--level" && std::find(names, std::end(names), value) != std::end(names))
      o.levels.push_back(InstructionSet(std::find(names, std::end(names), value) - names));
    else std::exit((std::fprintf(stderr, "%s %s: unknown\n", key.c_str(), value.c_str()), 2));
  }
  if (o.levels.empty()) o.levels = {InstructionSet::best};
  if (o.threads.empty()) o.threads = {1, int(std::thread::hardware_concurrency())};
  if (o.rows.empty()) o.rows = {1, 2, 4, 8};
  if (o.shapes.empty())
    o.shapes = {{4096, 4096}, {2048, 2048}, {2048, 512}, {2048, 8192}, {8192, 2048}, {2048, 128256}};
  return o;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class P>
Sample measure(const Shape& s, index_t rows, const Options& o, CpuQueue& queue, ThreadPool& pool, bench::Arena& arena,
               const std::vector<Weight<OneOf<P>>>& copies, std::size_t& turn) {
  std::vector<float> x(std::size_t(rows * s.in), 0.5f), y(std::size_t(rows * s.out));
  const MatrixView<Host> from(x.data(), rows, s.in), to(y.data(), rows, s.out);
  const std::size_t bytes = P::bytes(s.out, s.in), times = std::max<std::size_t>(1, (std::size_t(16) << 20) / bytes);
  const auto time = [&]<class K>(std::type_identity<K>, int runs, std::size_t products) {
    return bench::best_seconds(runs, [&] {
      for (std::size_t k = 0; k < products; ++k)
        K::template linear<K>(queue, from, Product{&copies[turn++ % copies.size()], nullptr, to});
    }) / double(products);
  };
  std::vector<Sample> samples;
  std::vector<double> slower;
  for (std::size_t i = 0; i < o.samples; ++i) {  // best of six either way
    const double ceiling = bench::read_bandwidth(pool, arena);
    const double t = time(std::type_identity<CpuKernels>{}, 6, times);
    samples.push_back({t, double(bytes) / t, double(bytes) / t / ceiling, 0});
    if (o.reproducible) slower.push_back(time(std::type_identity<ReproducibleKernels>{}, 1, 1) / t);
  }
  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.share < b.share; });
  Sample middle = samples[samples.size() / 2];
  if (o.reproducible) middle.reproducible = median(slower);
  return middle;
}

template <class P, class Set>
void run(const char* name, const Options& o, Set set) {
  if (!o.precisions.empty() && std::find(o.precisions.begin(), o.precisions.end(), name) == o.precisions.end()) return;
  for (const Shape& s : o.shapes) {
    const std::size_t bytes = P::bytes(s.out, s.in), step = (bytes + 64) / 64 * 64 + 8;  // as a file has them: anywhere
    bench::Arena weights(std::max<std::size_t>(step + (2 << 20), o.memory << 19));
    P::encode([](index_t r, index_t c, float* to, index_t n) {
      for (index_t i = 0; i < n; ++i) to[i] = float((r * 31 + (c + i) * 17) % 101 - 50) / 50;
    }, s.out, s.in, weights.data());
    std::vector<Weight<OneOf<P>>> copies(weights.size() / step);
    for (std::size_t k = 0; k < copies.size(); ++k) {
      if (k > 0) std::memcpy(weights.data() + k * step, weights.data(), bytes);
      typename P::Parts parts = P::parts(weights.data() + k * step, s.out, s.in);
      set(parts);
      copies[k].template set<P>(parts);
    }
    bench::Arena arena(o.memory << 20);
    std::size_t turn = 0;
    for (const InstructionSet level : o.levels)
      for (const int threads : o.threads) {
        const auto pool = std::make_shared<ThreadPool>(threads);
        CpuQueue queue = Cpu{.executor = pool, .instruction_set = level}.queue();
        for (const index_t rows : o.rows) {
          const Sample m = measure<P>(s, rows, o, queue, *pool, arena, copies, turn);
          std::printf(o.json ? "{\"precision\": \"%s\", \"level\": \"%s\", \"threads\": %d, \"in\": %td, \"out\": %td, "
                               "\"rows\": %td, \"seconds\": %.4g, \"bytes_per_second\": %.4g, \"share\": %.3f"
                             : "%-10s %-8s %d threads  %5td x %-6td  %td rows  %9.3g s  %8.3g B/s  %5.3f of ceiling",
                      name, skald::name(queue.features()), threads, s.in, s.out, rows, m.seconds, m.rate, m.share);
          if (o.reproducible)
            std::printf(o.json ? ", \"reproducible\": %.2f" : "  reproducible %.1f x", m.reproducible);
          std::printf(o.json ? "}\n" : "\n");
          std::fflush(stdout);
        }
      }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = options_of(argc, argv);
  const auto exact = [](auto&) {};
  const auto in_bf16 = [](auto& parts) { parts.compute = ComputeType::bf16; };
  const auto in_int8 = [](auto& parts) { parts.compute = ComputeType::int8; };
  run<fp32>("fp32", o, exact);
  run<bf16>("bf16", o, exact);
  run<bf16>("bf16_bf16", o, in_bf16);
  run<fp16>("fp16", o, exact);
  run<int8>("int8", o, exact);
  run<int8>("int8_int8", o, [](auto& parts) { parts.llm_int8_threshold = 6; });
  run<nf4>("nf4", o, exact);
  run<nf4>("nf4_bf16", o, in_bf16);
  run<nf4>("nf4_int8", o, in_int8);
  run<nf4_double>("nf4_double", o, exact);
  run<nf4_double>("nf4_double_bf16", o, in_bf16);
}
