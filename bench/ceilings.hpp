// What this machine gives at best, probed in the same run as everything else: read bandwidth and multiply-add peak.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <skald/backend/cpu_features.hpp>
#include <skald/backend/thread_pool.hpp>
#include <skald/ops/cpu/intrinsics.hpp>
#include <skald/ops/cpu/simd.hpp>

namespace bench {

using skald::index_t;

template <class F>
double seconds(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Best of a few runs of f(), in seconds; the machine is shared and only the best run says what it can do.
template <class F>
double best_seconds(int runs, F&& f) {
  double best = 1e30;
  for (int i = 0; i < runs; ++i) best = std::min(best, seconds(f));
  return best;
}

template <class F>
void on_threads(skald::ThreadPool& pool, F&& f) {
  pool.run(pool.width(), [](void* g, index_t part, index_t) { (*static_cast<F*>(g))(part); }, &f);
}

/// `streams` parts of n bytes side by side, as a kernel that works on several rows at once reads them; the lines
/// `ahead` bytes before they are read are fetched. Returns something of them.
using Reader = std::uint64_t (*)(const std::byte*, std::size_t n, std::size_t streams, std::size_t ahead);

inline std::uint64_t read_plain(const std::byte* from, std::size_t n, std::size_t streams, std::size_t) {
  const std::size_t each = n / streams & ~std::size_t(63);
  std::uint64_t any[8] = {};
  for (std::size_t i = 0; i < each; i += 64)
    for (std::size_t s = 0; s < streams; ++s)
      for (std::size_t k = 0; k < 8; ++k) any[k] |= skald::load<std::uint64_t>(from + s * each + i, index_t(k));
  return any[0] | any[1] | any[2] | any[3] | any[4] | any[5] | any[6] | any[7];
}

#if defined(__x86_64__)
SKALD_TARGET_BEGIN("avx2")
inline std::uint64_t read_256(const std::byte* from, std::size_t n, std::size_t streams, std::size_t ahead) {
  const std::size_t each = n / streams & ~std::size_t(127);
  __m256i any[4] = {};
  for (std::size_t i = 0; i < each; i += 128)
    for (std::size_t s = 0; s < streams; ++s) {
      const std::byte* const at = from + s * each + i;
      if (ahead > 0) {
        _mm_prefetch(reinterpret_cast<const char*>(at + ahead), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(at + ahead + 64), _MM_HINT_T0);
      }
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k)
        any[k] = _mm256_or_si256(any[k], _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32 * k)));
    }
  const __m256i all = _mm256_or_si256(_mm256_or_si256(any[0], any[1]), _mm256_or_si256(any[2], any[3]));
  return std::uint64_t(_mm256_movemask_epi8(all));
}
SKALD_TARGET_END

SKALD_TARGET_BEGIN("avx512f")
inline std::uint64_t read_512(const std::byte* from, std::size_t n, std::size_t streams, std::size_t ahead) {
  const std::size_t each = n / streams & ~std::size_t(127);
  __m512i any[2] = {};
  for (std::size_t i = 0; i < each; i += 128)
    for (std::size_t s = 0; s < streams; ++s) {
      const std::byte* const at = from + s * each + i;
      if (ahead > 0) {
        _mm_prefetch(reinterpret_cast<const char*>(at + ahead), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(at + ahead + 64), _MM_HINT_T0);
      }
      any[0] = _mm512_or_si512(any[0], _mm512_loadu_si512(at));
      any[1] = _mm512_or_si512(any[1], _mm512_loadu_si512(at + 64));
    }
  return std::uint64_t(_mm512_test_epi32_mask(any[0], any[1]));
}
SKALD_TARGET_END
#endif

inline Reader widest_reader() {
#if defined(__x86_64__)
  const skald::CpuFeatures has = skald::CpuFeatures::detect();
  if (has.avx512) return read_512;
  if (has.avx2) return read_256;
#endif
  return read_plain;
}

/// Memory that streams are measured in, on large pages where the system gives them; pieces of it are handed out in
/// turn, so that what is read next was not read lately.
class Arena {
 public:
  explicit Arena(std::size_t bytes) : size_(bytes & ~((std::size_t(2) << 20) - 1)) {
    data_.reset(static_cast<std::byte*>(std::aligned_alloc(std::size_t(2) << 20, size_)));
#if defined(__linux__)
    madvise(data_.get(), size_, MADV_HUGEPAGE);
#endif
    for (std::size_t i = 0; i < size_; i += 64) data_.get()[i] = std::byte(1);
  }
  std::size_t size() const { return size_; }
  std::byte* data() { return data_.get(); }
  const std::byte* next(std::size_t n) {
    if (at_ + n > size_) at_ = 0;
    at_ += n;
    return data_.get() + at_ - n;
  }

