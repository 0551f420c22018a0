// The set of precisions a tensor may turn out to have. One member: no tag, no branch. Several: one switch a product.
#pragma once
#include <cstring>
#include <initializer_list>
#include <type_traits>

#include "skald/core/type_list.hpp"
#include "skald/precision/precision.hpp"

namespace skald::inline SKALD_ABI {

template <Precision... Ps>
struct OneOf {
  template <class P> static constexpr bool has = is_one_of<P, Ps...>;
  using list = TypeList<Ps...>;
};

/// Parts of one matrix, in one of the precisions of `Set`. `visit(f)` calls f(std::type_identity<P>{}, parts).
template <class Set>
class Weight;

template <Precision P>
class Weight<OneOf<P>> {
 public:
  template <class Q>
    requires std::same_as<P, Q>
  void set(const typename Q::Parts& parts) { parts_ = parts; present_ = true; }
  bool present() const { return present_; }
  const char* precision() const { return P::name; }
  template <class F> decltype(auto) visit(F&& f) const { return f(std::type_identity<P>{}, parts_); }

 private:
  typename P::Parts parts_{};
  bool present_ = false;
};

template <Precision P0, Precision P1, Precision... Ps>
class Weight<OneOf<P0, P1, Ps...>> {
 public:
  template <class Q>
    requires is_one_of<Q, P0, P1, Ps...>
  void set(const typename Q::Parts& parts) {
    std::memcpy(storage_, &parts, sizeof parts);
    tag_ = static_cast<unsigned char>(position_of<Q, P0, P1, Ps...>());
  }
  bool present() const { return tag_ != none; }
  const char* precision() const {
    return visit([](auto p, const auto&) { return decltype(p)::type::name; });
  }
  template <class F> decltype(auto) visit(F&& f) const { return at<F, P0, P1, Ps...>(static_cast<F&&>(f)); }

 private:
  static constexpr unsigned char none = 255;

  template <class F, class Q, class... Rest>
  decltype(auto) at(F&& f) const {
    if constexpr (sizeof...(Rest) == 0) return call<Q>(static_cast<F&&>(f));
    else if (tag_ == position_of<Q, P0, P1, Ps...>()) return call<Q>(static_cast<F&&>(f));
    else return at<F, Rest...>(static_cast<F&&>(f));
  }
  template <class Q, class F>
  decltype(auto) call(F&& f) const {
    typename Q::Parts parts;
    std::memcpy(&parts, storage_, sizeof parts);
    return f(std::type_identity<Q>{}, static_cast<const typename Q::Parts&>(parts));
  }

  static constexpr std::size_t size = [] {
    std::size_t n = 0;
    for (std::size_t each : {sizeof(typename P0::Parts), sizeof(typename P1::Parts), sizeof(typename Ps::Parts)...})
      n = each > n ? each : n;
    return n;
  }();
  alignas(8) unsigned char storage_[size];
  unsigned char tag_ = none;
};

}  // namespace skald
