// The pipeline "fill-mask": a text with the tokenizer's mask token in, the words that fit there out.
#pragma once
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/scores.hpp"
#include "skald/pipelines/task_model.hpp"
#include "skald/pipelines/texts.hpp"

namespace skald::inline SKALD_ABI {

/// A token for a mask.
struct FilledMask {
  float score = 0;        ///< its probability there
  token_id token = 0;
  std::string token_str;  ///< the token alone
  std::string sequence;   ///< the text with it; where there are several masks, special tokens stay in
  std::int32_t mask = 0;  ///< which of the text's masks
};

struct FillMaskOptions {
  std::int32_t top_k = 5;              ///< tokens for each mask
  std::vector<std::string> targets{};  ///< where given, only these; of what is no token its first token counts
  bool truncation = false;             ///< cut texts that are longer than the tokenizer's model_max_length
  std::int32_t batch_size = 32;        ///< texts in a step; the numbers do not depend on it
};

/// FillMask is the one on Cpu. Needs a checkpoint with a head for masked words. Each mask is judged with the others in
/// place; the list has the best tokens of the first mask, then those of the second, and so on.
///
///     auto fill = FillMask::from_pretrained(folder);
///     for (const FilledMask& word : fill("Paris is the [MASK] of France.")) use(word.token_str, word.score);
template <class B, class Families>
class BasicFillMask
    : public detail::TextPipeline<BasicFillMask<B, Families>, std::vector<FilledMask>, FillMaskOptions> {
 public:
  static Result<BasicFillMask> try_from_pretrained(const std::filesystem::path& path,
                                                   const AutoOptions<B>& options = {}) {
    auto model = TaskModel<B, Families>::try_from_pretrained(path, HeadKind::masked_language, options);
    if (!model) return std::move(model).error();
    if (!model->tokenizer().mask_token_id())
      return Error(FaultCode::not_found, path.string() + ": fill-mask: the tokenizer has no mask_token");
    return BasicFillMask(*std::move(model));
  }
  template <class Path = std::filesystem::path>
  static BasicFillMask from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const TaskModel<B, Families>& model() const { return model_; }

  Result<std::vector<std::vector<FilledMask>>> run(std::span<const std::string_view> texts,
                                                   const FillMaskOptions& options) const {
    if (options.top_k < 1) return fault(FaultCode::invalid_argument, "top_k: at least", 1, options.top_k);
    const token_id mask = *model_.tokenizer().mask_token_id();
    EncodeOptions encode;
    encode.truncation = options.truncation;
    encode.offset_unit = OffsetUnit::none;
    Result<std::vector<Encoding>> encodings = model_.tokenizer().try_encode_batch(texts, encode);
    if (!encodings) return std::move(encodings).error();
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (std::find((*encodings)[i].ids.begin(), (*encodings)[i].ids.end(), mask) == (*encodings)[i].ids.end())
        return Error(FaultCode::invalid_argument,
                     "text " + std::to_string(i) + ": no mask_token (" +
                         std::string(model_.tokenizer().id_to_token(mask).value_or("")) + ") in it");
    Result<std::vector<token_id>> targets = target_ids(options.targets);
    if (!targets) return std::move(targets).error();
    Result<TaskOutput> out = model_.try_run(*encodings, options.batch_size, mask);
    if (!out) return std::move(out).error();
    std::vector<std::vector<FilledMask>> all(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i)
      for (std::int32_t m = 0; m < out->rows(i); ++m)
        if (Result<void> done = fill((*encodings)[i].ids, m, out->row(i, m), *targets, options, out->rows(i), all[i]);
            !done)
          return std::move(done).error();
    return all;
  }

 private:
  explicit BasicFillMask(TaskModel<B, Families> model) : model_(std::move(model)) {}

  /// The best tokens for the m-th mask.
  Result<void> fill(const std::vector<token_id>& ids, std::int32_t m, std::span<const float> logits,
                    const std::vector<token_id>& targets, const FillMaskOptions& options, std::int32_t masks,
                    std::vector<FilledMask>& to) const {
    const Tokenizer& tokenizer = model_.tokenizer();
    const std::vector<float> all = detail::softmax(logits);
    std::vector<float> scores;
    for (const token_id t : targets) scores.push_back(all[std::size_t(t)]);
    const std::vector<float>& among = targets.empty() ? all : scores;
    auto place = ids.begin();
    for (std::int32_t seen = 0;; ++place)
      if (*place == *tokenizer.mask_token_id() && seen++ == m) break;
    for (const std::int32_t k : detail::best_first(among, std::size_t(options.top_k))) {
      FilledMask word{among[std::size_t(k)], targets.empty() ? token_id(k) : targets[std::size_t(k)], {}, {}, m};
      std::vector<token_id> filled(ids);
      filled[std::size_t(place - ids.begin())] = word.token;
      if (const auto pad = tokenizer.pad_token_id()) std::erase(filled, *pad);
      Result<std::string> sequence = tokenizer.try_decode(filled, {.skip_special_tokens = masks == 1});
      Result<std::string> alone = tokenizer.try_decode({&word.token, 1});
      if (!sequence) return std::move(sequence).error();
      if (!alone) return std::move(alone).error();
      word.sequence = *std::move(sequence);
      word.token_str = *std::move(alone);
      to.push_back(std::move(word));
    }
    return {};
  }

  Result<std::vector<token_id>> target_ids(const std::vector<std::string>& targets) const {
    std::vector<token_id> ids;
    for (const std::string& target : targets) {
      auto id = model_.tokenizer().token_to_id(target);
      if (!id) {
        EncodeOptions plain;
        plain.add_special_tokens = false;
        Result<Encoding> pieces = model_.tokenizer().try_encode(target, plain);
        if (!pieces) return std::move(pieces).error();
        if (pieces->size() > 0) id = pieces->ids[0];
      }
      if (id && *id < model_.model().vocab_size() && std::find(ids.begin(), ids.end(), *id) == ids.end())
        ids.push_back(*id);
    }
    if (ids.empty() && !targets.empty())
      return Error(FaultCode::invalid_argument, "targets: none of them is made of tokens that the model knows");
    return ids;
  }

  TaskModel<B, Families> model_;
};

template <>
struct PipelineFor<"fill-mask"> {
  template <class B, class Families>
  using type = BasicFillMask<B, Families>;
};

}  // namespace skald
