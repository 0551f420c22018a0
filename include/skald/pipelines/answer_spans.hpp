// From the logits of starts and ends to the spans of tokens that are the likeliest answers.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/aligned_text.hpp"
#include "skald/text/encoding.hpp"
#include "skald/text/normalizers/lowercase.hpp"

namespace skald::inline SKALD_ABI {

struct Answer {
  float score = 0;
  std::int32_t start = 0, end = 0;  ///< in the context, in code points or bytes: offset_unit
  std::string answer;
};

namespace detail {

/// Tokens [start, end] of a window.
struct AnswerSpan {
  std::int32_t start = 0, end = 0;
  double score = 0;
};

/// Probabilities over the tokens that may be in an answer; the others have 0.
inline std::vector<float> probabilities(std::span<const float> logits, std::span<const char> allowed) {
  std::vector<float> p(logits.begin(), logits.end());
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!allowed[i]) p[i] = -10000.0f;
  const float most = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (float& x : p) sum += x = std::exp(x - most);
  for (float& x : p) x = float(double(x) / sum);
  return p;
}

/// The `n` likeliest spans of at most `longest` tokens, score(start) * score(end), the best first.
inline std::vector<AnswerSpan> best_spans(std::span<const float> start, std::span<const float> end,
                                          std::span<const char> allowed, std::int32_t longest, std::size_t n) {
  std::vector<AnswerSpan> spans;
  const auto better = [](const AnswerSpan& a, const AnswerSpan& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.start != b.start ? a.start < b.start : a.end < b.end;
  };
  const auto size = std::int32_t(start.size());
  for (std::int32_t i = 0; i < size; ++i)
    for (std::int32_t j = i; j < std::min(size, i + longest); ++j) {
      const AnswerSpan span{i, j, double(start[std::size_t(i)] * end[std::size_t(j)])};
      if (!allowed[std::size_t(i)] || !allowed[std::size_t(j)] || span.score <= 0) continue;
      if (spans.size() == n && !better(span, spans.front())) continue;
      if (spans.size() == n) std::pop_heap(spans.begin(), spans.end(), better), spans.pop_back();
      spans.push_back(span);
      std::push_heap(spans.begin(), spans.end(), better);
    }
  std::sort_heap(spans.begin(), spans.end(), better);
  return spans;
}

/// The text that the span's tokens stand for, out to the ends of their words where they have some.
inline Offset text_of_span(const Encoding& e, const AnswerSpan& span, std::size_t sequence, bool align_to_words) {
  Offset at{e.offsets[std::size_t(span.start)].start, e.offsets[std::size_t(span.end)].end};
  const std::int32_t first = e.word_ids[std::size_t(span.start)], last = e.word_ids[std::size_t(span.end)];
  if (!align_to_words || first < 0 || last < 0 || sequence >= e.sequences.size()) return at;
  const Offset tokens = e.sequences[sequence];
  const auto begin = e.word_ids.begin() + tokens.start, end = e.word_ids.begin() + tokens.end;
  const auto from = std::find(begin, end, first);
  auto to = std::find(begin, end, last);
  if (from == end || to == end) return at;
  while (to + 1 != end && *(to + 1) == last) ++to;
  return {e.offsets[std::size_t(from - e.word_ids.begin())].start, e.offsets[std::size_t(to - e.word_ids.begin())].end};
}

inline std::string lower_case(std::string_view text) {
  AlignedText lower(text, {0, std::uint32_t(text.size())}, false);
  change_characters(lower, change_to_lowercase);
  return std::string(lower.view());
}

/// Adds an answer of that score, or the score to the answer of the same text that is there already.
inline void add_answer(std::vector<std::pair<Answer, double>>& answers, std::string_view context, Offset at,
                       double score) {
  std::string text(context.substr(std::size_t(at.start), std::size_t(at.end - at.start)));
  const std::string lower = lower_case(text);
  for (auto& [answer, sum] : answers)
    if (lower_case(answer.answer) == lower) {
      sum += score;
      return;
    }
  answers.push_back({{0, at.start, at.end, std::move(text)}, score});
}

}  // namespace detail

}  // namespace skald
