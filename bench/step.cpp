// What a step costs around its matrices, in microseconds; the smallest of several rounds, all cases by turns.
//   tiny      a llama of hidden size 64, 2 layers, vocabulary 512: a token of generate(), 64 after a prompt of 16
//   empty 1B  the shape of Llama-3.2-1B with kernels that do nothing but start the threads: a token of a session
//   around 1B the same, where only the products do nothing: norms, activations, attention behind a short past
//   busy      tokens a second of a session whose products are worth two threads, alone and beside a process that keeps
//             a core busy: of two threads, relative to one
//   pool      an empty run of the thread pool, spinning and asleep
//   bench_step [--rounds=N] [--json] [--only=tiny|empty|around|pool|busy]
#include <signal.h>
#include <skald/skald.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace skald;

double now() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ModelSpec llama(std::int32_t hidden, std::int32_t layers, std::int32_t heads, std::int32_t kv_heads, std::int32_t inner,
                std::int32_t vocabulary) {
  ModelSpec s;
  s.vocab_size = vocabulary;
  s.hidden_size = hidden;
  s.max_positions = 2048;
  s.tied = true;
  s.decoder.layers = layers;
  BlockSpec& b = s.decoder.kinds[0];
  b.attention.heads = heads;
  b.attention.kv_heads = kv_heads;
  b.attention.head_dim = hidden / heads;
  b.attention.scale = 1 / std::sqrt(float(hidden / heads));
  b.feed_forward.inner = inner;
  s.ropes[0].dim = hidden / heads;
  return s;
}

/// Gives every slot random numbers; `bytes` holds them.
struct Filler {
  std::vector<std::vector<float>> bytes;
  std::uint32_t drawn = 0;

  void layer(int) {}
  void matrix(Role, int, index_t rows, index_t cols, Weight<OneOf<fp32>>& slot) {
    const float* at = draw(rows * cols, std::sqrt(3.0f / float(cols)), 0.0f);
    slot.set<fp32>(fp32::parts(reinterpret_cast<const std::byte*>(at), rows, cols));
  }
  void vector(Role, int, VectorPart, index_t n, const float*& slot) { slot = draw(n, 0.3f, 1.0f); }

  const float* draw(index_t n, float scale, float around) {
    auto& to = bytes.emplace_back(std::size_t(n));
    ++drawn;
    for (index_t i = 0; i < n; ++i)
      to[std::size_t(i)] = around + scale * (2 * random_uniform({1, drawn, 0}, std::uint32_t(i)) - 1);
    return to.data();
  }
};

/// Products that do nothing but start the threads, as those of a large model do.
struct NoProducts : CpuKernels {
  template <class K, class Q, class Space, class... Sets>
  static void linear(Q& q, MatrixView<Space>, const Product<Sets, Space>&...) {
    q.parallel(4 * q.workers(), Q::default_worth_threads, [](index_t, index_t) {});
  }
  template <class K, class... Args> static void embed(Args&&...) {}
};

/// Kernels that do nothing.
struct NoKernels : NoProducts {
  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>&) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      q.parallel(rows[i].count * fact.get().heads, Q::default_worth_threads, [](index_t, index_t) {});
  }
  template <class K, class... Args> static void norm(Args&&...) {}
  template <class K, class... Args> static void activate_gated(Args&&...) {}
  template <class K, class... Args> static void add(Args&&...) {}
  template <class K, class... Args> static void gather(Args&&...) {}
  template <class K, class... Args> static void rope_table(Args&&...) {}
  template <class K, class... Args> static void rope(Args&&...) {}
  template <class K, class Q, class Rows, class... Args>
  static void store(Q&, const Rows& rows, Args&&...) {
    for (std::size_t i = 0; i < rows.size(); ++i) (void)rows[i];
  }
};
template <class KernelSet>
struct CpuWith : Cpu {
  using Kernels = KernelSet;
};

template <class B>
struct Made {
  Filler filler;
  std::vector<Transformer<B, fp32, FromConfig>> model;  // one

  Made(const ModelSpec& spec, int threads, bool filled) {
    typename Transformer<B, fp32, FromConfig>::Weights weights;
    if (filled) {
      weights.visit(spec, filler);
    } else {
      struct Shapes {
        void layer(int) {}
        void matrix(Role, int, index_t rows, index_t cols, Weight<OneOf<fp32>>& slot) {
          slot.set<fp32>(fp32::parts(nullptr, rows, cols));
        }
        void vector(Role, int, VectorPart, index_t n, const float*& slot) {
          ones.resize(std::max(ones.size(), std::size_t(n)), 1.0f);
          slot = ones.data();
        }
        std::vector<float>& ones;
      } shapes{filler.bytes.emplace_back(8192, 1.0f)};
      weights.visit(spec, shapes);
    }
    B backend;
    backend.threads = threads;
    backend.prepare();
    model.emplace_back(FromConfig{spec}, std::move(backend), std::move(weights));
  }
};

constexpr int prompt = 16, tokens = 64;

