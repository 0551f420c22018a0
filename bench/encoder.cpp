// Seconds that an encoder takes for rows of equally many tokens, in steps as pipelines make them. One line of JSON.
//   bench_encoder FOLDER [--dtype=float32] [--compute_dtype=float32] [--threads=1] [--rows=32] [--tokens=128]
//                 [--rounds=5]
#include <skald/pipelines/auto_model.hpp>
#include <skald/pipelines/task_model.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
  using namespace skald;
  const auto option = [&](std::string_view name, const char* fallback) {
    for (int i = 2; i < argc; ++i)
      if (std::string_view(argv[i]).starts_with(name)) return argv[i] + name.size();
    return const_cast<char*>(fallback);
  };
  if (argc < 2) return std::fprintf(stderr, "bench_encoder FOLDER [options]\n"), 2;
  const int threads = std::atoi(option("--threads=", "1")), rows = std::atoi(option("--rows=", "32")),
            tokens = std::atoi(option("--tokens=", "128")), rounds = std::atoi(option("--rounds=", "5"));
  AutoOptions<Cpu> load;
  load.dtype = option("--dtype=", "float32");
  load.compute_dtype = option("--compute_dtype=", "float32");
  load.backend.threads = threads;
  const auto model = AutoModel::from_pretrained(argv[1], load);

  const int most = std::max(1, int(TaskModel<>::step_tokens) / tokens);  // rows of a step
  std::vector<token_id> ids;
  std::vector<std::int32_t> positions;
  std::vector<Row> batch;
  for (int r = 0; r < rows; ++r) {
    batch.push_back({.sequence = r % most, .first = r % most * tokens, .count = tokens});
    for (int t = 0; t < tokens; ++t) {
      ids.push_back((r * 7919 + t * 104729 + 3) % model.spec().vocab_size);
      positions.push_back(t);
    }
  }
  const int width = model.spec().hidden_size;
  std::vector<float> hidden(ids.size() * std::size_t(width));
  auto queue = model.backend().queue();
  std::vector<double> seconds;
  for (int round = -1; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    Fault f;
    for (int r = 0; r < rows && !f; r += most) {
      const auto n = std::size_t(std::min(most, rows - r)), from = std::size_t(r * tokens);
      const std::size_t size = n * std::size_t(tokens);
      f = model.encode(queue, {std::span(ids).subspan(from, size), std::span(positions).subspan(from, size),
                               std::span(batch).subspan(std::size_t(r), n), {}},
                       hidden.data() + from * std::size_t(width));
      if (!f) f = queue.wait();
    }
    if (f) return std::fprintf(stderr, "%s\n", Error(f).what()), 1;
    if (round >= 0) seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("{\"dtype\": \"%s\", \"rows\": %d, \"tokens\": %d, \"threads\": %d, \"seconds\": %.6f}\n",
              load.dtype.c_str(), rows, tokens, threads, seconds[seconds.size() / 2]);
}
