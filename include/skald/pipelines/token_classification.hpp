// The pipeline "token-classification" (also "ner"): a text in, its tokens or entities with their classes out.
#pragma once
#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skald/pipelines/entities.hpp"
#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/task_model.hpp"
#include "skald/pipelines/texts.hpp"

namespace skald::inline SKALD_ABI {

struct TokenClassificationOptions {
  AggregationStrategy aggregation_strategy = AggregationStrategy::none;
  std::vector<std::string> ignore_labels = {"O"};  ///< classes and tags that are left out
  /// Texts longer than the tokenizer's model_max_length are read in windows that have so many tokens in common; without
  /// it they are cut. Not with AggregationStrategy::none.
  std::optional<std::int32_t> stride{};
  OffsetUnit offset_unit = OffsetUnit::code_point;  ///< of start and end: as Python counts, or bytes
  std::int32_t batch_size = 32;                     ///< windows in a step; the numbers do not depend on it
};

/// TokenClassification is the one on Cpu. Needs a checkpoint with a head for token classes.
///
///     auto ner = TokenClassification::from_pretrained(folder);
///     for (const TokenEntity& e : ner(text, {.aggregation_strategy = AggregationStrategy::simple}))
///       use(e.entity_group, e.word, e.score);
template <class B, class Families>
class BasicTokenClassification
    : public detail::TextPipeline<BasicTokenClassification<B, Families>, std::vector<TokenEntity>,
                                  TokenClassificationOptions> {
 public:
  using Entities = std::vector<TokenEntity>;

  static Result<BasicTokenClassification> try_from_pretrained(const std::filesystem::path& path,
                                                              const AutoOptions<B>& options = {}) {
    auto model = TaskModel<B, Families>::try_from_pretrained(path, HeadKind::token_class, options);
    if (!model) return std::move(model).error();
    return BasicTokenClassification(*std::move(model));
  }
  template <class Path = std::filesystem::path>
  static BasicTokenClassification from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const TaskModel<B, Families>& model() const { return model_; }

  Result<std::vector<Entities>> run(std::span<const std::string_view> texts,
                                    const TokenClassificationOptions& options) const {
    if (options.stride && options.aggregation_strategy == AggregationStrategy::none)
      return Error(FaultCode::invalid_argument,
                   "stride: windows overlap: give another aggregation_strategy than none beside it");
    EncodeOptions encode;
    encode.truncation = true;
    encode.offset_unit = OffsetUnit::byte;
    encode.return_overflowing_tokens = options.stride.has_value();
    encode.stride = options.stride.value_or(0);
    Result<std::vector<Encoding>> encodings = model_.tokenizer().try_encode_batch(texts, encode);
    if (!encodings) return std::move(encodings).error();
    const EncodingRows windows = flatten(*std::move(encodings));
    Result<TaskOutput> out = model_.try_run(windows.rows, options.batch_size);
    if (!out) return std::move(out).error();
    std::vector<Entities> all(texts.size());
    std::vector<std::int32_t> count(texts.size(), 0);
    for (std::size_t w = 0; w < windows.rows.size(); ++w) {
      const auto i = std::size_t(windows.overflow_to_sample_mapping[w]);
      ++count[i];
      const auto scores = [&](std::int32_t t) { return out->row(w, t); };
      Result<Entities> found =
          entities(detail::gather_entities(model_.tokenizer(), texts[i], windows.rows[w], scores), options);
      if (!found) return std::move(found).error();
      for (TokenEntity& e : *found) all[i].push_back(std::move(e));
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (count[i] > 1) all[i] = detail::merge_overlapping(std::move(all[i]));
      if (options.offset_unit != OffsetUnit::code_point) continue;
      detail::CodePointCursor cursor(texts[i]);
      for (TokenEntity& e : all[i])
        e.start = cursor.index(std::size_t(e.start)), e.end = cursor.index(std::size_t(e.end));
    }
    return all;
  }

 private:
  explicit BasicTokenClassification(TaskModel<B, Families> model) : model_(std::move(model)) {}

  Result<Entities> entities(std::vector<detail::PreEntity> tokens, const TokenClassificationOptions& options) const {
    const auto strategy = options.aggregation_strategy;
    const std::vector<std::string>& labels = model_.labels();
    Entities found;
    if (strategy == AggregationStrategy::none) {
      for (detail::PreEntity& t : tokens) {
        const std::size_t k = detail::best_of(t.scores);
        found.push_back({labels[k], {}, t.scores[k], t.index, std::move(t.word), t.start, t.end});
      }
    } else {
      if (strategy != AggregationStrategy::simple) {
        Result<std::vector<detail::PreEntity>> words = detail::join_words(model_.tokenizer(), tokens, strategy);
        if (!words) return std::move(words).error();
        tokens = *std::move(words);
      }
      Result<Entities> groups = detail::group_entities(model_.tokenizer(), tokens, labels);
      if (!groups) return std::move(groups).error();
      found = *std::move(groups);
    }
    const auto ignored = [&](const TokenEntity& e) {
      const std::string& label = strategy == AggregationStrategy::none ? e.entity : e.entity_group;
      return std::find(options.ignore_labels.begin(), options.ignore_labels.end(), label) !=
             options.ignore_labels.end();
    };
    std::erase_if(found, ignored);
    return found;
  }

  TaskModel<B, Families> model_;
};

template <>
struct PipelineFor<"token-classification"> {
  template <class B, class Families>
  using type = BasicTokenClassification<B, Families>;
};
template <>
struct PipelineFor<"ner"> : PipelineFor<"token-classification"> {};

}  // namespace skald
