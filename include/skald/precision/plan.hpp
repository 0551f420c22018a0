// What the DType parameter holds: which set of precisions each role of a model may turn out to have.
#pragma once
#include "skald/precision/dense.hpp"
#include "skald/precision/four_bit.hpp"
#include "skald/precision/int8.hpp"
#include "skald/precision/weight.hpp"

namespace skald::inline SKALD_ABI {

/// linear: projections inside layers; head: the output projection; table: embeddings. `requested` is what a checkpoint
/// of another precision is converted to.
template <class LinearSet, class HeadSet = LinearSet, class TableSet = HeadSet, class Requested = void>
struct Plan {
  using linear = LinearSet;
  using head = HeadSet;
  using table = TableSet;
  using requested = Requested;   ///< void: as stored
};

template <class> inline constexpr bool is_plan = false;
template <class L, class H, class T, class R> inline constexpr bool is_plan<Plan<L, H, T, R>> = true;

using AnyDense = OneOf<fp32, fp16, bf16>;
using AnyPrecision = OneOf<fp32, fp16, bf16, int8, nf4, fp4>;

namespace detail {

template <class D>
consteval bool require_plan() {
  if constexpr (!is_plan<D>) {
    static_assert(always_false<D>,
                  "skald: DType must be a precision (fp32, fp16, bf16, int8, nf4, fp4), a set OneOf<...> "
                  "or a Plan<linear, head, table>. See docs/precision.md");
  }
  return is_plan<D>;
}

}  // namespace detail

/// Lifts what the user writes to a plan. A dense precision is that precision everywhere; a quantised one is linears of
/// it (skipped modules stay dense) with a dense head and table, as transformers saves them; a set is that set
/// everywhere.
template <class D>
struct plan_of { using type = std::conditional_t<detail::require_plan<D>(), D, Plan<AnyDense>>; };
template <Precision P>
struct plan_of<P> { using type = Plan<OneOf<P, fp32, fp16, bf16>, AnyDense, AnyDense, P>; };
template <Precision P>
  requires is_one_of<P, fp32, fp16, bf16>
struct plan_of<P> { using type = Plan<OneOf<P>, OneOf<P>, OneOf<P>, P>; };
template <Precision... Ps>
struct plan_of<OneOf<Ps...>> { using type = Plan<OneOf<Ps...>>; };

template <class D> using plan_of_t = typename plan_of<D>::type;

}  // namespace skald
