// From a folder to a model: family, spec, every tensor bound where it lies or converted, all faults at once.
#pragma once
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/io/checkpoint.hpp"
#include "skald/io/json_config.hpp"
#include "skald/model/checkpoint_binder.hpp"
#include "skald/model/families.hpp"
#include "skald/model/transformer.hpp"
#include "skald/spec/validate.hpp"

namespace skald::inline SKALD_ABI {

/// Hugging Face's names where it has them.
template <class B>
struct LoadOptions {
  B backend{};
  std::string dtype{};   ///< of a model over a set: "" as stored, or the name of one of its precisions: "fp32", "nf4"
  std::vector<std::string> llm_int8_skip_modules{};    ///< modules a quantised request leaves as they are
  /// Read 4-bit scales as bitsandbytes 0.50 does on AVX-512 where rows are no whole number of blocks: to reproduce
  /// numbers recorded there. The format's own definition is the default, and what other machines and CUDA do.
  bool bitsandbytes_avx512_scales = false;
  /// Quantise what int8 weights are multiplied by, too, as LLM.int8() does, with the checkpoint's llm_int8_threshold
  /// (6 where it has none). A row's numbers then depend on the rows beside it. Without, activations stay float.
  bool llm_int8_activations = false;
  void (*progress)(void* user, std::size_t tensors_done, std::size_t tensors) = nullptr;
  void* progress_user = nullptr;
};

namespace detail {

/// One id or a list of them, from the first of the two configs that says anything.
inline SpecialTokens read_special_tokens(const Checkpoint& checkpoint) {
  SpecialTokens special;
  const auto one = [](const Json& from, const char* name) -> token_id {
    const auto value = from.find(name);
    const auto id = value ? value->integer() : std::nullopt;
    return id && *id >= 0 && *id < (1 << 30) ? token_id(*id) : -1;
  };
  const auto read = [&](const Json& from) {
    if (special.bos < 0) special.bos = one(from, "bos_token_id");
    if (special.pad < 0) special.pad = one(from, "pad_token_id");
    const auto eos = from.find("eos_token_id");
    if (!special.eos.empty() || !eos) return;
    if (const token_id id = one(from, "eos_token_id"); id >= 0) special.eos.push_back(id);
    for (std::size_t i = 0; eos->is_array() && i < eos->size(); ++i)
      if (const auto id = (*eos)[i].integer(); id && *id >= 0 && *id < (1 << 30)) special.eos.push_back(token_id(*id));
  };
  if (const auto generation = checkpoint.generation_config()) read(*generation);
  read(checkpoint.config());
  return special;
}

/// What Int8Parts hold: negative where activations stay float.
inline float int8_threshold(const Checkpoint& checkpoint, bool activations) {
  if (!activations) return -1;
  return checkpoint.quantization().value_or(BitsAndBytesConfig{}).llm_int8_threshold;
}

/// `known` lists what `dtype` may be; a name may stand there more than once.
inline Result<void> check_dtype(std::string_view dtype, std::initializer_list<std::string_view> known) {
  std::vector<std::string_view> names;
  for (const std::string_view name : known)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  if (dtype.empty() || std::find(names.begin(), names.end(), dtype) != names.end()) return {};
  std::string message("dtype: expected ");
  for (std::size_t i = 0; i < names.size(); ++i)
    message.append(i == 0 ? "" : i + 1 == names.size() ? " or " : ", ").append(names[i]);
  return Error(FaultCode::invalid_argument, message.append(", found ").append(dtype));
}

/// A plan that requests a precision has that one; of another, a role's set must have it.
template <class... Ls, class... Hs, class... Ts, class R>
Result<void> check_dtype(std::string_view dtype, Plan<OneOf<Ls...>, OneOf<Hs...>, OneOf<Ts...>, R>) {
  if constexpr (std::is_void_v<R>) return check_dtype(dtype, {Ls::name..., Hs::name..., Ts::name...});
  else return check_dtype(dtype, {R::name});
}

/// Spec and names of the family a config asks for.
struct FoundFamily {
  ModelSpec spec;
  std::span<const TensorName> names;
  std::string_view prefix;
};

template <class Families>
Result<FoundFamily> find_family(const Checkpoint& checkpoint) {
  const JsonConfig config(checkpoint.config());
  const std::string_view type = config.field("model_type", std::string_view());
  FoundFamily found;
  std::string known;
  const bool ours = Families::any([&](auto f) {
    using F = typename decltype(f)::type;
    known.append(known.empty() ? "" : ", ").append(F::model_type);
    if (F::model_type != type) return false;
    found = {F::spec(config), F::names, F::prefix};
    return true;
  });
  if (auto faults = config.faults()) return *std::move(faults);
  if (!ours && type.empty())
    return Error(FaultCode::not_found, "config.json: model_type is missing: it names the architecture");
  if (!ours) {
    std::string message("config.json: model_type: expected one of ");
    message.append(known).append(", found ").append(type);
    if (checkpoint.asks_for_remote_code())
      message.append(
          "; the checkpoint asks for Python code of its own (auto_map), which is never run: write a family in "
          "C++ instead, see docs/families.md");
    return Error(FaultCode::unsupported, std::move(message));
  }
  if (Fault f = validate(found.spec)) return Error(f, "config.json");
  return found;
}

}  // namespace detail

/// Reads models. The family list may be the user's: Pretrained<Model, FamilyList<Mine, families::Llama>>.
template <class Model, class Families>
struct Pretrained {
  using B = typename Model::Backend;
  using Arch = typename Model::Arch;
  using Options = LoadOptions<B>;

