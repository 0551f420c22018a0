// int8: LLM.int8()'s row-wise weights (Dettmers et al. 2022, bitsandbytes). W[r, c] = CB[r, c] * SCB[r] / 127.
#pragma once
#include <cmath>

#include "skald/precision/half.hpp"
#include "skald/precision/precision.hpp"

namespace skald::inline SKALD_ABI {

struct Int8Parts {
  const std::byte* codes = nullptr;       ///< int8 [stored rows, cols]
  const std::byte* row_absmax = nullptr;  ///< fp32 [stored rows]
  index_t cols = 0;
  RowMap rows{};
  /// Negative: activations stay float. Else they are quantised, as LLM.int8() does, but for outliers of at least this
  /// size (0: there are none).
  float llm_int8_threshold = -1;
};

struct int8 {
  static constexpr const char* name = "int8";
  using Parts = Int8Parts;

  /// The float32 that bitsandbytes multiplies by.
  static constexpr float inverse_127 = 7.874015718698502e-3f;

  static constexpr std::size_t bytes(index_t rows, index_t cols) {
    return std::size_t(rows) * sizeof(float) + std::size_t(rows * cols);
  }

  static float scale(const Parts& w, index_t row) { return load<float>(w.row_absmax, w.rows(row)) * inverse_127; }

  static void decode(const Parts& w, index_t, index_t row, index_t first, float* out, index_t count) {
    const float s = scale(w, row);
    const std::byte* from = w.codes + w.rows(row) * w.cols + first;
    for (index_t i = 0; i < count; ++i) out[i] = float(static_cast<signed char>(from[i])) * s;
  }

  static bool adopt(const StoredWeight& s, const RowMap& rows, Parts& parts) {
    if (s.form != StoredForm::int8_rowwise) return false;
    parts = {s.data, s.row_absmax, s.cols, rows, s.llm_int8_threshold};
    return true;
  }

  /// SCB[r] = max |fp16(W[r, :])|; CB = round_half_even(fp16(W) * (127 / SCB)), the scale formed first.
  template <class Read>
  static void encode(Read&& read, index_t rows, index_t cols, std::byte* storage) {
    std::byte* codes = storage + rows * index_t(sizeof(float));
    float chunk[256];
    const auto for_chunks = [&](index_t r, auto&& f) {
      for (index_t c = 0; c < cols; c += 256) {
        const index_t n = cols - c < 256 ? cols - c : 256;
        read(r, c, chunk, n);
        for (index_t i = 0; i < n; ++i) f(c + i, to_float(to_fp16(chunk[i])));
      }
    };
    for (index_t r = 0; r < rows; ++r) {
      float absmax = 0;
      for_chunks(r, [&](index_t, float v) { absmax = std::fmax(absmax, std::fabs(v)); });
      std::memcpy(storage + r * index_t(sizeof(float)), &absmax, sizeof(float));
      const float s = absmax > 0 ? 127.0f / absmax : 0.0f;
      for_chunks(r, [&](index_t c, float v) {
        const float code = std::nearbyint(v * s);
        codes[r * cols + c] = std::byte(static_cast<signed char>(code == code ? code : 0.0f));  // NaN, or infinity * 0
      });
    }
  }

  static Parts parts(const std::byte* storage, index_t rows, index_t cols) {
    return {storage + rows * index_t(sizeof(float)), storage, cols, {}, -1};
  }
};

static_assert(Precision<int8> && Adoptable<int8>);

}  // namespace skald
