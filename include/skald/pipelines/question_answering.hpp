// The pipeline "question-answering": a question and a text in, the places of the text that answer it out.
#pragma once
#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skald/pipelines/answer_spans.hpp"
#include "skald/pipelines/pipeline.hpp"
#include "skald/pipelines/task_model.hpp"

namespace skald::inline SKALD_ABI {

struct QuestionAnsweringOptions {
  std::int32_t top_k = 1;                          ///< how many answers at most, the best first
  std::optional<std::int32_t> doc_stride{};        ///< tokens that windows have in common; unset: min(half of
                                                   ///< max_seq_len, 128)
  std::int32_t max_answer_len = 15;                ///< tokens of an answer
  std::optional<std::int32_t> max_seq_len{};       ///< tokens of a window, the question among them; unset: min(the
                                                   ///< tokenizer's model_max_length, 384)
  std::optional<std::int32_t> max_question_len{};  ///< tokens the question is cut to; unset: it is not
  bool handle_impossible_answer = false;           ///< that there is no answer is an answer too: ""
  bool align_to_words = true;                      ///< no answer begins or ends inside a word
  OffsetUnit offset_unit = OffsetUnit::code_point; ///< of start and end: as Python counts, or bytes
  std::int32_t batch_size = 32;                    ///< windows in a step; the numbers do not depend on it
};

/// QuestionAnswering is the one on Cpu. Needs a checkpoint with a head for questions. As transformers 4 did it:
/// transformers 5 has no such pipeline any more. Answers of several windows compete; those of the same text add up.
///
///     auto ask = QuestionAnswering::from_pretrained(folder);
///     std::string where = ask("Where do I live?", "My name is Wolfgang and I live in Berlin.")[0].answer;
template <class B, class Families>
class BasicQuestionAnswering {
 public:
  static Result<BasicQuestionAnswering> try_from_pretrained(const std::filesystem::path& path,
                                                            const AutoOptions<B>& options = {}) {
    auto model = TaskModel<B, Families>::try_from_pretrained(path, HeadKind::question, options);
    if (!model) return std::move(model).error();
    return BasicQuestionAnswering(*std::move(model));
  }
  template <class Path = std::filesystem::path>
  static BasicQuestionAnswering from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const TaskModel<B, Families>& model() const { return model_; }

  Result<std::vector<Answer>> try_run(std::string_view question, std::string_view context,
                                      const QuestionAnsweringOptions& options = {}) const {
    if (question.empty() || context.empty())
      return Error(FaultCode::invalid_argument, "question-answering: expected a question and a context, found none");
    if (options.top_k < 1) return fault(FaultCode::invalid_argument, "top_k: at least", 1, options.top_k);
    if (options.max_answer_len < 1)
      return fault(FaultCode::invalid_argument, "max_answer_len: at least", 1, options.max_answer_len);
    const bool question_first = model_.tokenizer().config().padding_side == Side::right;
    Result<std::vector<Encoding>> windows = encode(question, context, question_first, options);
    if (!windows) return std::move(windows).error();
    Result<TaskOutput> out = model_.try_run(*windows, options.batch_size);
    if (!out) return std::move(out).error();

    const std::size_t sequence = question_first ? 1 : 0;
    const auto wanted = std::size_t(options.align_to_words ? 2 * options.top_k + 10 : options.top_k);
    std::vector<std::pair<Answer, double>> answers;  // and their scores, as sums
    double no_answer = 1000000;
    for (std::size_t w = 0; w < windows->size(); ++w) {
      const Encoding& e = (*windows)[w];
      const std::vector<char> allowed = may_answer(e, std::int32_t(sequence));
      std::vector<float> p[2];
      for (std::size_t side : {0u, 1u}) {
        for (std::int32_t t = 0; t < out->rows(w); ++t) p[side].push_back(out->row(w, t)[side]);
        p[side] = detail::probabilities(p[side], allowed);
      }
      no_answer = std::min(no_answer, double(p[0][0] * p[1][0]));
      p[0][0] = p[1][0] = 0;
      for (const auto& span : detail::best_spans(p[0], p[1], allowed, options.max_answer_len, wanted))
        detail::add_answer(answers, context, detail::text_of_span(e, span, sequence, options.align_to_words),
                           span.score);
    }
    if (options.handle_impossible_answer) answers.push_back({Answer{}, no_answer});
    std::stable_sort(answers.begin(), answers.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<Answer> best;
    detail::CodePointCursor cursor(context);
    for (auto& [answer, score] : answers) {
      if (best.size() == std::size_t(options.top_k)) break;
      answer.score = float(score);
      if (options.offset_unit == OffsetUnit::code_point)
        answer.start = cursor.index(std::size_t(answer.start)), answer.end = cursor.index(std::size_t(answer.end));
      best.push_back(std::move(answer));
    }
    return best;
  }
  std::vector<Answer> operator()(std::string_view question, std::string_view context,
                                 const QuestionAnsweringOptions& options = {}) const {
    return unwrap(try_run(question, context, options));
  }

 private:
  explicit BasicQuestionAnswering(TaskModel<B, Families> model) : model_(std::move(model)) {}

  /// Tokens of the context, and the token that stands for "no answer".
  std::vector<char> may_answer(const Encoding& e, std::int32_t sequence) const {
    const std::vector<std::int32_t> ids = e.sequence_ids();
    std::vector<char> allowed;
    for (std::size_t i = 0; i < e.size(); ++i)
      allowed.push_back(ids[i] == sequence || e.ids[i] == model_.tokenizer().cls_token_id());
    return allowed;
  }

  /// The question beside each window of the context.
  Result<std::vector<Encoding>> encode(std::string_view question, std::string_view context, bool question_first,
                                       const QuestionAnsweringOptions& options) const {
    EncodeOptions encode;
    encode.offset_unit = OffsetUnit::byte;
    if (options.max_question_len) {
      encode.add_special_tokens = false;
      Result<Encoding> tokens = model_.tokenizer().try_encode(question, encode);
      if (!tokens) return std::move(tokens).error();
      if (const auto n = std::size_t(std::max(1, *options.max_question_len)); tokens->size() > n)
        question = question.substr(0, std::size_t(tokens->offsets[n - 1].end));
      encode.add_special_tokens = true;
    }
    const std::int32_t most = options.max_seq_len.value_or(
        std::min(model_.tokenizer().config().model_max_length.value_or(384), 384));
    encode.truncation = true;
    encode.truncation_strategy = question_first ? TruncationStrategy::only_second : TruncationStrategy::only_first;
    encode.max_length = most;
    encode.stride = options.doc_stride.value_or(std::min(most / 2, 128));
    encode.return_overflowing_tokens = true;
    if (encode.stride > most)
      return fault(FaultCode::invalid_argument, "doc_stride: at most max_seq_len", most, encode.stride);
    if (!question_first) std::swap(question, context);
    Result<Encoding> pair = model_.tokenizer().try_encode_pair(question, context, encode);
    if (!pair) return std::move(pair).error();
    std::vector<Encoding> one;
    one.push_back(*std::move(pair));
    return flatten(std::move(one)).rows;
  }

  TaskModel<B, Families> model_;
};

template <>
struct PipelineFor<"question-answering"> {
  template <class B, class Families>
  using type = BasicQuestionAnswering<B, Families>;
};

}  // namespace skald