template <class Model>
double generated_token(const Model& model) {
  const std::vector<token_id> ids(prompt, 7);
  const double start = now();
  const auto out = generate(model, ids, chain(), Greedy{}, {.max_new_tokens = tokens});
  const double took = now() - start;
  if (out.sequences[0].size() != prompt + tokens) std::abort();
  return took / tokens;
}

/// A token of a session, the prompt's step left out.
template <class Model>
double session_token(const Model& model, int steps) {
  auto session = Session<Model>::create(model, {256, 256});
  SequenceSettings settings;
  settings.max_length = prompt + 1 + steps;
  SampleSearch search(std::vector<token_id>(prompt, 7), chain(), Greedy{}, stop_when(), settings);
  if (session.step(search)) std::abort();
  const double start = now();
  while (!search.finished())
    if (session.step(search)) std::abort();
  const double took = now() - start;
  search.release(session.engine().cache());
  return took / steps;
}

/// A process that keeps a core busy while it lives.
class Busy {
 public:
  Busy() : child_(fork()) {
    if (child_ == 0)
      for (volatile unsigned n = 0;;) n = n + 1;
  }
  ~Busy() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  Busy(const Busy&) = delete;

 private:
  pid_t child_;
};

double empty_run(ThreadPool& pool, bool asleep) {
  const auto nothing = [](void*, index_t, index_t) {};
  if (asleep) {
    double sum = 0;
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const double start = now();
      pool.run(8, nothing, nullptr);
      sum += now() - start;
    }
    return sum / 20;
  }
  const double start = now();
  for (int i = 0; i < 1000; ++i) pool.run(8, nothing, nullptr);
  return (now() - start) / 1000;
}

struct Case {
  std::string name;
  std::function<double()> run;
  double best = 1e30;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 20;
  bool json = false;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--rounds=", 9) == 0) rounds = std::max(1, std::atoi(argv[i] + 9));
    else if (std::strcmp(argv[i], "--json") == 0) json = true;
    else if (std::strncmp(argv[i], "--only=", 7) == 0) only = argv[i] + 7;
    else return std::fprintf(stderr, "bench_step: unknown option %s\n", argv[i]), 2;
  }
  const ModelSpec tiny = llama(64, 2, 4, 2, 192, 512);
  ModelSpec large = llama(2048, 16, 32, 8, 8192, 128256);
  const Made<Cpu> tiny_1(tiny, 1, true), tiny_2(tiny, 2, true);
  const Made<CpuWith<NoKernels>> large_1(large, 1, false), large_2(large, 2, false);
  const Made<CpuWith<NoProducts>> around_1(large, 1, false), around_2(large, 2, false);
  ThreadPool pool(2);
  std::vector<Case> cases{
      {"tiny, 1 thread", [&] { return generated_token(tiny_1.model[0]); }},
      {"tiny, 2 threads", [&] { return generated_token(tiny_2.model[0]); }},
      {"tiny, session, 1 thread", [&] { return session_token(tiny_1.model[0], tokens); }},
      {"tiny, session, 2 threads", [&] { return session_token(tiny_2.model[0], tokens); }},
      {"empty 1B, 1 thread", [&] { return session_token(large_1.model[0], 40); }},
      {"empty 1B, 2 threads", [&] { return session_token(large_2.model[0], 40); }},
      {"around 1B, 1 thread", [&] { return session_token(around_1.model[0], 40); }},
      {"around 1B, 2 threads", [&] { return session_token(around_2.model[0], 40); }},
      {"pool, empty run, spinning", [&] { return empty_run(pool, false); }},
      {"pool, empty run, asleep", [&] { return empty_run(pool, true); }},
  };
  std::erase_if(cases, [&](const Case& c) { return c.name.find(only) == std::string::npos; });
  for (int r = 0; r < rounds; ++r)
    for (Case& c : cases) c.best = std::min(c.best, c.run());
  double alone = 0, beside = 0;
  const bool busy = std::string("busy").find(only) == 0;
  if (busy) {
    const ModelSpec middle = llama(1024, 4, 16, 4, 4096, 8192);
    const Made<Cpu> one(middle, 1, true), two(middle, 2, true);
    const auto ratio = [&] {
      std::vector<double> ratios;
      for (int r = 0; r < 9; ++r) {
        const double of_two = session_token(two.model[0], 30);
        ratios.push_back(session_token(one.model[0], 30) / of_two);
      }
      return median(ratios);
    };
    alone = ratio();
    const Busy neighbour;
    beside = ratio();
  }
  if (json) std::printf("{\n");
  for (const Case& c : cases) std::printf(json ? "  \"%s\": %.2f,\n" : "%-32s %8.2f us\n", c.name.c_str(), c.best);
  if (busy) {
    std::printf(json ? "  \"%s\": %.3f,\n" : "%-32s %8.2f x\n", "2 threads to 1, alone", alone);
    std::printf(json ? "  \"%s\": %.3f,\n" : "%-32s %8.2f x\n", "2 threads to 1, busy neighbour", beside);
  }
  if (json) std::printf("  \"rounds\": %d\n}\n", rounds);
}
