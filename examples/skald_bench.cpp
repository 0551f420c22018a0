// A roofline of a folder: for the prompt and for each token after it, every operation's share of the time, and what it
// reaches of the read bandwidth and the arithmetic that this machine shows in the same run.
#include "skald_bench.hpp"

#include <skald/ops/observed.hpp>
#include <skald/skald.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "../bench/ceilings.hpp"

using namespace skald;

namespace {

using Clock = std::chrono::steady_clock;

/// Sums by kernel and precision.
struct Roofline {
  struct Line {
    std::string name;
    long calls = 0;
    double seconds = 0, bytes = 0, flops = 0;
  };
  std::vector<Line> lines;

  void operator()(const Operation& op, std::chrono::nanoseconds time) {
    std::string name(op.name);
    if (op.precision) name.append(" ").append(op.precision);
    auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& l) { return l.name == name; });
    if (line == lines.end()) line = lines.insert(line, Line{std::move(name)});
    ++line->calls;
    line->seconds += double(time.count()) * 1e-9;
    line->bytes += op.bytes;
    line->flops += op.flops;
  }

  double seconds() const {
    double sum = 0;
    for (const Line& l : lines) sum += l.seconds;
    return sum;
  }
};

struct Ceilings {
  double bandwidth, flops;
};

void print(const char* title, Roofline& r, double wall, int tokens, const Ceilings& top, bool json) {
  std::sort(r.lines.begin(), r.lines.end(), [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  if (json) {
    std::printf("\"%s\": {\"tokens\": %d, \"seconds\": %.6g, \"tokens_per_second\": %.6g, \"operations\": [", title,
                tokens, wall, tokens / wall);
    for (const auto& l : r.lines)
      std::printf("%s{\"name\": \"%s\", \"calls\": %ld, \"seconds\": %.6g, \"bytes\": %.6g, \"flops\": %.6g}",
                  &l == r.lines.data() ? "" : ", ", l.name.c_str(), l.calls, l.seconds, l.bytes, l.flops);
    std::printf("]}");
    return;
  }
  std::printf("\n%s: %d tokens, %.1f tokens/s\n%-22s %8s %7s %9s %8s %10s %8s\n", title, tokens, tokens / wall,
              "operation", "calls", "time", "GB/s", "of read", "GFLOP/s", "of peak");
  for (const auto& l : r.lines)
    std::printf("%-22s %8ld %6.1f%% %9.2f %7.0f%% %10.2f %7.0f%%\n", l.name.c_str(), l.calls, 100 * l.seconds / wall,
                l.bytes / l.seconds * 1e-9, 100 * l.bytes / l.seconds / top.bandwidth, l.flops / l.seconds * 1e-9,
                100 * l.flops / l.seconds / top.flops);
  std::printf("%-22s %8s %6.1f%%\n", "between operations", "", 100 * (wall - r.seconds()) / wall);
}

}  // namespace

double read_bandwidth() {
  ThreadPool pool(0);  // as the Cpu backend makes it: all cores
  bench::Arena arena(std::size_t(256) << 20);
  return bench::read_bandwidth(pool, arena);
}

int run_bench(const BenchArguments& a, const AutoOptions<Cpu>& load) {
  using Backend = Observed<Cpu, Roofline>;
  Roofline prompt, decode;
  Roofline* const all[] = {&prompt, &decode};
  const auto fail = [](const Error& e) { return std::fprintf(stderr, "skald: %s\n", e.what()), 1; };

  AutoOptions<Backend> options;
  options.dtype = load.dtype;
  options.backend = Backend{load.backend, nullptr};
  options.llm_int8_activations = load.llm_int8_activations;
  options.compute_dtype = load.compute_dtype;
  const auto opened = Clock::now();
  auto lm = BasicAutoModelForCausalLM<Backend>::try_from_pretrained(a.model, options);
  if (!lm) return fail(lm.error());
  const double loading = std::chrono::duration<double>(Clock::now() - opened).count();
  const int threads = int(lm->backend().queue().workers());

  const int length = a.prompt_tokens + a.new_tokens;
  if (lm->spec().max_positions > 0 && length > lm->spec().max_positions)
    return fail(Error(FaultCode::out_of_range, "--prompt_tokens and --max_new_tokens: expected at most " +
                                                   std::to_string(lm->spec().max_positions) + " together, found " +
                                                   std::to_string(length)));
  double seconds[2] = {1e30, 1e30};
  // Twice: the first run reads the file and starts the threads.
  for (int run = 0; run < 2; ++run) {
    std::vector<token_id> ids;
    for (int i = 0; i < a.prompt_tokens; ++i) ids.push_back(token_id((7 * i + 3) % lm->vocab_size()));
    auto queue = lm->backend().queue();
    using Cache = PagedCache<Backend>;
    Cache rows;
    if (Fault f = Cache::allocate(lm->spec(), length + 1, length + 64, rows)) return fail(Error(f));
    const SeqId sequence = rows.create();
    std::vector<float> logits(std::size_t(lm->vocab_size()));
    const auto step = [&](std::span<const token_id> tokens) {
      StepBuilder builder;
      builder.add(rows, sequence, tokens, 1);
      return lm->forward(queue, builder.batch(), rows, logits.data());
    };
    for (int phase = 0; phase < 2; ++phase) {
      *all[phase] = {};
      queue.observer = all[phase];
      const auto start = Clock::now();
      if (phase == 0) {
        if (Fault f = step(ids)) return fail(Error(f));
      } else {
        for (int i = 0; i < a.new_tokens; ++i) {
          const auto best = token_id(std::max_element(logits.begin(), logits.end()) - logits.begin());
          if (Fault f = step(std::span(&best, 1))) return fail(Error(f));
        }
      }
      seconds[phase] = std::chrono::duration<double>(Clock::now() - start).count();
    }
  }
  ThreadPool pool(threads);
  bench::Arena arena(std::size_t(256) << 20);
  const Ceilings top{bench::read_bandwidth(pool, arena), bench::peak_flops(pool)};
  if (a.json) {
    std::printf("{\"model\": \"%s\", \"threads\": %d, \"load_seconds\": %.6g, \"read_bytes_per_second\": %.6g, "
                "\"flops_per_second\": %.6g, ", a.model.c_str(), threads, loading, top.bandwidth, top.flops);
  } else {
    std::printf("%s, %d thread(s), loaded in %.3f s\nthis machine: %.1f GB/s read, %.0f GFLOP/s\n", a.model.c_str(),
                threads, loading, top.bandwidth * 1e-9, top.flops * 1e-9);
  }
  print("prompt", prompt, seconds[0], a.prompt_tokens, top, a.json);
  if (a.json) std::printf(", ");
  print("decode", decode, seconds[1], a.new_tokens, top, a.json);
  if (a.json) std::printf("}\n");
  return 0;
}
