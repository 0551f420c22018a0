// What this machine gives at best, probed in the same run as everything else: read bandwidth and multiply-add peak.
#pragma once
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include <skald/ops/cpu/simd.hpp>

namespace bench {

/// Best of a few runs of f(), in seconds; the machine is shared and only the best run says what it can do.
template <class F>
double best_seconds(int runs, F&& f) {
  double best = 1e30;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = s < best ? s : best;
  }
  return best;
}

template <class F>
void on_threads(int threads, F&& f) {
  std::vector<std::thread> all;
  for (int t = 1; t < threads; ++t) all.emplace_back([&f, t] { f(t); });
  f(0);
  for (auto& t : all) t.join();
}

/// Bytes a second that `threads` threads read from memory: 256 MiB, far beyond the caches, as every decode reads weights.
inline double read_bandwidth(int threads) {
  static std::vector<float> data(std::size_t(64) << 20, 1.0f);
  const std::size_t each = data.size() / std::size_t(threads);
  volatile float sink = 0;
  const double s = best_seconds(4, [&] {
    on_threads(threads, [&](int t) {
      const float* from = data.data() + std::size_t(t) * each;
      sink = sink + skald::simd::reduce(skald::index_t(each), [](auto acc, auto x) { return acc + x; }, from);
    });
  });
  return double(each * std::size_t(threads)) * sizeof(float) / s;
}

/// Multiply-adds a second times two, in the registers the command line allows.
inline double peak_flops(int threads) {
  using skald::simd::Floats;
  constexpr int rounds = 1 << 20, chains = 10;
  volatile float sink = 0;
  const double s = best_seconds(4, [&] {
    on_threads(threads, [&](int) {
      Floats acc[chains];
      for (int c = 0; c < chains; ++c) acc[c] = Floats(float(c));
      const Floats a(0.999f), b(0.001f);
      for (int r = 0; r < rounds; ++r)
        for (int c = 0; c < chains; ++c) acc[c] = xsimd::fma(acc[c], a, b);
      for (int c = 1; c < chains; ++c) acc[0] = acc[0] + acc[c];
      sink = sink + skald::simd::sum(acc[0]);
    });
  });
  return 2.0 * double(rounds) * chains * double(skald::simd::width) * threads / s;
}

}  // namespace bench
