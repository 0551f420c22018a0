// From a folder to a model: family, spec, every tensor bound where it lies or converted, all faults at once.
#pragma once
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/io/checkpoint.hpp"
#include "skald/io/json_config.hpp"
#include "skald/model/checkpoint_binder.hpp"
#include "skald/model/families.hpp"
#include "skald/model/head.hpp"
#include "skald/model/transformer.hpp"
#include "skald/spec/validate.hpp"

namespace skald::inline SKALD_ABI {

/// Hugging Face's names where it has them.
template <class B>
struct LoadOptions {
  B backend{};
  std::string dtype{};   ///< of a model over a set: "" as stored, or the name of one of its precisions: "fp32", "nf4"
  /// What to quantise, by transformers' rules: linears only, the output layer left alone when no list says otherwise.
  /// `dtype` then is what the other weights become. A checkpoint that is quantised already goes by its own.
  std::optional<BitsAndBytesConfig> quantization_config{};
  std::vector<std::string> llm_int8_skip_modules{};    ///< modules that a quantised `dtype` leaves as they are
  /// Read 4-bit scales as bitsandbytes 0.50 does on AVX-512 where rows are no whole number of blocks: to reproduce
  /// numbers recorded there. The format's own definition is the default, and what other machines and CUDA do.
  bool bitsandbytes_avx512_scales = false;
  /// Quantise what int8 weights are multiplied by, too, as LLM.int8() does, with the checkpoint's llm_int8_threshold
  /// (6 where it has none). A row's numbers then depend on the rows beside it. Without, activations stay float.
  bool llm_int8_activations = false;
  /// "bfloat16": products with bf16 and 4-bit weights round activations (and 4-bit books) to it and multiply twice as
  /// fast where a processor can; quantization_config's bnb_4bit_compute_dtype says it of 4-bit weights alone. "int8":
  /// products with 4-bit weights round both to 8 bits, which AVX2 multiplies twice as fast, too. Else, and whatever a
  /// checkpoint says of itself, activations are float32.
  std::string compute_dtype{};
  /// Which head to load; without a value the one that the checkpoint was saved with.
  std::optional<HeadKind> head{};
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
    if (special.decoder_start < 0) special.decoder_start = one(from, "decoder_start_token_id");
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

inline Result<ComputeType> compute_type(std::string_view dtype) {
  if (dtype.empty() || dtype == "float32") return ComputeType::fp32;
  if (dtype == "bfloat16") return ComputeType::bf16;
  if (dtype == "int8") return ComputeType::int8;
  return Error(FaultCode::invalid_argument,
               std::string("compute_dtype: expected float32, bfloat16 or int8, found ").append(dtype));
}

/// A plan that requests a precision has that one; of another, a role's set must have it.
template <class... Ls, class... Hs, class... Ts, class R>
Result<void> check_dtype(std::string_view dtype, Plan<OneOf<Ls...>, OneOf<Hs...>, OneOf<Ts...>, R>) {
  if constexpr (std::is_void_v<R>) return check_dtype(dtype, {Ls::name..., Hs::name..., Ts::name...});
  else return check_dtype(dtype, {R::name});
}

/// What options come to. `plan` is what the type requests, or empty.
inline Result<BindingRequest> binding_request(std::string_view plan, std::string_view dtype,
                                              const std::optional<BitsAndBytesConfig>& quantization,
                                              const std::vector<std::string>& skip, bool quantised_already) {
  if (!quantization) return BindingRequest{.precision = {plan.empty() ? dtype : plan}, .skip = skip};
  if (Result<void> good = check(*quantization); !good) return std::move(good).error();
  const std::string_view precision = quantization->precision();
  const auto refuse = [](const char* what, std::string_view found) {
    return Error(FaultCode::invalid_argument, std::string(what).append(", found ").append(found));
  };
  if (!skip.empty())
    return refuse("llm_int8_skip_modules: expected inside quantization_config, where there is one", "both");
  if (!dtype.empty() && !is_dense(dtype))
    return refuse("dtype: expected float32, float16 or bfloat16 beside quantization_config", dtype);
  if (!plan.empty() && plan != precision)
    return refuse(std::string("quantization_config: expected ").append(plan).append(" of a model of that type").c_str(),
                  precision);
  BindingRequest request{.precision = {precision, dtype, quantization->bnb_4bit_use_double_quant},
                         .linears_only = true};
  if (quantised_already) request.precision.precision = plan;
  request.keep_head = !quantization->llm_int8_skip_modules;
  if (quantization->llm_int8_skip_modules) request.skip = *quantization->llm_int8_skip_modules;
  return request;
}

/// A tied model's file may still hold a head of its own: one that differs wins (transformers 5).
inline bool head_differs(const TensorLookup& tensors) {
  const auto head = tensors.find(Role::head, -1, -1, ".weight");
  const auto table = tensors.find(Role::token_embedding, -1, -1, ".weight");
  if (!head || !table || head->name == table->name) return false;
  const StoredTensor *a = tensors.checkpoint.find(head->name), *b = tensors.checkpoint.find(table->name);
  if (a->type != b->type || a->bytes.size() != b->bytes.size()) return true;
  constexpr std::size_t piece = 1 << 22;  // read and given back one after the other: two tables would be the peak
  bool same = true;
  for (std::size_t at = 0; same && at < a->bytes.size(); at += piece) {
    StoredTensor one = *a, other = *b;
    const std::size_t n = std::min(piece, a->bytes.size() - at);
    one.bytes = one.bytes.subspan(at, n);
    other.bytes = other.bytes.subspan(at, n);
    same = std::memcmp(one.bytes.data(), other.bytes.data(), n) == 0;
    for (const StoredTensor* read : {&one, &other}) tensors.checkpoint.files()->give_back(*read);
  }
  return !same;
}

/// Spec and names of the family a config asks for.
struct FoundFamily {
  ModelSpec spec;
  std::span<const TensorName> names;
  std::string_view prefix;
};

template <class Families>
Result<FoundFamily> find_family(const Checkpoint& checkpoint, std::optional<HeadKind> head = {}) {
  const JsonConfig config(checkpoint.config());
  const std::string_view type = config.field("model_type", std::string_view());
  FoundFamily found;
  HeadStyle heads;
  std::string known;
  const bool ours = Families::any([&](auto f) {
    using F = typename decltype(f)::type;
    known.append(known.empty() ? "" : ", ").append(F::model_type);
    if (F::model_type != type) return false;
    found = {F::spec(config), F::names, F::prefix};
    if constexpr (requires { F::heads; }) heads = F::heads;
    return true;
  });
  if (auto faults = config.faults()) return *std::move(faults);
  if (!ours && type.empty())
    return Error(FaultCode::not_found, "config.json: model_type is missing: it names the architecture");
  // One half of an encoder-decoder does for its hidden states, where these are asked for, and nothing else.
  const bool pair = is_encoder_decoder(checkpoint);
  const bool half = head && (*head == HeadKind::none || *head == HeadKind::token_class);
  if (!ours || (pair && !half)) {
    std::string message("config.json: model_type: expected ");
    message.append(ours ? "a decoder or an encoder" : "one of " + known).append(", found ").append(type);
    if (pair)
      message.append(", which is an encoder-decoder: load it with AutoModelForSeq2SeqLM, "
                     "skald/pipelines/auto_model_for_seq2seq_lm.hpp; for classes and answers name EveryFamily as the "
                     "list of families, skald/pipelines/every_family.hpp");
    if (checkpoint.asks_for_remote_code())
      message.append(
          "; the checkpoint asks for Python code of its own (auto_map), which is never run: write a family in "
          "C++ instead, see docs/families.md");
    return Error(FaultCode::unsupported, std::move(message));
  }
  if (Result<void> set = set_head(checkpoint, heads, head, found.spec); !set) return std::move(set).error();
  if (Fault f = validate(found.spec)) return Error(f, "config.json");
  return found;
}

/// The checkpoint as its family names it; the spec is untied where the file holds a head of its own, and pools nothing
/// where a model without a head was saved without its pooler.
inline TensorLookup look_up(const Checkpoint& checkpoint, FoundFamily& family) {
  TensorLookup tensors{checkpoint, family.names, family.prefix, false, family.spec.stack().inner_layers};
  if (family.spec.tied) family.spec.tied = !head_differs(tensors);
  if (family.spec.head == HeadKind::none && !tensors.find(Role::pooler, -1, -1, ".weight"))
    family.spec.pooling = Pooling::none;
  tensors.tied = family.spec.tied;
  return tensors;
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
    Result<detail::FoundFamily> family = detail::find_family<Families>(checkpoint, head_of(options));
    if (!family) return std::move(family).error();
    Result<BindingRequest> request = binding_request(checkpoint, options);
    if (!request) return std::move(request).error();
    return bind(checkpoint, *std::move(family), *request, options, options.progress, options.progress_user,
                [](auto& weights, const ModelSpec& spec, auto& visitor) { weights.visit(spec, visitor); });
  }

