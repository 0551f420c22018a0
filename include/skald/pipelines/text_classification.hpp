// The pipeline "text-classification" (also "sentiment-analysis"): a text or a pair of texts in, labels with scores out.
#pragma once
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/scores.hpp"
#include "skald/pipelines/task_model.hpp"
#include "skald/pipelines/texts.hpp"

namespace skald::inline SKALD_ABI {

struct TextClassificationOptions {
  std::optional<std::int32_t> top_k = 1;  ///< how many labels, the best first; nullopt: all of them
  /// "sigmoid", "softmax" or "none". "default": none of a regression, sigmoid where labels exclude no other
  /// (problem_type) or there is one alone, else softmax.
  std::string function_to_apply = "default";
  bool truncation = false;                ///< cut texts that are longer than max_length
  std::optional<std::int32_t> max_length{};   ///< unset: the tokenizer's model_max_length
  std::int32_t batch_size = 32;           ///< texts in a step; the numbers do not depend on it
};

namespace detail {

inline Result<std::vector<float>> class_scores(std::span<const float> logits, const TaskConfig& config,
                                               const std::string& function) {
  const bool plain = function == "default";
  const bool none = plain && config.problem_type == "regression";
  const bool alone = plain && (config.problem_type == "multi_label_classification" || logits.size() == 1);
  std::vector<float> scores(logits.begin(), logits.end());
  if (function == "none" || none) return scores;
  if (function == "sigmoid" || alone) {
    for (float& x : scores) x = sigmoid(x);
    return scores;
  }
  if (function == "softmax" || plain) return softmax(logits);
  return Error(FaultCode::invalid_argument,
               "function_to_apply: expected default, sigmoid, softmax or none, found " + function);
}

}  // namespace detail

/// TextClassification is the one on Cpu. Needs a checkpoint with a head for sequence classes.
///
///     auto classify = TextClassification::from_pretrained(folder);
///     auto [label, score] = classify("This is great.")[0];
template <class B, class Families>
class BasicTextClassification
    : public detail::TextPipeline<BasicTextClassification<B, Families>, std::vector<LabelScore>,
                                  TextClassificationOptions> {
  using Parent = detail::TextPipeline<BasicTextClassification, std::vector<LabelScore>, TextClassificationOptions>;

 public:
  using Labels = std::vector<LabelScore>;

  static Result<BasicTextClassification> try_from_pretrained(const std::filesystem::path& path,
                                                             const AutoOptions<B>& options = {}) {
    auto model = TaskModel<B, Families>::try_from_pretrained(path, HeadKind::sequence_class, options);
    if (!model) return std::move(model).error();
    return BasicTextClassification(*std::move(model));
  }
  template <class Path = std::filesystem::path>
  static BasicTextClassification from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const TaskModel<B, Families>& model() const { return model_; }

  using Parent::try_run;
  using Parent::operator();

  /// A pair: premise and hypothesis, question and answer.
  Result<Labels> try_run(const TextPair& pair, const TextClassificationOptions& options = {}) const {
    const EncodeOptions encode = encoding(options);
    Result<Encoding> both = model_.tokenizer().try_encode_pair(pair.text, pair.text_pair, encode);
    if (!both) return std::move(both).error();
    return Parent::first(classify({&*both, 1}, options));
  }
  Labels operator()(const TextPair& pair, const TextClassificationOptions& options = {}) const {
    return unwrap(try_run(pair, options));
  }

  Result<std::vector<Labels>> run(std::span<const std::string_view> texts,
                                  const TextClassificationOptions& options) const {
    Result<std::vector<Encoding>> encodings = model_.tokenizer().try_encode_batch(texts, encoding(options));
    if (!encodings) return std::move(encodings).error();
    return classify(*encodings, options);
  }

 private:
  explicit BasicTextClassification(TaskModel<B, Families> model) : model_(std::move(model)) {}

  static EncodeOptions encoding(const TextClassificationOptions& options) {
    EncodeOptions encode;
    encode.truncation = options.truncation;
    encode.max_length = options.max_length;
    encode.offset_unit = OffsetUnit::none;
    return encode;
  }

  Result<std::vector<Labels>> classify(std::span<const Encoding> texts,
                                       const TextClassificationOptions& options) const {
    Result<TaskOutput> out = model_.try_run(texts, options.batch_size);
    if (!out) return std::move(out).error();
    if (options.top_k && *options.top_k < 1)
      return fault(FaultCode::invalid_argument, "top_k: at least", 1, *options.top_k);
    std::vector<Labels> all(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto scores = detail::class_scores(out->row(i), model_.config(), options.function_to_apply);
      if (!scores) return scores.error();
      const std::size_t n = options.top_k ? std::size_t(*options.top_k) : scores->size();
      for (const std::int32_t k : detail::best_first(*scores, n))
        all[i].push_back({model_.labels()[std::size_t(k)], (*scores)[std::size_t(k)]});
    }
    return all;
  }

  TaskModel<B, Families> model_;
};

template <>
struct PipelineFor<"text-classification"> {
  template <class B, class Families>
  using type = BasicTextClassification<B, Families>;
};
template <>
struct PipelineFor<"sentiment-analysis"> : PipelineFor<"text-classification"> {};

}  // namespace skald