  static Result<Model> try_load(std::string_view path, const Options& options = {}) {
    Result<Checkpoint> checkpoint = Checkpoint::try_open(std::string(path));
    if (!checkpoint) return std::move(checkpoint).error();
    return try_from_checkpoint(*checkpoint, options);
  }
  static Model load(std::string_view path, const Options& options = {}) { return unwrap(try_load(path, options)); }

  static Result<Model> try_from_checkpoint(const Checkpoint& checkpoint, const Options& options = {}) {
    if (Result<void> known = detail::check_dtype(options.dtype, typename Model::Plan{}); !known)
      return std::move(known).error();
    Result<detail::FoundFamily> family = detail::find_family<Families>(checkpoint);
    if (!family) return std::move(family).error();
    B backend = options.backend;
    if constexpr (requires { backend.prepare(); }) backend.prepare();
    HeapStorage<B> storage;
    storage.files = checkpoint.files();
    const std::string_view requested = requested_precision(options);
    CheckpointBinder<B> binder(checkpoint, family->names, family->prefix,
                               {requested, options.llm_int8_skip_modules, options.bitsandbytes_avx512_scales,
                                detail::int8_threshold(checkpoint, options.llm_int8_activations)},
                               backend, storage);
    if (family->spec.tied) family->spec.tied = !binder.head_differs(family->spec);
    if constexpr (Arch::fixed)  // before the visit: a fixed model has room for its own layers only
      if (!(Arch::spec() == family->spec))
        return Error(FaultCode::mismatch, "config.json: describes another model than the spec this type is fixed to");

    typename Model::Weights weights;
    binder.start(family->spec, [&](auto& counter) { weights.visit(family->spec, counter); }, options.progress,
                 options.progress_user);
    weights.visit(family->spec, binder);
    if (auto faults = binder.faults()) return *std::move(faults);
    const SpecialTokens special = detail::read_special_tokens(checkpoint);
    if (special.eos.overflowed())
      return Error(fault(FaultCode::unsupported, "eos_token_id: ids, at most", std::int64_t(EosIds::capacity()),
                         std::int64_t(EosIds::capacity()) + 1));
    if constexpr (Arch::fixed) {
      return Model(Arch{}, backend, std::move(weights), special, std::move(storage));
    } else {
      return Model(Arch{family->spec}, backend, std::move(weights), special, std::move(storage));
    }
  }

 private:
  static std::string_view requested_precision(const Options& options) {
    using R = typename Model::Plan::requested;
    if constexpr (std::is_void_v<R>) return options.dtype;
    else return R::name;
  }
};

}  // namespace skald
