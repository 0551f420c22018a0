// From a folder to an encoder-decoder: both halves out of one checkpoint, a table that they share bound once.
#pragma once
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/model/encoder_decoder.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/model/seq2seq_families.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// Spec and names of the two halves of an encoder-decoder.
struct FoundHalves {
  FoundFamily encoder, decoder;
  std::string_view dense{};  ///< a module that transformers never quantises
};

/// What the file decides: a table of positions in place of sinusoids, a bias of the logits.
inline void settle(const Checkpoint& checkpoint, FoundFamily& half) {
  const TensorLookup tensors{checkpoint, half.names, half.prefix, false};
  ModelSpec& s = half.spec;
  if (s.position_table == PositionTable::sinusoidal && tensors.find(Role::position_embedding, -1, -1, ".weight"))
    s.position_table = PositionTable::learned;
  if (s.head == HeadKind::language) s.head_bias = s.head_bias && tensors.find(Role::head, -1, -1, ".bias");
}

/// `head`: which one; without a value the one that the checkpoint was saved with.
template <class Families>
Result<FoundHalves> find_halves(const Checkpoint& checkpoint, std::optional<HeadKind> head = {}) {
  const JsonConfig config(checkpoint.config());
  const std::string_view type = config.field("model_type", std::string_view());
  FoundHalves found;
  ModelSpec spec;
  HeadStyle heads;
  std::string_view prefix_of_classes;
  std::string known;
  const bool ours = Families::any([&](auto f) {
    using F = typename decltype(f)::type;
    known.append(known.empty() ? "" : ", ").append(F::model_type);
    if (F::model_type != type) return false;
    spec = F::spec(config);
    found = {{{}, F::encoder_names, F::prefix}, {{}, F::names, F::prefix}};
    if constexpr (requires { F::heads; }) heads = F::heads;
    if constexpr (requires { F::prefix_of_classes; }) prefix_of_classes = F::prefix_of_classes;
    if constexpr (requires { F::dense_module; }) found.dense = F::dense_module;
    return true;
  });
  if (auto faults = config.faults()) return *std::move(faults);
  if (!ours) {
    const bool decoder = !config.field("is_encoder_decoder", false);
    return Error(FaultCode::unsupported,
                 std::string("config.json: model_type: expected one of ").append(known).append(", found ").append(type)
                     .append(decoder ? ", which is no encoder-decoder: load it with AutoModelForCausalLM or AutoModel"
                                     : ""));
  }
  if (Result<void> set = set_head(checkpoint, heads, head, spec); !set) return std::move(set).error();
  const std::string_view saved = saved_as(checkpoint);
  if (!saved.empty() && !saved_task(checkpoint) && spec.head != HeadKind::none)
    return Error(FaultCode::unsupported,
                 std::string("config.json: architectures: expected a class that ends in ForConditionalGeneration, "
                             "found ").append(saved));
  if (spec.head == HeadKind::sequence_class && !prefix_of_classes.empty())
    found.encoder.prefix = found.decoder.prefix = prefix_of_classes;
  found.encoder.spec = encoder_half(spec);
  found.decoder.spec = decoder_half(spec);
  for (FoundFamily* half : {&found.encoder, &found.decoder}) {
    if (Fault f = validate(half->spec, true)) return Error(f, "config.json");
    settle(checkpoint, *half);
    // No file has to hold them, so a config alone must not ask for any number.
    constexpr std::int64_t most = std::int64_t{1} << 26;
    if (const std::int64_t n = std::int64_t{half->spec.max_positions} * half->spec.embedding_width();
        half->spec.position_table == PositionTable::sinusoidal && n > most)
      return Error(fault(FaultCode::out_of_range, "max_position_embeddings * d_model: sinusoids, at most", most, n),
                   "config.json");
  }
  if (found.encoder.spec.hidden_size != found.decoder.spec.hidden_size ||
      found.encoder.spec.encoder.layers == 0 || found.decoder.spec.decoder.layers == 0)
    return Error(FaultCode::mismatch, "config.json: expected an encoder and a decoder of one hidden_size");
  return found;
}

/// The vectors of Vaswani et al. 2017 as Marian lays them out: sines in the first half of a row, cosines in the rest.
///   t[p, i] = sin(p / 10000^(2 i / d)), i < (d + 1) / 2;  t[p, i + (d + 1) / 2] = cos(...)           // [rows, cols]
inline std::unique_ptr<float[]> sinusoids(index_t rows, index_t cols) {
  auto table = std::make_unique<float[]>(std::size_t(rows * cols));
  const index_t half = (cols + 1) / 2;
  for (index_t i = 0; i < cols; ++i) {
    const index_t pair = i < half ? i : i - half;
    const double step = std::pow(10000.0, 2.0 * double(pair) / double(cols));
    for (index_t p = 0; p < rows; ++p)
      table[std::size_t(p * cols + i)] = float(i < half ? std::sin(double(p) / step) : std::cos(double(p) / step));
  }
  return table;
}

