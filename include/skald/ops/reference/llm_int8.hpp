// LLM.int8(): 8-bit rows of weights meet 8-bit rows of activations, outliers apart (Dettmers et al. 2022).
#pragma once
#include <cmath>
#include <cstring>

#include "skald/backend/space.hpp"
#include "skald/precision/half.hpp"
#include "skald/precision/int8.hpp"
#include "skald/tensor/matrix_view.hpp"

namespace skald::inline SKALD_ABI {

/// Activations as bitsandbytes 0.50 quantises them; they point into the caller's room.
struct Int8Rows {
  MatrixView<Host> x;                     // [n, in]: outliers are multiplied as they are
  const signed char* codes = nullptr;     // [n, in]: round_half_even(fp16(x) * 127 / scale), 0 for outliers
  const float* scales = nullptr;          // [n]: max |fp16(x)| over what is no outlier
  const std::int32_t* outliers = nullptr; // columns that hold one in any of the rows, rising
  index_t outlier_count = 0;

  static std::size_t bytes(index_t rows, index_t in) {
    return std::size_t(rows) * sizeof(float) + std::size_t(in) * sizeof(std::int32_t) + std::size_t(rows * in);
  }

  /// A column is an outlier where |fp16(x)| >= threshold; 0: none is. `room` has bytes(n, in) bytes at a float's
  /// alignment. With more than one row, an outlier's column is left out of every row: a row's numbers depend on the
  /// rows beside it, as they do there.
  static Int8Rows quantise(MatrixView<Host> x, float threshold, std::byte* room) {
    return quantise(x, threshold, room, find_outliers, quantise_row);
  }

  /// The same by other functions than the plain ones.
  static Int8Rows quantise(MatrixView<Host> x, float threshold, std::byte* room,
                           index_t (*find)(MatrixView<Host>, float, std::int32_t*),
                           float (*row)(const float*, index_t, float, signed char*)) {
    float* const scales = reinterpret_cast<float*>(room);
    std::int32_t* const outliers = reinterpret_cast<std::int32_t*>(scales + x.rows);
    signed char* const codes = reinterpret_cast<signed char*>(outliers + x.cols);
    const float limit = threshold > 0 ? threshold : INFINITY;
    Int8Rows rows{x, codes, scales, outliers, 0};
    if (threshold > 0) rows.outlier_count = find(x, limit, outliers);
    for (index_t i = 0; i < x.rows; ++i) {
      signed char* const to = codes + i * x.cols;
      scales[i] = row(x.row(i), x.cols, limit, to);
      for (index_t k = 0; k < rows.outlier_count; ++k) to[outliers[k]] = 0;
    }
    return rows;
  }

 private:
  static float half(float x) { return to_float(to_fp16(x)); }

  static index_t find_outliers(MatrixView<Host> x, float limit, std::int32_t* columns) {
    index_t count = 0;
    for (index_t c = 0; c < x.cols; ++c) {
      bool outlier = false;
      for (index_t i = 0; i < x.rows; ++i) outlier |= std::fabs(half(x.row(i)[c])) >= limit;
      if (outlier) columns[count++] = std::int32_t(c);
    }
    return count;
  }

  static float quantise_row(const float* x, index_t n, float limit, signed char* codes) {
    float largest = 0;
    for (index_t c = 0; c < n; ++c) {
      const float a = std::fabs(half(x[c]));
      if (a < limit && a > largest) largest = a;
    }
    const float scale = largest > 0 ? 127.0f / largest : 0.0f;
    for (index_t c = 0; c < n; ++c) {
      const float a = half(x[c]);
      codes[c] = static_cast<signed char>(std::fabs(a) < limit ? std::nearbyint(a * scale) : 0.0f);
    }
    return largest;
  }
};

/// y[i, o] = sums[o - first] scales[i] SCB[o] / 127^2 + bias[o]
///           + sum over outlier columns c of x[i, c] CB[o, c] SCB[o] / 127, for o in [first, last).
/// Never inlined: whoever has the sums gets the same bits.
[[gnu::noinline]] inline void scale_int8_sums(const Int8Parts& w, const Int8Rows& rows, index_t i, index_t first,
                                              index_t last, const float* sums, const float* bias, float* y) {
  constexpr float inverse_127_squared = 6.200124e-05f;  // as bitsandbytes spells it
  const float* const x = rows.x.row(i);
  for (index_t o = first; o < last; ++o) {
    const auto* const codes = reinterpret_cast<const signed char*>(w.codes + w.rows(o) * w.cols);
    const float absmax = load<float>(w.row_absmax, w.rows(o)), scale = int8::scale(w, o);
    const float value = sums[o - first] * (rows.scales[i] * absmax) * inverse_127_squared + (bias ? bias[o] : 0.0f);
    float apart = 0;
    for (index_t k = 0; k < rows.outlier_count; ++k)
      apart += x[rows.outliers[k]] * (float(codes[rows.outliers[k]]) * scale);
    y[o] = value + apart;
  }
}

/// y = what scale_int8_sums() makes of CB[o] . codes[i], which is exact, for o in [first, last).
///                                                                                 // [n, in] -> [n, last - first)
inline void llm_int8(const Int8Parts& w, const Int8Rows& rows, index_t first, index_t last, const float* bias,
                     MatrixView<Host> y) {
  for (index_t o = first; o < last; ++o) {
    const auto* const codes = reinterpret_cast<const signed char*>(w.codes + w.rows(o) * w.cols);
    for (index_t i = 0; i < rows.x.rows; ++i) {
      const signed char* const a = rows.codes + i * rows.x.cols;
      std::int64_t sum = 0;
      for (index_t c = 0; c < rows.x.cols; c += 4096) {
        const index_t end = c + 4096 < rows.x.cols ? c + 4096 : rows.x.cols;
        std::int32_t part = 0;
        for (index_t k = c; k < end; ++k) part += std::int32_t(codes[k]) * a[k];
        sum += part;
      }
      const float exact = float(sum);
      scale_int8_sums(w, rows, i, o, o + 1, &exact, bias, y.row(i));
    }
  }
}

}  // namespace skald
