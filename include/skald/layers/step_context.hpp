// What every layer of one forward shares.
#pragma once
#include "skald/backend/backend.hpp"
#include "skald/layers/kv_cache.hpp"
#include "skald/layers/tap.hpp"
#include "skald/ops/reference/attention.hpp"
#include "skald/spec/facts.hpp"
#include "skald/tensor/matrix_view.hpp"
#include "skald/tensor/step_batch.hpp"

namespace skald::inline SKALD_ABI {

/// `Arch` gives the facts, `Tap` looks in.
template <class B, class A, class Tap>
struct StepContext {
  using Backend = B;
  using Kernels = typename B::Kernels;
  using Queue = typename B::Queue;
  using Space = typename B::Space;
  using Matrix = MatrixView<Space>;

  Queue& q;
  const A& arch;
  Tap& tap;
  index_t tokens = 0, context = 0;
  Matrix rope_tables[2]{};
  RelativeBias relative{};

  Matrix take(index_t rows, index_t cols) { return {q.template take<float>(rows * cols), rows, cols, cols}; }
  auto spec() const { return spec_fact(arch); }
};

/// The sequences of a step as views of a cache's layer.
template <class Cache>
struct CacheRows {
  std::span<const Row> rows;
  const Cache* cache;
  int layer;

  std::size_t size() const { return rows.size(); }
  AttentionRow<typename Cache::Space, typename Cache::element> operator[](std::size_t i) const {
    return {rows[i].first, rows[i].count, rows[i].past, cache->view(layer, rows[i].sequence)};
  }
};

/// The sequences of a step that sees only itself (encoders): keys and values live in the step's scratch.
template <class Space>
struct StepRows {
  std::span<const Row> rows;
  MatrixView<Space> keys, values;

  std::size_t size() const { return rows.size(); }
  AttentionRow<Space> operator[](std::size_t i) const {
    KvView<Space> v;
    v.data = keys.row(rows[i].first);
    v.block_size = v.length = rows[i].count;
    v.width = keys.cols;
    v.v_offset = values.row(0) - keys.row(0);
    return {rows[i].first, rows[i].count, 0, v};
  }
};

/// What blocks see of a step, unless they look at more: its rows.
struct SeeStep {
  template <class Rows>
  Rows operator()(const Rows& rows) const { return rows; }
};

}  // namespace skald