/// A visitor that hands everything on, but for a table that is there already.
template <class V, class Set>
struct WithTable {
  V& v;
  const Weight<Set>* table;

  void layer(int l) { v.layer(l); }
  template <class S>
  void matrix(Role role, int expert, index_t rows, index_t cols, Weight<S>& slot) {
    if constexpr (std::is_same_v<S, Set>)
      if (table && role == Role::token_embedding) return void(slot = *table);
    v.matrix(role, expert, rows, cols, slot);
  }
  void vector(Role role, int expert, VectorPart part, index_t n, const float*& slot) {
    v.vector(role, expert, part, n, slot);
  }
};

/// Whether both halves look words up in one tensor.
inline bool one_table(const Checkpoint& checkpoint, const FoundHalves& halves) {
  const auto name = [&](const FoundFamily& half) {
    return TensorLookup{checkpoint, half.names, half.prefix, half.spec.tied}.find(Role::token_embedding, -1, -1,
                                                                                  ".weight");
  };
  const auto a = name(halves.encoder), b = name(halves.decoder);
  return a && b && a->name == b->name;
}

}  // namespace detail

/// Reads encoder-decoders. `progress` hears of the decoder's tensors, then of the encoder's.
template <class Model, class Families>
struct PretrainedEncoderDecoder {
  using B = typename Model::Backend;
  using Options = LoadOptions<B>;

  static Result<Model> try_load(std::string_view path, const Options& options = {}) {
    Result<Checkpoint> checkpoint = Checkpoint::try_open(std::string(path));
    if (!checkpoint) return std::move(checkpoint).error();
    return try_from_checkpoint(*checkpoint, options);
  }
  static Model load(std::string_view path, const Options& options = {}) { return unwrap(try_load(path, options)); }

  static Result<Model> try_from_checkpoint(const Checkpoint& checkpoint, Options options = {}) {
    using Encoder = typename Model::Encoder;
    using Decoder = typename Model::Decoder;
    if (Result<void> known = detail::check_dtype(options.dtype, typename Model::Plan{}); !known)
      return std::move(known).error();
    Result<detail::FoundHalves> found = detail::find_halves<Families>(checkpoint, options.head);
    if (!found) return std::move(found).error();
    Result<BindingRequest> request = Pretrained<Decoder>::binding_request(checkpoint, options);
    if (!request) return std::move(request).error();
    if (options.quantization_config && !found->dense.empty()) request->skip.emplace_back(found->dense);
    Result<Decoder> decoder = Pretrained<Decoder>::bind(
        checkpoint, found->decoder, *request, options, options.progress, options.progress_user, list<Decoder>({}));
    if (!decoder) return std::move(decoder).error();
    options.backend = decoder->backend();  // prepared: both run on its threads
    const bool shared = detail::one_table(checkpoint, *found);
    Result<Encoder> encoder = Pretrained<Encoder>::bind(
        checkpoint, found->encoder, *request, options, options.progress, options.progress_user,
        list<Encoder>(shared ? &decoder->weights().tokens : nullptr));
    if (!encoder) return std::move(encoder).error();
    return Model(*std::move(encoder), *std::move(decoder));
  }

 private:
  /// Lists a half's weights, all but a table that it is given, and sinusoids, which it makes.
  template <class Half>
  static auto list(const Weight<typename Half::Plan::table>* table) {
    return [table](auto& weights, const ModelSpec& spec, auto& visitor) {
      detail::WithTable<std::remove_reference_t<decltype(visitor)>, typename Half::Plan::table> v{visitor, table};
      weights.visit(spec, v);
      if constexpr (requires { visitor.made(nullptr, 0, 0, weights.positions); })
        if (spec.position_table == PositionTable::sinusoidal)
          visitor.made(detail::sinusoids(spec.max_positions, spec.embedding_width()), spec.max_positions,
                       spec.embedding_width(), weights.positions);
    };
  }
};

/// So that what reads models by their type reads these too.
template <class B, class DType, class Families>
struct Pretrained<EncoderDecoder<B, DType>, Families> : PretrainedEncoderDecoder<EncoderDecoder<B, DType>, Families> {};

}  // namespace skald
