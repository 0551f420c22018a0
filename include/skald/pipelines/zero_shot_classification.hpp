// The pipeline "zero-shot-classification": a text and any labels in, how well each fits out. A model of natural
// language inference judges "This example is <label>." after the text.
#pragma once
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "skald/pipelines/every_family.hpp"
#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/scores.hpp"
#include "skald/pipelines/task_model.hpp"
#include "skald/pipelines/texts.hpp"

namespace skald::inline SKALD_ABI {

/// A list of labels, or one text with commas between them.
class CandidateLabels {
 public:
  CandidateLabels(std::initializer_list<std::string_view> labels) : labels_(labels.begin(), labels.end()) {}
  template <class Range>
    requires std::constructible_from<Texts, const Range&>
  CandidateLabels(const Range& labels) {
    for (const auto& label : labels) labels_.emplace_back(label);
  }
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  CandidateLabels(const Text& list) {
    for (std::string_view rest = list; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string_view label = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      while (!label.empty() && label.front() == ' ') label.remove_prefix(1);
      while (!label.empty() && label.back() == ' ') label.remove_suffix(1);
      if (!label.empty()) labels_.emplace_back(label);
    }
  }
  const std::vector<std::string>& labels() const { return labels_; }

 private:
  std::vector<std::string> labels_;
};

/// Labels by falling score.
struct ZeroShotOutput {
  std::string sequence;
  std::vector<std::string> labels;
  std::vector<float> scores;
};

struct ZeroShotOptions {
  std::string hypothesis_template = "This example is {}.";
  bool multi_label = false;       ///< each label by itself, entailed or contradicted; else they sum to 1
  std::int32_t batch_size = 32;   ///< pairs of text and label in a step; the numbers do not depend on it
};

/// ZeroShotClassification is the one on Cpu. Needs a checkpoint with a head for sequence classes, one of whose labels
/// begins with "entail"; without one the last counts, as in transformers.
template <class B, class Families>
class BasicZeroShotClassification {
 public:
  static Result<BasicZeroShotClassification> try_from_pretrained(const std::filesystem::path& path,
                                                                 const AutoOptions<B>& options = {}) {
    auto model = TaskModel<B, Families>::try_from_pretrained(path, HeadKind::sequence_class, options);
    if (!model) return std::move(model).error();
    return BasicZeroShotClassification(*std::move(model));
  }
  template <class Path = std::filesystem::path>
  static BasicZeroShotClassification from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const TaskModel<B, Families>& model() const { return model_; }

  Result<ZeroShotOutput> try_run(std::string_view text, const CandidateLabels& candidate_labels,
                                 const ZeroShotOptions& options = {}) const {
    const auto& labels = candidate_labels.labels();
    const std::size_t hole = options.hypothesis_template.find("{}");
    if (labels.empty() || text.empty())
      return Error(FaultCode::invalid_argument, "zero-shot-classification: expected a text and at least one label");
    if (hole == std::string::npos)
      return Error(FaultCode::invalid_argument,
                   "hypothesis_template: expected {} where the label goes, found " + options.hypothesis_template);
    std::vector<Encoding> pairs;
    for (const std::string& label : labels) {
      std::string hypothesis = options.hypothesis_template;
      hypothesis.replace(hole, 2, label);
      Result<Encoding> pair = encode(text, hypothesis);
      if (!pair) return std::move(pair).error();
      pairs.push_back(*std::move(pair));
    }
    Result<TaskOutput> out = model_.try_run(pairs, options.batch_size);
    if (!out) return std::move(out).error();
    const auto entailment = std::size_t(entailment_id()), last = std::size_t(out->width - 1);
    const std::size_t contradiction = entailment == 0 ? last : 0;
    std::vector<float> logits, scores;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto row = out->row(i);
      logits.push_back(row[entailment]);
      const float both[] = {row[contradiction], row[entailment]};
      scores.push_back(detail::softmax(both)[1]);
    }
    if (!options.multi_label && labels.size() > 1) scores = detail::softmax(logits);
    ZeroShotOutput result{std::string(text), {}, {}};
    for (const std::int32_t i : detail::best_first(scores, scores.size())) {
      result.labels.push_back(labels[std::size_t(i)]);
      result.scores.push_back(scores[std::size_t(i)]);
    }
    return result;
  }
  ZeroShotOutput operator()(std::string_view text, const CandidateLabels& candidate_labels,
                            const ZeroShotOptions& options = {}) const {
    return unwrap(try_run(text, candidate_labels, options));
  }

  /// The index of the label that means "follows from the text".
  std::int32_t entailment_id() const {
    const auto& labels = model_.labels();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      constexpr std::string_view wanted = "entail";
      std::size_t same = 0;
      while (same < wanted.size() && same < labels[i].size() && (labels[i][same] | 0x20) == wanted[same]) ++same;
      if (same == wanted.size()) return std::int32_t(i);
    }
    return std::int32_t(labels.size()) - 1;
  }

 private:
  explicit BasicZeroShotClassification(TaskModel<B, Families> model) : model_(std::move(model)) {}

  /// The text is cut where both are too long, never the hypothesis; where that does not help nothing is.
  Result<Encoding> encode(std::string_view text, const std::string& hypothesis) const {
    EncodeOptions options;
    options.offset_unit = OffsetUnit::none;
    options.truncation = true;
    options.truncation_strategy = TruncationStrategy::only_first;
    Result<Encoding> pair = model_.tokenizer().try_encode_pair(text, hypothesis, options);
    if (pair || pair.error().code() != FaultCode::invalid_argument) return pair;
    options.truncation = false;
    return model_.tokenizer().try_encode_pair(text, hypothesis, options);
  }

  TaskModel<B, Families> model_;
};

template <>
struct PipelineFor<"zero-shot-classification"> {
  using DefaultFamilies = EveryFamily;
  template <class B, class Families>
  using type = BasicZeroShotClassification<B, Families>;
};

}  // namespace skald