 private:
  struct Free {
    void operator()(std::byte* p) const { std::free(p); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_, at_ = 0;
};

/// Bytes a second that the pool's threads read from memory now: the best of 1, 4 and 8 streams a thread, with and
/// without prefetch, in the widest loads of this machine.
inline double read_bandwidth(skald::ThreadPool& pool, Arena& arena) {
  const Reader read = widest_reader();
  const std::size_t each = std::size_t(16) << 20, all = each * std::size_t(pool.width());
  volatile std::uint64_t sink = 0;
  double best = 1e30;
  for (const std::size_t streams : {1, 4, 8})
    for (const std::size_t ahead : {0, 4096}) {
      const std::byte* const from = arena.next(all);
      best = std::min(best, seconds([&] {
        on_threads(pool, [&](index_t t) { sink = read(from + std::size_t(t) * each, each, streams, ahead); });
      }));
    }
  return double(all) / best;
}

/// `chains` sums of rounds multiply-adds in one register each; returns something of them.
constexpr int fma_chains = 10;
struct MultiplyAdd {
  float (*run)(int rounds);
  int width;
};

inline float fma_plain(int rounds) {
  using skald::simd::Floats;
  Floats acc[fma_chains];
  for (int c = 0; c < fma_chains; ++c) acc[c] = Floats(float(c));
  const Floats a(0.999f), b(0.001f);
  for (int r = 0; r < rounds; ++r)
    for (int c = 0; c < fma_chains; ++c) acc[c] = xsimd::fma(acc[c], a, b);
  for (int c = 1; c < fma_chains; ++c) acc[0] = acc[0] + acc[c];
  return skald::simd::sum(acc[0]);
}

#if defined(__x86_64__)
SKALD_TARGET_BEGIN("avx2,fma")
inline float fma_256(int rounds) {
  const __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
  __m256 a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
  for (int r = 0; r < rounds; ++r) {
    a = _mm256_fmadd_ps(a, x, y); b = _mm256_fmadd_ps(b, x, y);
    c = _mm256_fmadd_ps(c, x, y); d = _mm256_fmadd_ps(d, x, y);
    e = _mm256_fmadd_ps(e, x, y); f = _mm256_fmadd_ps(f, x, y);
    g = _mm256_fmadd_ps(g, x, y); h = _mm256_fmadd_ps(h, x, y);
    i = _mm256_fmadd_ps(i, x, y); j = _mm256_fmadd_ps(j, x, y);
  }
  a = _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d));
  e = _mm256_add_ps(_mm256_add_ps(e, f), _mm256_add_ps(g, h));
  return _mm256_cvtss_f32(_mm256_add_ps(_mm256_add_ps(a, e), _mm256_add_ps(i, j)));
}
SKALD_TARGET_END
SKALD_TARGET_BEGIN("avx512f")
inline float fma_512(int rounds) {
  const __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
  __m512 a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
  for (int r = 0; r < rounds; ++r) {
    a = _mm512_fmadd_ps(a, x, y); b = _mm512_fmadd_ps(b, x, y);
    c = _mm512_fmadd_ps(c, x, y); d = _mm512_fmadd_ps(d, x, y);
    e = _mm512_fmadd_ps(e, x, y); f = _mm512_fmadd_ps(f, x, y);
    g = _mm512_fmadd_ps(g, x, y); h = _mm512_fmadd_ps(h, x, y);
    i = _mm512_fmadd_ps(i, x, y); j = _mm512_fmadd_ps(j, x, y);
  }
  a = _mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d));
  e = _mm512_add_ps(_mm512_add_ps(e, f), _mm512_add_ps(g, h));
  return _mm512_cvtss_f32(_mm512_add_ps(_mm512_add_ps(a, e), _mm512_add_ps(i, j)));
}
SKALD_TARGET_END
#endif

/// Float32 multiply-adds a second times two, in the widest registers of this machine.
inline double peak_flops(skald::ThreadPool& pool) {
  MultiplyAdd unit{fma_plain, int(skald::simd::width)};
#if defined(__x86_64__)
  const skald::CpuFeatures features = skald::CpuFeatures::detect();
  if (features.avx512) unit = {fma_512, 16};
  else if (features.avx2) unit = {fma_256, 8};
#endif
  constexpr int rounds = 1 << 20;
  volatile float sink = 0;
  const double s = best_seconds(4, [&] { on_threads(pool, [&](index_t) { sink = unit.run(rounds); }); });
  return 2.0 * rounds * fma_chains * unit.width * double(pool.width()) / s;
}

}  // namespace bench
