// CrossEncoder, and the pipeline "text-ranking": a query and documents, judged together, in the order of their scores.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/scores.hpp"
#include "skald/pipelines/sentence_modules.hpp"
#include "skald/pipelines/task_model.hpp"
#include "skald/pipelines/texts.hpp"

namespace skald::inline SKALD_ABI {

struct RankedDocument {
  std::int32_t corpus_id = 0;  ///< which of the documents
  float score = 0;
  std::string text;            ///< RankOptions::return_documents
};

struct RankOptions {
  std::optional<std::int32_t> top_k{};  ///< how many documents; unset: all of them
  bool return_documents = false;
  std::int32_t batch_size = 32;         ///< pairs in a step; the numbers do not depend on it
};

/// CrossEncoder is the one on Cpu: a checkpoint with a head for sequence classes, as the Python library
/// sentence-transformers reads it. Scores go through the activation that the folder names; where it names none, sigmoid
/// of a single label, else none.
///
///     auto reranker = CrossEncoder::from_pretrained(folder);
///     for (const RankedDocument& d : reranker.rank(query, documents, {.top_k = 3})) use(documents[d.corpus_id]);
template <class B, class Families>
class BasicCrossEncoder {
 public:
  static Result<BasicCrossEncoder> try_from_pretrained(const std::filesystem::path& path,
                                                       const AutoOptions<B>& options = {}) {
    auto model = TaskModel<B, Families>::try_from_pretrained(path, HeadKind::sequence_class, options);
    if (!model) return std::move(model).error();
    std::optional<Activation> activation;  // none: sigmoid
    if (model->spec().labels != 1) activation = Activation::identity;
    for (const char* file : {"config_sentence_transformers.json", "config.json"}) {
      Result<JsonDocument> json = detail::read_optional_json(path, file);
      if (!json) return std::move(json).error();
      const JsonConfig config(json->root(), file), inner = config.child("sentence_transformers");
      constexpr const char *key = "activation_fn", *older = "sbert_ce_default_activation_function";
      const JsonConfig& where = inner.has(key) ? inner : config;
      const char* const name = where.has(key) ? key : older;
      const std::string_view named = where.field(name, std::string_view());
      if (auto faults = config.faults()) return *std::move(faults);
      if (named.empty()) continue;
      activation.reset();
      if (named.ends_with(".Sigmoid")) break;
      Result<Activation> found = detail::read_torch_activation(where, name, named);
      if (!found) return std::move(found).error();
      activation = *found;
      break;
    }
    return BasicCrossEncoder(*std::move(model), activation);
  }
  template <class Path = std::filesystem::path>
  static BasicCrossEncoder from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const TaskModel<B, Families>& model() const { return model_; }

  /// [pairs, labels].
  Result<Embeddings> try_predict(std::span<const TextPair> pairs, std::int32_t batch_size = 32) const {
    EncodeOptions encode;
    encode.truncation = true;
    encode.offset_unit = OffsetUnit::none;
    const ModelSpec& spec = model_.spec();
    if (spec.max_positions > 0) {
      const std::int32_t most = spec.longest_row();
      encode.max_length = std::min(most, model_.tokenizer().config().model_max_length.value_or(most));
    }
    std::vector<std::string_view> texts, others;
    for (const TextPair& pair : pairs) texts.push_back(pair.text), others.push_back(pair.text_pair);
    Result<std::vector<Encoding>> encodings = model_.tokenizer().try_encode_pair_batch(texts, others, encode);
    if (!encodings) return std::move(encodings).error();
    Result<TaskOutput> out = model_.try_run(*encodings, batch_size);
    if (!out) return std::move(out).error();
    for (float& x : out->values) x = activation_ ? activate_one(*activation_, x) : sigmoid(x);
    return Embeddings{std::move(out->values), pairs.size(), std::size_t(out->width)};
  }
  Embeddings predict(std::span<const TextPair> pairs, std::int32_t batch_size = 32) const {
    return unwrap(try_predict(pairs, batch_size));
  }

  /// The documents by falling score. Errors: unsupported, a model of several labels.
  Result<std::vector<RankedDocument>> try_rank(std::string_view query, const Texts& documents,
                                               const RankOptions& options = {}) const {
    if (model_.spec().labels != 1)
      return fault(FaultCode::unsupported, "rank: labels of a model that ranks: use predict", 1, model_.spec().labels);
    if (options.top_k && *options.top_k < 1)
      return fault(FaultCode::invalid_argument, "top_k: at least", 1, *options.top_k);
    std::vector<TextPair> pairs;
    const std::span<const std::string_view> texts(documents);
    for (const std::string_view text : texts) pairs.push_back({query, text});
    Result<Embeddings> scores = try_predict(pairs, options.batch_size);
    if (!scores) return std::move(scores).error();
    std::vector<RankedDocument> ranked;
    const std::size_t n = options.top_k ? std::size_t(*options.top_k) : texts.size();
    for (const std::int32_t i : detail::best_first(scores->values, n))
      ranked.push_back({i, scores->values[std::size_t(i)],
                        std::string(options.return_documents ? texts[std::size_t(i)] : std::string_view())});
    return ranked;
  }
  std::vector<RankedDocument> rank(std::string_view query, const Texts& documents,
                                   const RankOptions& options = {}) const {
    return unwrap(try_rank(query, documents, options));
  }

 private:
  BasicCrossEncoder(TaskModel<B, Families> model, std::optional<Activation> activation)
      : model_(std::move(model)), activation_(activation) {}

  TaskModel<B, Families> model_;
  std::optional<Activation> activation_;
};

template <>
struct PipelineFor<"text-ranking"> {
  template <class B, class Families>
  using type = BasicCrossEncoder<B, Families>;
};

}  // namespace skald
