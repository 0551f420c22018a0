// The pipeline "sentence-similarity": a text and others in, how alike each of them is out.
#pragma once
#include <filesystem>
#include <utility>
#include <vector>

#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/sentence_transformer.hpp"

namespace skald::inline SKALD_ABI {

/// SentenceSimilarity is the one on Cpu: the task of that name on the hub, by a sentence-transformers folder.
template <class B, class Families>
class BasicSentenceSimilarity {
 public:
  static Result<BasicSentenceSimilarity> try_from_pretrained(const std::filesystem::path& path,
                                                             const AutoOptions<B>& options = {}) {
    auto model = BasicSentenceTransformer<B, Families>::try_from_pretrained(path, options);
    if (!model) return std::move(model).error();
    return BasicSentenceSimilarity(*std::move(model));
  }
  template <class Path = std::filesystem::path>
  static BasicSentenceSimilarity from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const BasicSentenceTransformer<B, Families>& model() const { return model_; }

  /// One number for each of `sentences`.
  Result<std::vector<float>> try_run(std::string_view source_sentence, const Texts& sentences,
                                     const EncodeSentenceOptions& options = {}) const {
    Result<Embeddings> one = model_.try_encode({source_sentence}, options);
    if (!one) return std::move(one).error();
    Result<Embeddings> others = model_.try_encode(sentences, options);
    if (!others) return std::move(others).error();
    return model_.similarity(*one, *others).values;
  }
  std::vector<float> operator()(std::string_view source_sentence, const Texts& sentences,
                                const EncodeSentenceOptions& options = {}) const {
    return unwrap(try_run(source_sentence, sentences, options));
  }

 private:
  explicit BasicSentenceSimilarity(BasicSentenceTransformer<B, Families> model) : model_(std::move(model)) {}

  BasicSentenceTransformer<B, Families> model_;
};

template <>
struct PipelineFor<"sentence-similarity"> {
  template <class B, class Families>
  using type = BasicSentenceSimilarity<B, Families>;
};

}  // namespace skald
