// A backend that tells an observer what every operation did: for benchmark harnesses, profilers, roofline tables.
#pragma once
#include <chrono>
#include <concepts>
#include <utility>

#include "skald/backend/backend.hpp"
#include "skald/ops/reference/attention.hpp"
#include "skald/tensor/product.hpp"

namespace skald::inline SKALD_ABI {

/// One call of a kernel.
struct Operation {
  const char* name = "";             ///< the kernel's: "linear", "attention"
  const char* precision = nullptr;   ///< of the weights that are read; null: none are
  index_t rows = 0;                  ///< tokens, or rows of logits
  index_t in = 0, out = 0;           ///< numbers read and written a row; out of all products that share an x
  double bytes = 0;                  ///< read and written: weights as they are stored, keys and values, rows
  double flops = 0;                  ///< of products and attention; 0 elsewhere
};

/// | expression     | result | meaning                                          |
/// |----------------|--------|--------------------------------------------------|
/// | o(op, time)    | void   | after each operation, on the thread of its queue |
/// It is called between operations, so what it does itself is not in anybody's time.
template <class O>
concept OperationObserver = requires(O& o, const Operation& op, std::chrono::nanoseconds time) {
  { o(op, time) } -> std::same_as<void>;
};

/// `Base` with a clock around every kernel. Q has `observer`.
template <class Base>
struct ObservedKernels : Base {
  template <class K, class Q, class Space, class... Sets>
  static void linear(Q& q, MatrixView<Space> x, const Product<Sets, Space>&... products) {
    Operation op{"linear", nullptr, x.rows, x.cols};
    const auto count = [&](const auto& product) {
      op.out += product.y.cols;
      add_weight(op, *product.weight, product.y.cols, x.cols);
    };
    (count(products), ...);
    op.bytes += row_bytes(x.rows, op.in + op.out);
    op.flops = 2.0 * double(x.rows) * double(op.in) * double(op.out);
    observe(q, op, [&] { Base::template linear<K>(q, x, products...); });
  }

  /// Counts the weight once a row, as if every row had picked another.
  template <class K, class Q, class Set, class Picks, class Space>
  static void linear_selected(Q& q, const Weight<Set>* weights, index_t count, Picks picks, index_t picks_per_row,
                              MatrixView<Space> x, MatrixView<Space> y) {
    Operation op{"linear_selected", nullptr, y.rows, x.cols, y.cols};
    add_weight(op, weights[0], y.cols, x.cols);
    op.bytes *= double(y.rows < count ? y.rows : count);
    op.bytes += row_bytes(y.rows, op.in + op.out);
    op.flops = 2.0 * double(y.rows) * double(op.in) * double(op.out);
    observe(q, op, [&] { Base::template linear_selected<K>(q, weights, count, picks, picks_per_row, x, y); });
  }

  template <class K, class Q, class Set, class Ids, class Space>
  static void embed(Q& q, const Weight<Set>& table, Ids ids, index_t offset, float scale, bool add,
                    MatrixView<Space> y) {
    Operation op{"embed", nullptr, y.rows, y.cols, y.cols};
    add_weight(op, table, y.rows, y.cols);
    op.bytes += row_bytes(y.rows, y.cols);
    observe(q, op, [&] { Base::template embed<K>(q, table, ids, offset, scale, add, y); });
  }

  template <class K, class Q, class F, class Rows, class Space>
  static void attention(Q& q, F fact, const Rows& rows, const AttentionCall<Space>& call) {
    const AttentionSpec& a = fact.get();
    Operation op{"attention", nullptr, call.q.rows, call.q.cols, call.out.cols};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = rows[i];
      double pairs = 0;
      for (std::int32_t t = 0; t < row.count; ++t) {
        const KeyRange keys = visible_keys(a, row.past + t, row.kv.length);
        pairs += keys.last - keys.first;
      }
      const std::int32_t oldest = visible_keys(a, row.past, row.kv.length).first;
      const double positions = row.kv.length - oldest;
      op.flops += 4 * pairs * double(a.heads) * double(a.head_dim);
      op.bytes += 2 * positions * double(a.kv_heads) * double(a.head_dim) * sizeof(typename decltype(row.kv)::element);
    }
    op.bytes += row_bytes(op.rows, op.in + op.out);
    observe(q, op, [&] { Base::template attention<K>(q, fact, rows, call); });
  }

  template <class K, class Q, class Rows, class Space>
  static void store(Q& q, const Rows& rows, MatrixView<Space> k, MatrixView<Space> v) {
    Operation op{"store", nullptr, k.rows, k.cols + v.cols, k.cols + v.cols};
    op.bytes = row_bytes(k.rows, 2 * (k.cols + v.cols));
    observe(q, op, [&] { Base::template store<K>(q, rows, k, v); });
  }

  template <class K, class Q, class F, class Space>
  static void norm(Q& q, F fact, const float* weight, const float* bias, index_t weight_rows, MatrixView<Space> x,
                   MatrixView<Space> y) {
    observe_rows(q, "norm", x, 1, [&] { Base::template norm<K>(q, fact, weight, bias, weight_rows, x, y); });
  }

