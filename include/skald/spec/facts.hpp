// Where a spec lives, and values whose type may be constant. The body hands *facts* to ops, never bare enumerations:
// under Fixed a fact is an empty type, so branches fold and what the spec does not use is not linked.
#pragma once
#include <concepts>
#include <type_traits>

#include "skald/spec/model_spec.hpp"

namespace skald::inline SKALD_ABI {

/// Read from a file at load.
struct FromConfig {
  ModelSpec data;
  static constexpr bool fixed = false;
  constexpr const ModelSpec& spec() const { return data; }
};

/// Known at compile time. `S` is an `inline constexpr` object at namespace scope; taken by reference, so symbols stay
/// short.
template <const ModelSpec& S>
struct Fixed {
  static constexpr bool fixed = true;
  static constexpr const ModelSpec& spec() { return S; }
};

/// | expression | result                                        |
/// |------------|-----------------------------------------------|
/// | a.spec()   | const ModelSpec&                              |
/// | A::fixed   | bool: spec() is static and constant           |
template <class A>
concept Arch = requires(const A& a) {
  { a.spec() } -> std::convertible_to<const ModelSpec&>;
  { A::fixed } -> std::convertible_to<bool>;
};

/// A fact read at run time.
template <class T>
struct Ref {
  const T* p;
  constexpr const T& get() const { return *p; }
};

/// The whole spec of a fixed arch.
template <class A>
struct SpecOf {
  static constexpr const ModelSpec& get() { return A::spec(); }
};

/// Kind K of a fixed arch.
template <class A, int K>
struct KindAt {
  static constexpr const BlockSpec& get() { return A::spec().stack().kinds[K]; }
};

/// Member of a fact: still a fact, still empty when its owner is.
template <class F, auto Member>
struct Field {
  F of;
  constexpr Field(F f) : of(f) {}
  constexpr const auto& get() const { return of.get().*Member; }
};
template <class F, auto Member>
  requires std::is_empty_v<F>
struct Field<F, Member> {
  constexpr Field(F) {}
  static constexpr const auto& get() { return F::get().*Member; }
};

template <auto Member, class F>
constexpr Field<F, Member> field(F f) { return {f}; }

/// Element I of an array member.
template <class F, auto Member, int I>
struct Element {
  F of;
  constexpr Element(F f) : of(f) {}
  constexpr const auto& get() const { return (of.get().*Member)[I]; }
};
template <class F, auto Member, int I>
  requires std::is_empty_v<F>
struct Element<F, Member, I> {
  constexpr Element(F) {}
  static constexpr const auto& get() { return (F::get().*Member)[I]; }
};

template <auto Member, int I, class F>
constexpr Element<F, Member, I> element(F f) { return {f}; }

/// A value handed over as a fact.
template <class T>
struct Value {
  T value;
  constexpr const T& get() const { return value; }
};

/// The spec as a fact.
template <Arch A>
constexpr auto spec_fact(const A& a) {
  if constexpr (A::fixed) return SpecOf<A>{};
  else return Ref<ModelSpec>{&a.spec()};
}

/// The one door from a layer's number to its kind: f(fact of BlockSpec). Under Fixed one body a *kind*, never a layer.
template <class A, int K = 0, class F>
constexpr void with_kind(const A& a, int layer, F&& f) {
  if constexpr (!A::fixed) f(Ref<BlockSpec>{&a.spec().stack()[layer]});
  else if constexpr (K + 1 >= A::spec().stack().kinds_used()) f(KindAt<A, K>{});
  else if (A::spec().stack().kind_of[layer] == K) f(KindAt<A, K>{});
  else with_kind<A, K + 1>(a, layer, static_cast<F&&>(f));
}

}  // namespace skald
