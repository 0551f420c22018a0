// Classes of tokens made into entities: of words first, where tokens of one word disagree, then of neighbours.
#pragma once
#include <algorithm>
#include <any>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/pipelines/scores.hpp"
#include "skald/text/tokenizer.hpp"

namespace skald::inline SKALD_ABI {

/// How tokens become entities.
enum class AggregationStrategy : std::uint8_t {
  none,     ///< each token by itself
  simple,   ///< neighbours of one tag; "B-" begins a new one
  first,    ///< the same over words; a word has the class of its first token
  average,  ///< ... of its tokens' scores, averaged
  max       ///< ... of its surest token
};

struct TokenEntity {
  std::string entity;        ///< the class of a token; AggregationStrategy::none
  std::string entity_group;  ///< the tag, "B-" and "I-" taken off; the other strategies
  float score = 0;
  std::int32_t index = -1;   ///< which token; AggregationStrategy::none
  std::string word;          ///< as the tokenizer spells it: text.substr(start, end - start) is as it was written
  std::int32_t start = 0, end = 0;  ///< in code points or bytes: offset_unit
};

namespace detail {

/// A token, or a word, before its class is chosen; start and end in bytes.
struct PreEntity {
  std::string word;
  std::vector<float> scores;
  std::int32_t start = 0, end = 0, index = -1;
  bool subword = false;
};

inline std::size_t count_characters(std::string_view text) {
  return std::size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Token strings as text, as the tokenizer's decoder joins them.
inline Result<std::string> join_tokens(const Tokenizer& tokenizer, std::span<const PreEntity> tokens) {
  std::vector<DecodedPiece> pieces;
  for (const PreEntity& t : tokens) pieces.push_back({t.word});
  AnyDecoder::State state;
  if (Result<void> done = tokenizer.decoder()(state, pieces, true); !done) return std::move(done).error();
  std::string text;
  for (const DecodedPiece& piece : pieces) text += piece.text;
  return text;
}

/// The tokens of a text that are no special ones. `scores` says what the model gives the i-th.
template <class Scores>
std::vector<PreEntity> gather_entities(const Tokenizer& tokenizer, std::string_view text, const Encoding& e,
                                       Scores&& scores) {
  std::vector<PreEntity> all;
  const bool marked = tokenizer.model().marks_subwords();
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (e.special_tokens_mask[i]) continue;
    const Offset at = e.offsets[i];
    const std::string_view written = text.substr(std::size_t(at.start), std::size_t(at.end - at.start));
    PreEntity p{std::string(tokenizer.id_to_token(e.ids[i]).value_or("")), softmax(scores(std::int32_t(i))), at.start,
                at.end, std::int32_t(i), false};
    const auto start = std::size_t(at.start);
    if (marked) p.subword = count_characters(p.word) != count_characters(written);
    else p.subword = start > 0 && text[start - 1] != ' ' && (start >= text.size() || text[start] != ' ');
    if (e.ids[i] == tokenizer.unk_token_id()) {
      p.word = written;
      p.subword = false;
    }
    all.push_back(std::move(p));
  }
  return all;
}

inline std::size_t best_of(std::span<const float> scores) {
  return std::size_t(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

/// Tokens of one word as one; its scores are those of the class chosen, the rest 0.
inline Result<PreEntity> join_word(const Tokenizer& tokenizer, std::span<const PreEntity> tokens,
                                   AggregationStrategy strategy) {
  Result<std::string> word = join_tokens(tokenizer, tokens);
  if (!word) return std::move(word).error();
  const PreEntity* chosen = &tokens[0];
  std::vector<float> scores(chosen->scores);
  if (strategy == AggregationStrategy::max) {
    for (const PreEntity& t : tokens)
      if (t.scores[best_of(t.scores)] > chosen->scores[best_of(chosen->scores)]) chosen = &t;
    scores = chosen->scores;
  } else if (strategy == AggregationStrategy::average) {
    for (std::size_t k = 0; k < scores.size(); ++k) {
      double sum = 0;
      for (const PreEntity& t : tokens) sum += t.scores[k];
      scores[k] = float(sum / double(tokens.size()));
    }
  }
  return PreEntity{*std::move(word), std::move(scores), tokens.front().start, tokens.back().end, -1, false};
}

inline Result<std::vector<PreEntity>> join_words(const Tokenizer& tokenizer, std::span<const PreEntity> tokens,
                                                 AggregationStrategy strategy) {
  std::vector<PreEntity> words;
  for (std::size_t from = 0, to; from < tokens.size(); from = to) {
    for (to = from + 1; to < tokens.size() && tokens[to].subword;) ++to;
    Result<PreEntity> word = join_word(tokenizer, tokens.subspan(from, to - from), strategy);
    if (!word) return std::move(word).error();
    words.push_back(*std::move(word));
  }
  return words;
}

/// Neighbours of one tag become one entity, which a class that begins with "B-" does not join.
inline Result<std::vector<TokenEntity>> group_entities(const Tokenizer& tokenizer, std::span<const PreEntity> tokens,
                                                       const std::vector<std::string>& labels) {
  const auto label = [&](const PreEntity& t) -> std::string_view { return labels[best_of(t.scores)]; };
  const auto tag = [](std::string_view l) {
    return l.starts_with("B-") || l.starts_with("I-") ? l.substr(2) : l;
  };
  std::vector<TokenEntity> groups;
  for (std::size_t from = 0, to; from < tokens.size(); from = to) {
    for (to = from + 1; to < tokens.size(); ++to)
      if (label(tokens[to]).starts_with("B-") || tag(label(tokens[to])) != tag(label(tokens[to - 1]))) break;
    const auto group = tokens.subspan(from, to - from);
    Result<std::string> word = join_tokens(tokenizer, group);
    if (!word) return std::move(word).error();
    double sum = 0;
    for (const PreEntity& t : group) sum += t.scores[best_of(t.scores)];
    const std::string_view l = label(group[0]);
    const std::size_t dash = l.find('-');
    groups.push_back({{}, std::string(dash == l.npos ? l : l.substr(dash + 1)), float(sum / double(group.size())), -1,
                      *std::move(word), group.front().start, group.back().end});
  }
  return groups;
}

/// Of windows that overlap: of entities that lie over each other the longest, or else the surest.
inline std::vector<TokenEntity> merge_overlapping(std::vector<TokenEntity> all) {
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  std::vector<TokenEntity> kept;
  for (TokenEntity& e : all) {
    if (kept.empty() || e.start >= kept.back().end) {
      kept.push_back(std::move(e));
      continue;
    }
    const std::int32_t length = e.end - e.start, before = kept.back().end - kept.back().start;
    if (length > before || (length == before && e.score > kept.back().score)) kept.back() = std::move(e);
  }
  return kept;
}

}  // namespace detail

}  // namespace skald