  template <class K, class Q, class F, class Space>
  static void activate(Q& q, F fact, MatrixView<Space> x) {
    observe_rows(q, "activate", x, 1, [&] { Base::template activate<K>(q, fact, x); });
  }
  template <class K, class Q, class F, class Space>
  static void activate_gated(Q& q, F fact, MatrixView<Space> gate, MatrixView<Space> up) {
    observe_rows(q, "activate_gated", gate, 2, [&] { Base::template activate_gated<K>(q, fact, gate, up); });
  }

  template <class K, class Q, class Space>
  static void add(Q& q, MatrixView<Space> x, float scale, MatrixView<Space> y) {
    observe_rows(q, "add", x, 2, [&] { Base::template add<K>(q, x, scale, y); });
  }
  template <class K, class Q, class Space>
  static void copy(Q& q, MatrixView<Space> x, MatrixView<Space> y) {
    observe_rows(q, "copy", x, 1, [&] { Base::template copy<K>(q, x, y); });
  }
  template <class K, class Q, class Rows, class Space>
  static void gather(Q& q, MatrixView<Space> x, Rows rows, MatrixView<Space> y) {
    observe_rows(q, "gather", y, 1, [&] { Base::template gather<K>(q, x, rows, y); });
  }
  template <class K, class Q, class Space>
  static void clamp(Q& q, float limit, MatrixView<Space> x) {
    observe_rows(q, "clamp", x, 1, [&] { Base::template clamp<K>(q, limit, x); });
  }
  template <class K, class Q, class F, class Space>
  static void scale_logits(Q& q, F fact, MatrixView<Space> x) {
    observe_rows(q, "scale_logits", x, 1, [&] { Base::template scale_logits<K>(q, fact, x); });
  }
  template <class K, class Q, class Space>
  static void add_switched(Q& q, MatrixView<Space> x, MatrixView<Space> gate, MatrixView<Space> y) {
    observe_rows(q, "add_switched", x, 2, [&] { Base::template add_switched<K>(q, x, gate, y); });
  }

  template <class K, class Q, class F, class Rows, class Positions, class Space>
  static void rope_table(Q& q, F fact, std::int32_t max_positions, const Rows& rows, Positions positions,
                         MatrixView<Space> table) {
    observe_rows(q, "rope_table", table, 1,
                 [&] { Base::template rope_table<K>(q, fact, max_positions, rows, positions, table); });
  }
  template <class K, class Q, class F, class Space>
  static void rope(Q& q, F fact, MatrixView<Space> table, index_t head_dim, MatrixView<Space> x) {
    observe_rows(q, "rope", x, 1, [&] { Base::template rope<K>(q, fact, table, head_dim, x); });
  }

  template <class K, class Q, class F, class Space, class Picks, class Weights>
  static void route(Q& q, F fact, MatrixView<Space> logits, Picks picks, Weights weights) {
    observe_rows(q, "route", logits, 1, [&] { Base::template route<K>(q, fact, logits, picks, weights); });
  }
  template <class K, class Q, class Weights, class Space>
  static void combine(Q& q, Weights weights, MatrixView<Space> x, MatrixView<Space> y) {
    observe_rows(q, "combine", x, 1, [&] { Base::template combine<K>(q, weights, x, y); });
  }

 private:
  static double row_bytes(index_t rows, index_t numbers) { return double(rows) * double(numbers) * sizeof(float); }

  template <class Set>
  static void add_weight(Operation& op, const Weight<Set>& weight, index_t rows, index_t cols) {
    weight.visit([&](auto p, const auto&) {
      using P = typename decltype(p)::type;
      if (!op.precision) op.precision = P::name;
      op.bytes += double(P::bytes(rows, cols));
    });
  }

  /// Rows of `x` read and written; `inputs` matrices of its shape are read.
  template <class Q, class Space, class F>
  static void observe_rows(Q& q, const char* kernel, MatrixView<Space> x, index_t inputs, F&& f) {
    Operation op{kernel, nullptr, x.rows, inputs * x.cols, x.cols};
    op.bytes = row_bytes(op.rows, op.in + op.out);
    observe(q, op, f);
  }

  template <class Q, class F>
  static void observe(Q& q, const Operation& op, F&& f) {
    if (!q.observer) return f();
    const auto start = std::chrono::steady_clock::now();
    f();
    (*q.observer)(op, std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start));
  }
};

/// `Observed<Cpu, Mine>{{.threads = 2}, &mine}`. The observer is the caller's and outlives every queue; null: nobody
/// looks. One observer for several queues must stand several threads. For backends whose operations run at once.
/// Programs that do not name this type carry none of it.
template <HeapBackend B, OperationObserver O>
  requires is_host<typename B::Space>
struct Observed : B {
  using Kernels = ObservedKernels<typename B::Kernels>;

  struct Queue : B::Queue {
    Queue(typename B::Queue q, O* o) : B::Queue(std::move(q)), observer(o) {}
    O* observer;
  };

  O* observer = nullptr;

  Queue queue() const { return {B::queue(), observer}; }
};

}  // namespace skald