  /// What the options ask of loading. Errors: precisions that the model's plan does not have.
  static Result<BindingRequest> binding_request(const Checkpoint& checkpoint, const Options& options) {
    Result<BindingRequest> request =
        detail::binding_request(requested_precision(), options.dtype, options.quantization_config,
                                options.llm_int8_skip_modules, checkpoint.quantization().has_value());
    if (!request) return std::move(request).error();
    if (Result<void> known = detail::check_dtype(request->precision.precision, typename Model::Plan{}); !known)
      return std::move(known).error();
    request->avx512_scales = options.bitsandbytes_avx512_scales;
    Result<ComputeType> compute = detail::compute_type(options.compute_dtype);
    if (!compute) return std::move(compute).error();
    request->four_bit_compute = *compute;
    if (*compute == ComputeType::bf16) request->bf16_compute = *compute;
    if (options.quantization_config && options.quantization_config->bnb_4bit_compute_dtype == StoredType::bf16)
      request->four_bit_compute = ComputeType::bf16;
    if (options.llm_int8_activations)
      request->llm_int8_threshold =
          options.quantization_config.value_or(checkpoint.quantization().value_or(BitsAndBytesConfig{}))
              .llm_int8_threshold;
    return request;
  }

  /// The family's weights in the checkpoint, listed by visit(weights, spec, visitor), and the model that they make.
  template <class Visit>
  static Result<Model> bind(const Checkpoint& checkpoint, detail::FoundFamily family, const BindingRequest& request,
                            const Options& options, void (*progress)(void*, std::size_t, std::size_t),
                            void* progress_user, Visit&& visit) {
    B backend = options.backend;
    if constexpr (requires { backend.prepare(); }) backend.prepare();
    const TensorLookup tensors = detail::look_up(checkpoint, family);
    HeapStorage<B> storage;
    storage.files = checkpoint.files();
    storage.origin = std::make_shared<const ModelOrigin>(ModelOrigin{
        tensors, checkpoint.quantization().value_or(options.quantization_config.value_or(BitsAndBytesConfig{})),
        std::string(detail::is_dense(request.precision.precision) ? request.precision.precision
                                                                  : request.precision.dense)});
    CheckpointBinder<B> binder(tensors, request, backend, storage);
    if constexpr (Arch::fixed)  // before the visit: a fixed model has room for its own layers only
      if (!(Arch::spec() == family.spec))
        return Error(FaultCode::mismatch, "config.json: describes another model than the spec this type is fixed to");

    typename Model::Weights weights;
    binder.start(family.spec, [&](auto& counter) { visit(weights, family.spec, counter); }, progress, progress_user);
    visit(weights, family.spec, binder);
    if (auto faults = binder.faults()) return *std::move(faults);
    const SpecialTokens special = detail::read_special_tokens(checkpoint);
    if (special.eos.overflowed())
      return Error(fault(FaultCode::unsupported, "eos_token_id: ids, at most", std::int64_t(EosIds::capacity()),
                         std::int64_t(EosIds::capacity()) + 1));
    if constexpr (Arch::fixed) {
      return Model(Arch{}, backend, std::move(weights), special, std::move(storage));
    } else {
      return Model(Arch{family.spec}, backend, std::move(weights), special, std::move(storage));
    }
  }

 private:
  static std::optional<HeadKind> head_of(const Options& options) {
    if constexpr (Arch::fixed) return Arch::spec().head;
    else return options.head;
  }
  static std::string_view requested_precision() {
    using R = typename Model::Plan::requested;
    if constexpr (std::is_void_v<R>) return {};
    else return R::name;
  }
};

}  // namespace skald
