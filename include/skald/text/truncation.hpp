// Cutting one text or a pair down to a length, and filling a batch up to one.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/text/encoding.hpp"
#include "skald/text/tokenizer_config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// What the options come to for one tokenizer, as transformers works it out.
struct Lengths {
  bool truncate = false, pad = false;
  std::size_t max_length = 0;    // of truncation, special tokens included
  std::int64_t pad_length = -1;  // -1: the longest of the batch
  token_id pad_id = 0;

  /// `added` is how many special tokens a single text gets. Errors: invalid_argument, options that do not go together.
  static Result<Lengths> make(const EncodeOptions& options, const TokenizerConfig& config,
                              std::optional<token_id> pad_token_id, std::size_t added) {
    const auto wrong = [](const char* what, std::int64_t expected, std::int64_t found) {
      return fault(FaultCode::invalid_argument, what, expected, found);
    };
    const auto limit = options.max_length ? options.max_length : config.model_max_length;
    const std::int32_t multiple = options.pad_to_multiple_of;
    if (limit && *limit < 0) return wrong("max_length", 0, *limit);
    if (options.stride < 0) return wrong("stride", 0, options.stride);
    if (multiple < 0) return wrong("pad_to_multiple_of", 0, multiple);
    Lengths lengths;
    // Where no limit is known there is nothing to cut or to fill up to.
    lengths.truncate = limit && options.truncation.value_or(options.max_length && !options.padding);
    lengths.pad = options.padding;
    if (options.padding && options.padding_strategy == PaddingStrategy::max_length) {
      const auto length = options.padding_length ? options.padding_length : limit;
      lengths.pad = length.has_value();
      lengths.pad_length = length.value_or(-1);
    }
    if (lengths.pad) {
      const auto id = options.pad_token_id ? options.pad_token_id : pad_token_id;
      if (!id) {
        return fault(FaultCode::invalid_argument,
                     "padding needs a pad token: the tokenizer has none, give a pad_token_id (eos_token_id(), say)");
      }
      lengths.pad_id = *id;
    }
    if (!lengths.truncate) return lengths;
    lengths.max_length = std::size_t(*limit);
    if (lengths.pad && multiple > 0 && *limit % multiple != 0) {
      return wrong("max_length is no multiple of pad_to_multiple_of", multiple, *limit);
    }
    if (lengths.max_length >= added && lengths.max_length - added < std::size_t(options.stride)) {
      return wrong("stride is longer than max_length without the special tokens",
                   std::int64_t(lengths.max_length - added), options.stride);
    }
    return lengths;
  }
};

/// Cuts one text of a pair or the only one.
inline Result<void> truncate(Encoding& part, std::size_t n, const EncodeOptions& options, Side side) {
  if (n >= part.size()) return {};
  const auto stride = std::size_t(options.stride);
  if (n > 0 && stride >= n) {
    return fault(FaultCode::invalid_argument, "stride must be less than the tokens left of a text", std::int64_t(n),
                 options.stride);
  }
  part.truncate(n, side, stride, options.return_overflowing_tokens);
  return {};
}

/// Cuts the parts (one or two texts) so that no more than `room` tokens are left in all. longest_first keeps the
/// shorter text whole where it can and gives an odd token to the longer one.
inline Result<void> truncate(std::vector<Encoding>& parts, std::size_t room, const EncodeOptions& options, Side side) {
  const std::size_t first = parts[0].size(), second = parts.size() > 1 ? parts[1].size() : 0;
  if (first + second <= room) return {};
  const auto cut = [&](std::size_t first_length, std::size_t second_length) {
    Result<void> done = truncate(parts[0], first_length, options, side);
    return done && parts.size() > 1 ? truncate(parts[1], second_length, options, side) : done;
  };
  if (room == 0) return cut(0, 0);
  if (options.truncation_strategy == TruncationStrategy::longest_first) {
    if (parts.size() == 1) return cut(room, 0);
    std::size_t shorter = std::min(first, second);
    std::size_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
    if (shorter + longer > room) {
      shorter = room / 2;
      longer = room - shorter;
    }
    return first > second ? cut(longer, shorter) : cut(shorter, longer);
  }
  const std::size_t which = options.truncation_strategy == TruncationStrategy::only_first ? 0 : 1;
  if (which >= parts.size()) {
    return fault(FaultCode::invalid_argument, "TruncationStrategy::only_second needs a second text");
  }
  const std::size_t remove = first + second - room;
  if (parts[which].size() <= remove) {
    return fault(FaultCode::invalid_argument, "tokens to cut off exceed the text to be cut",
                 std::int64_t(parts[which].size()), std::int64_t(remove));
  }
  return truncate(parts[which], parts[which].size() - remove, options, side);
}

/// Fills up to the longest encoding, or to `length` if that is not negative; both rounded up to `multiple_of`.
inline void pad(std::span<Encoding> batch, std::int64_t length, std::int32_t multiple_of, token_id id,
                std::int32_t type_id, Side side, bool with_offsets) {
  std::size_t target = 0;
  for (const Encoding& encoding : batch) target = std::max(target, encoding.size());
  if (length >= 0) target = std::size_t(length);
  if (const auto m = std::size_t(multiple_of); m > 0) target = (target + m - 1) / m * m;
  for (Encoding& encoding : batch) encoding.pad(target, id, type_id, side, with_offsets);
}

}  // namespace detail
}  // namespace skald
