// The pipeline "feature-extraction": a text in, the last hidden state of each of its tokens out.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/task_model.hpp"
#include "skald/pipelines/texts.hpp"

namespace skald::inline SKALD_ABI {

/// [tokens, width], special tokens included.
struct Features {
  std::vector<float> values;
  std::int32_t tokens = 0, width = 0;

  std::span<const float> token(std::int32_t t) const {
    return std::span(values).subspan(std::size_t(t) * std::size_t(width), std::size_t(width));
  }
};

struct FeatureExtractionOptions {
  bool truncation = false;                  ///< cut texts that are longer than max_length
  std::optional<std::int32_t> max_length{}; ///< unset: the tokenizer's model_max_length
  std::int32_t batch_size = 32;             ///< texts in a step; the numbers do not depend on it
};

/// FeatureExtraction is the one on Cpu. Takes any encoder or decoder: a head that it has is left out.
template <class B, class Families>
class BasicFeatureExtraction
    : public detail::TextPipeline<BasicFeatureExtraction<B, Families>, Features, FeatureExtractionOptions> {
 public:
  static Result<BasicFeatureExtraction> try_from_pretrained(const std::filesystem::path& path,
                                                            const AutoOptions<B>& options = {}) {
    auto model = TaskModel<B, Families>::try_from_pretrained(path, HeadKind::none, options);
    if (!model) return std::move(model).error();
    return BasicFeatureExtraction(*std::move(model));
  }
  template <class Path = std::filesystem::path>
  static BasicFeatureExtraction from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const TaskModel<B, Families>& model() const { return model_; }

  Result<std::vector<Features>> run(std::span<const std::string_view> texts,
                                    const FeatureExtractionOptions& options) const {
    EncodeOptions encode;
    encode.truncation = options.truncation;
    encode.max_length = options.max_length;
    encode.offset_unit = OffsetUnit::none;
    Result<std::vector<Encoding>> encodings = model_.tokenizer().try_encode_batch(texts, encode);
    if (!encodings) return std::move(encodings).error();
    Result<TaskOutput> out = model_.try_run(*encodings, options.batch_size);
    if (!out) return std::move(out).error();
    std::vector<Features> all;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto from = out->values.begin() + std::ptrdiff_t(out->first[i]) * out->width;
      all.push_back({{from, from + std::ptrdiff_t(out->rows(i)) * out->width}, out->rows(i), out->width});
    }
    return all;
  }

 private:
  explicit BasicFeatureExtraction(TaskModel<B, Families> model) : model_(std::move(model)) {}

  TaskModel<B, Families> model_;
};

template <>
struct PipelineFor<"feature-extraction"> {
  template <class B, class Families>
  using type = BasicFeatureExtraction<B, Families>;
};

}  // namespace skald
