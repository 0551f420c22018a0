// From a stored weight to a slot of a model: taken over in place, or converted.
#pragma once
#include <string>
#include <string_view>

#include "skald/backend/host_memory.hpp"
#include "skald/core/result.hpp"
#include "skald/model/upload.hpp"
#include "skald/precision/plan.hpp"
#include "skald/precision/row_reader.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

constexpr bool is_dense(std::string_view precision) {
  return precision == fp32::name || precision == fp16::name || precision == bf16::name;
}

/// f(std::type_identity<P>{}) for the members of a set until one returns true.
template <class... Ps, class F>
bool any_of_set(OneOf<Ps...>, F&& f) {
  return (f(std::type_identity<Ps>{}) || ...);
}

template <class Set>
bool set_has(std::string_view precision) {
  return any_of_set(Set{}, [&](auto p) { return precision == decltype(p)::type::name; });
}

template <class Set>
std::string set_names() {
  std::string names;
  any_of_set(Set{}, [&](auto p) {
    names.append(names.empty() ? "" : ", ").append(decltype(p)::type::name);
    return false;
  });
  return names;
}

/// "F32", "int8", "nf4": how a weight lies in its file, for messages.
inline std::string stored_name(const StoredWeight& s) {
  if (s.form == StoredForm::int8_rowwise) return int8::name;
  if (s.form == StoredForm::four_bit) return s.nf4 ? nf4::name : fp4::name;
  return name(s.type);
}

/// The precisions files come in.
template <class F>
bool with_stored(const StoredWeight& s, const RowMap& rows, F&& f) {
  return any_of_set(AnyPrecision{}, [&](auto p) {
    using P = typename decltype(p)::type;
    typename P::Parts parts;
    if (!P::adopt(s, rows, parts)) return false;
    f(p, parts);
    return true;
  });
}

/// Takes the weight over where it lies, as a member of the set for which want(name) holds.
template <class Set, class Want>
bool adopt_in_place(const StoredWeight& s, const RowMap& rows, Weight<Set>& slot, Want&& want) {
  return any_of_set(Set{}, [&](auto p) {
    using P = typename decltype(p)::type;
    if constexpr (Adoptable<P>) {
      typename P::Parts parts;
      if (!want(std::string_view(P::name)) || !P::adopt(s, rows, parts)) return false;
      slot.template set<P>(parts);
      return true;
    } else {
      return false;
    }
  });
}

/// Converts to the first member of the set for which want(name) holds, on the host; the bytes stay with the model.
template <class B, class Set, class Want>
Result<bool> convert(const StoredWeight& s, const RowMap& map, index_t rows, index_t cols, Weight<Set>& slot,
                     WeightUpload<B>& upload, Want&& want) {
  using Made = std::conditional_t<is_host<typename B::Space>, typename B::Memory, HostMemory>;
  Fault failed;
  const bool done = any_of_set(Set{}, [&](auto p) {
    using P = typename decltype(p)::type;
    if constexpr (Encodable<P>) {
      if (!want(std::string_view(P::name))) return false;
      Made made;
      if ((failed = Made::allocate(P::bytes(rows, cols), made))) return true;
      const bool known = with_stored(s, map, [&](auto from, const auto& parts) {
        using From = typename decltype(from)::type;
        P::encode(RowReader::of<From>(parts, cols), rows, cols, made.data());
      });
      if (!known) return false;
      const std::byte* address = made.data();
      if constexpr (is_host<typename B::Space>) upload.storage().buffers.push_back(std::move(made));
      else if ((failed = upload.copy({made.data(), made.size()}, address))) return true;
      typename P::Parts made_parts = P::parts(address, rows, cols);
      if constexpr (requires { made_parts.llm_int8_threshold; })
        made_parts.llm_int8_threshold = s.llm_int8_threshold;
      slot.template set<P>(made_parts);
      return true;
    } else {
      return false;
    }
  });
  if (failed) return failed;
  return done;
}

}  // namespace detail

/// Fills `slot` from `stored`. `requested` names a precision, or is empty: as stored. A quantised request reaches the
/// slots whose set has it and that may be quantised; the others, and skipped modules, stay dense as stored.
template <class B, class Set>
Result<void> bind_weight(const StoredWeight& stored, const RowMap& map, index_t rows, index_t cols,
                         std::string_view requested, bool quantisable, Weight<Set>& slot, WeightUpload<B>& upload) {
  using namespace detail;
  const bool apply = !requested.empty() && (is_dense(requested) || (quantisable && set_has<Set>(requested)));
  const auto wanted = [&](std::string_view p) { return !apply || p == requested; };
  if (adopt_in_place(stored, map, slot, wanted)) {
    if constexpr (!is_host<typename B::Space>) {
      StoredWeight there = stored;
      if (Fault f = upload.bring(there)) return f;
      adopt_in_place(there, map, slot, wanted);
    }
    return {};
  }
  const bool may_convert = stored.form == StoredForm::dense || (apply && is_dense(requested));
  if (may_convert) {
    Result<bool> done = convert(stored, map, rows, cols, slot, upload, [&](std::string_view p) {
      return apply ? p == requested : is_dense(p);
    });
    if (!done) return std::move(done).error();
    if (*done) return {};
  }
  return Error(FaultCode::mismatch, std::string("expected ")
                                        .append(apply ? std::string(requested) : "one of " + set_names<Set>())
                                        .append(", found ").append(stored_name(stored)));
}

}  // namespace skald
