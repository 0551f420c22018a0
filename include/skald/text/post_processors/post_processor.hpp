// What a post-processor is.
#pragma once
#include <concepts>
#include <cstddef>
#include <string_view>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/text/encoding.hpp"

namespace skald::inline SKALD_ABI {

/// The encodings on their way: one or two texts at first, whose concatenation is the result.
struct PostProcessing {
  std::vector<Encoding> parts;
  bool add_special_tokens = true;
  bool with_offsets = true;
  bool last = true;  ///< no other post-processor follows: parts may be joined already
  bool marked = false;  ///< parts without a post-processor stay marked as theirs, as transformers has it
  /// The token string of an id, for those who look at white space in tokens.
  std::string_view (*token_text)(const void* tokenizer, token_id id) = nullptr;
  const void* tokenizer = nullptr;
};

/// Adds special tokens, sets type ids, trims offsets.
///
/// | expression | meaning |
/// | --- | --- |
/// | `p.added_tokens(pair)` | std::size_t; how many special tokens a text or a pair of texts gets |
/// | `p(work)` | Result<void>; changes the parts of a PostProcessing |
///
/// A part comes with type id 0 or 1 by its position. What truncation cut off is in its `overflowing`; it gets the same.
template <class P>
concept PostProcessor = requires(const P& p, PostProcessing& work, bool pair) {
  { p.added_tokens(pair) } -> std::convertible_to<std::size_t>;
  { p(work) } -> std::same_as<Result<void>>;
};

/// Adds nothing. For tokenizer.json alone, without transformers, all tokens of a single text are that text's then, its
/// padding too, and windows do not know whose they are.
struct NoPostProcessor {
  std::size_t added_tokens(bool) const { return 0; }
  Result<void> operator()(PostProcessing& work) const {
    if (work.marked) return {};
    for (Encoding& part : work.parts) {
      if (work.parts.size() == 1) part.sequences.clear();
      for (Encoding& window : part.overflowing) window.sequences.clear();
    }
    return {};
  }
};

}  // namespace skald
