// From a stored weight to a slot of a model: taken over in place, or converted.
#pragma once
#include <span>
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

/// One matrix on its way to a precision: plain functions, so that n readers and n writers are compiled, not n^2 pairs.
struct Conversion {
  const RowReader* read;
  index_t rows, cols;
  std::byte* to;
  int step;
};
struct WeightEncoder {
  int steps;
  index_t (*pieces)(int step, index_t rows, index_t cols);
  void (*encode)(const void* conversion, index_t piece);
};
template <class P>
WeightEncoder encoder_of() {
  if constexpr (PiecewiseEncodable<P>) {
    return {P::encode_steps, &P::encode_pieces, [](const void* conversion, index_t piece) {
              const Conversion& c = *static_cast<const Conversion*>(conversion);
              P::encode_piece(*c.read, c.rows, c.cols, c.to, c.step, piece);
            }};
  } else {
    return {1, [](int, index_t, index_t) { return index_t{1}; }, [](const void* conversion, index_t) {
              const Conversion& c = *static_cast<const Conversion*>(conversion);
              P::encode(*c.read, c.rows, c.cols, c.to);
            }};
  }
}

/// False when no precision takes the stored weight over. `through`: "fp16" or "bf16" rounds it first.
template <class B>
bool encode_stored(const StoredWeight& s, const RowMap& map, Conversion c, const WeightEncoder& encoder,
                   std::string_view through, WeightUpload<B>& upload) {
  const auto run = [&](const RowReader& read) {
    c.read = &read;
    for (c.step = 0; c.step < encoder.steps; ++c.step)
      upload.run(encoder.pieces(c.step, c.rows, c.cols), encoder.encode, &c);
  };
  return with_stored(s, map, [&](auto from, const auto& parts) {
    const RowReader read = RowReader::of<typename decltype(from)::type>(parts, c.cols);
    if (through == fp16::name) run(RowReader::rounded<fp16_t>(read));
    else if (through == bf16::name) run(RowReader::rounded<bf16_t>(read));
    else run(read);
  });
}

/// Converts to P, on the host; the bytes stay with the model. Precisions whose parts have a row map are converted as
/// they are stored, the whole of a fused tensor at once: blocks and nested scales run over all of it.
template <class P, class Slot, class B>
Fault convert_to(const StoredWeight& s, const RowMap& map, index_t rows, index_t cols, std::string_view through,
                 Slot&& set, WeightUpload<B>& upload, bool& known) {
  using Made = std::conditional_t<is_host<typename B::Space>, typename B::Memory, HostMemory>;
  constexpr bool whole = requires(typename P::Parts parts) { parts.rows = RowMap{}; };
  if constexpr (whole) rows = s.rows;
  typename P::Parts parts;
  const std::span<std::byte> remembered = std::as_writable_bytes(std::span(&parts, 1));
  known = true;
  if (!whole || !upload.converted(s.data, P::name, remembered)) {
    Made made;
    if (Fault f = Made::allocate(P::bytes(rows, cols), made)) return f;
    known = encode_stored(s, whole ? RowMap{} : map, {nullptr, rows, cols, made.data(), 0}, encoder_of<P>(), through,
                          upload);
    if (!known) return {};
    const std::byte* address = made.data();
    if constexpr (!is_host<typename B::Space>)
      if (Fault f = upload.copy({made.data(), made.size()}, address)) return f;
    if constexpr (requires { P::parts(address, rows, cols, made.data()); })
      parts = P::parts(address, rows, cols, made.data());
    else parts = P::parts(address, rows, cols);
    if constexpr (is_host<typename B::Space>) upload.storage().buffers.push_back(std::move(made));
    if (whole) upload.remember(s.data, P::name, remembered);
  }
  if constexpr (whole) parts.rows = map;
  set(parts);
  return {};
}

/// Converts to the first member of the set for which want(name) holds. No value: there is none.
template <class B, class Set, class Want>
Result<bool> convert(const StoredWeight& s, const RowMap& map, index_t rows, index_t cols, bool double_quant,
                     std::string_view through, Weight<Set>& slot, WeightUpload<B>& upload, Want&& want) {
  Fault failed;
  const bool done = any_of_set(Set{}, [&](auto p) {
    using P = typename decltype(p)::type;
    if constexpr (Encodable<P>) {
      if (!want(std::string_view(P::name))) return false;
      bool known = false;
      const auto set = [&](typename P::Parts parts) {
        if constexpr (requires { parts.llm_int8_threshold; }) parts.llm_int8_threshold = s.llm_int8_threshold;
        if constexpr (requires { P::compute_of(s); }) parts.compute = P::compute_of(s);
        slot.template set<P>(parts);
      };
      if constexpr (requires { typename P::WithDoubleQuant; }) {
        if (double_quant) {
          failed = convert_to<typename P::WithDoubleQuant>(s, map, rows, cols, through, set, upload, known);
          return failed || known;
        }
      }
      failed = convert_to<P>(s, map, rows, cols, through, set, upload, known);
      return failed || known;
    } else {
      return false;
    }
  });
  if (failed) return failed;
  return done;
}

}  // namespace detail

/// What weights are to become.
struct PrecisionRequest {
  std::string_view precision;       ///< empty: as stored
  std::string_view dense = {};      ///< of the weights that a quantised one does not reach; rounds the others first
  bool double_quant = false;        ///< nf4 and fp4 with nested scales
};

/// Fills `slot` from `stored`. A quantised request reaches the slots whose set has it and that may be quantised; the
/// others, and skipped modules, stay dense: as stored, or `request.dense`.
template <class B, class Set>
Result<void> bind_weight(const StoredWeight& stored, const RowMap& map, index_t rows, index_t cols,
                         const PrecisionRequest& request, bool quantisable, Weight<Set>& slot,
                         WeightUpload<B>& upload) {
  using namespace detail;
  std::string_view requested = request.precision;
  const bool reached = is_dense(requested) || (quantisable && set_has<Set>(requested));
  if (!reached) requested = stored.form == StoredForm::dense && set_has<Set>(request.dense) ? request.dense : "";
  const bool apply = !requested.empty();
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
    const std::string_view through = is_dense(requested) ? std::string_view() : request.dense;
    Result<bool> done = convert(stored, map, rows, cols, request.double_quant, through, slot, upload,
                                [&](std::string_view p) { return apply ? p == requested : is_dense(p); });
    if (!done) return std::move(done).error();
    if (*done) return {};
  }
  return Error(FaultCode::mismatch, std::string("expected ")
                                        .append(apply ? std::string(requested) : "one of " + set_names<Set>())
                                        .append(", found ").append(stored_name(stored)));
}

}  // namespace skald
