// Hugging Face's border format, padded ids and masks, into the ragged rows that models run, and outputs back.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/spec/kinds.hpp"
#include "skald/tensor/step_batch.hpp"

namespace skald::inline SKALD_ABI {

/// Sequences side by side, all matrices [rows, cols] one row after the other; padding may be left, right or inside.
struct PaddedBatch {
  index_t rows = 0, cols = 0;
  std::span<const token_id> input_ids;
  std::span<const std::int32_t> attention_mask{};  ///< 1: a token, 0: padding; empty: all 1
  std::span<const std::int32_t> position_ids{};    ///< empty: counted, see unpad()
  std::span<const std::int32_t> token_type_ids{};  ///< empty: none
};

/// The same without padding: what StepBatch looks at. Row i is sequence i and begins at position 0 of its cache.
struct RaggedBatch {
  struct Place {
    std::int32_t row = 0, column = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };

  std::vector<token_id> tokens;
  std::vector<std::int32_t> positions;  ///< one a token
  std::vector<std::int32_t> types;      ///< one a token, or none
  std::vector<Row> rows;
  std::vector<Place> places;            ///< where each token stood

  StepBatch step(std::span<const std::int32_t> logits_at) const { return {tokens, positions, rows, logits_at, types}; }

  /// `values` [tokens, width] -> `padded` [rows, cols, width]; what stands at padded places stays as it is.
  template <class T>
  void scatter(std::span<const T> values, index_t width, index_t cols, std::span<T> padded) const {
    for (std::size_t t = 0; t < places.size(); ++t)
      std::copy_n(values.begin() + index_t(t) * width, width,
                  padded.begin() + (index_t(places[t].row) * cols + places[t].column) * width);
  }
};

namespace detail {

/// All faults of a padded batch that can be seen before its rows are read.
inline Fault check(const PaddedBatch& b, PositionCount count, token_id padding_id) {
  constexpr index_t most = std::numeric_limits<std::int32_t>::max();
  if (b.rows < 1) return fault(FaultCode::invalid_argument, "input_ids: rows, at least", 1, b.rows);
  if (b.cols < 1) return fault(FaultCode::invalid_argument, "input_ids: columns, at least", 1, b.cols);
  if (b.rows > most / b.cols)
    return fault(FaultCode::out_of_range, "input_ids: columns, at most", most / b.rows, b.cols);
  const auto size = std::size_t(b.rows * b.cols);
  const auto wrong = [&](const char* what, std::size_t found) {
    return fault(FaultCode::mismatch, what, std::int64_t(size), std::int64_t(found));
  };
  if (b.input_ids.size() != size) return wrong("input_ids: rows * columns", b.input_ids.size());
  const auto given = [&](std::span<const std::int32_t> values) { return !values.empty() && values.size() != size; };
  if (given(b.attention_mask)) return wrong("attention_mask: one a place of input_ids", b.attention_mask.size());
  if (given(b.position_ids)) return wrong("position_ids: one a place of input_ids", b.position_ids.size());
  if (given(b.token_type_ids)) return wrong("token_type_ids: one a place of input_ids", b.token_type_ids.size());
  for (std::size_t i = 0; i < b.attention_mask.size(); ++i)
    if (b.attention_mask[i] != 0 && b.attention_mask[i] != 1)
      return fault(FaultCode::invalid_argument, "attention_mask: 0 or 1", 1, b.attention_mask[i], std::int32_t(i));
  if (count == PositionCount::after_padding_id && b.position_ids.empty() && padding_id < 0)
    return fault(FaultCode::invalid_argument, "padding_id: positions are counted from it, at least", 0, padding_id);
  return {};
}

}  // namespace detail

/// Takes the tokens whose mask is 1, row by row. Positions are `position_ids` where given, else by `count` (a model's
/// is ModelSpec::position_count; generate asks `from_mask` of every model that is told positions):
///   given, from_zero   the column, padding counted
///   from_mask          tokens of the row before it that are not masked
///   after_padding_id   padding_id + the ids up to it that are not padding_id; padding_id itself for that id
///
/// A hole (a masked place between tokens) is padding like any other: its token is gone, and those on both sides become
/// neighbours. Columns as positions keep the gap, counted ones close it. Attention sees the tokens that transformers
/// shows it; only where it goes by places instead of positions, in sliding windows, is a hole narrower by its width.
///
/// Row::rope_ahead is how far the highest position of the batch, padded places included, is ahead of the row's own:
/// ropes that scale by length look at the longest row, as transformers does. Errors: mismatch (sizes), invalid_argument
/// (a mask of other numbers, a row without tokens), out_of_range (too many).
inline Result<RaggedBatch> try_unpad(const PaddedBatch& padded, PositionCount count, token_id padding_id = -1) {
  if (const Fault f = detail::check(padded, count, padding_id)) return f;
  RaggedBatch ragged;
  std::int32_t highest = -1;
  std::vector<std::int32_t> highest_of;
  for (std::int32_t r = 0; r < padded.rows; ++r) {
    Row row{.sequence = r, .first = std::int32_t(ragged.tokens.size())};
    std::int32_t seen = 0, own = -1;
    for (std::int32_t c = 0; c < padded.cols; ++c) {
      const auto at = std::size_t(r * padded.cols + c);
      const token_id id = padded.input_ids[at];
      const bool kept = padded.attention_mask.empty() || padded.attention_mask[at] == 1;
      std::int32_t position = c;
      if (!padded.position_ids.empty()) position = padded.position_ids[at];
      else if (count == PositionCount::from_mask) position = kept ? row.count : 0;
      else if (count == PositionCount::after_padding_id)
        position = id == padding_id ? padding_id : padding_id + ++seen;
      highest = std::max(highest, position);
      if (!kept) continue;
      own = std::max(own, position);
      ragged.tokens.push_back(id);
      ragged.positions.push_back(position);
      if (!padded.token_type_ids.empty()) ragged.types.push_back(padded.token_type_ids[at]);
      ragged.places.push_back({r, c});
      ++row.count;
    }
    if (row.count == 0) return fault(FaultCode::invalid_argument, "attention_mask: tokens in row, at least", 1, 0, r);
    highest_of.push_back(own);
    ragged.rows.push_back(row);
  }
  for (Row& row : ragged.rows) row.rope_ahead = highest - highest_of[std::size_t(row.sequence)];
  return ragged;
}

template <class Padded = PaddedBatch>
RaggedBatch unpad(const Padded& padded, PositionCount count, token_id padding_id = -1) {
  return unwrap(try_unpad(padded, count, padding_id));
}

}  // namespace skald
