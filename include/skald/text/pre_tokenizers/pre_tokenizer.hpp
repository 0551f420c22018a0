// What a pre-tokenizer is, and the five ways to treat what a pattern matches.
#pragma once
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

#include "skald/core/result.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/pre_tokenized.hpp"

namespace skald::inline SKALD_ABI {

/// Cuts a normalised text into the pieces that the token model sees one by one.
///
/// | expression | meaning |
/// | --- | --- |
/// | `p(text)` | Result<void>; cuts, and may rewrite, the pieces of the PreTokenized |
///
/// Called from many threads at once.
template <class P>
concept PreTokenizer = requires(const P& p, PreTokenized& text) {
  { p(text) } -> std::same_as<Result<void>>;
};

/// Leaves the text in one piece.
struct NoPreTokenizer {
  Result<void> operator()(PreTokenized&) const { return {}; }
};

/// What happens to matches when a piece is cut. For "the-final--countdown" and "-":
///
/// | behavior | pieces |
/// | --- | --- |
/// | removed | the, final, countdown |
/// | isolated | the, -, final, -, -, countdown |
/// | merged_with_previous | the-, final-, -, countdown |
/// | merged_with_next | the, -final, -, -countdown |
/// | contiguous | the, -, final, --, countdown |
enum class SplitBehavior : std::uint8_t { removed, isolated, merged_with_previous, merged_with_next, contiguous };

inline SplitBehavior read_split_behavior(JsonFields& fields, std::string_view key,
                                         std::optional<std::string_view> otherwise = {}) {
  const std::string name = fields.string(key, otherwise);
  if (name == "Removed") return SplitBehavior::removed;
  if (name == "Isolated") return SplitBehavior::isolated;
  if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
  if (name == "MergedWithNext") return SplitBehavior::merged_with_next;
  if (name == "Contiguous") return SplitBehavior::contiguous;
  fields.fail(fields.place(key), "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous",
              fields.find(key));
  return SplitBehavior::isolated;
}

namespace detail {

/// Receives the stretches of a piece in order, each a match or not, and emits the parts.
class SplitJoiner {
 public:
  SplitJoiner(SplitBehavior behavior, bool invert, PieceCutter& cutter)
      : behavior_(behavior), invert_(invert), cutter_(cutter) {}

  void match(std::size_t begin, std::size_t end) {
    if (begin != at_) stretch(begin, false);
    stretch(end, true);
  }
  void finish(std::size_t end) {
    if (end != at_) stretch(end, false);
    flush();
  }

 private:
  void stretch(std::size_t end, bool matched) {
    matched = matched != invert_;
    if (!joins(matched)) {
      flush();
      begin_ = at_;
    }
    matched_ = matched;
    first_ = false;
    at_ = end;
  }

  bool joins(bool matched) const {
    if (first_) return false;
    switch (behavior_) {
      case SplitBehavior::merged_with_previous: return matched && !matched_;
      case SplitBehavior::merged_with_next: return matched_ && !matched;
      case SplitBehavior::contiguous: return matched == matched_;
      default: return false;
    }
  }

  void flush() {
    if (behavior_ != SplitBehavior::removed || !matched_) cutter_.emit(begin_, at_);
  }

  SplitBehavior behavior_;
  bool invert_;
  PieceCutter& cutter_;
  std::size_t begin_ = 0, at_ = 0;
  bool matched_ = false, first_ = true;  // of the last stretch
};

/// Cuts every piece at the characters that are `separator`s, as `behavior` says.
inline void split_at(PreTokenized& text, bool (*separator)(char32_t), SplitBehavior behavior) {
  text.split([=](std::string_view piece, PieceCutter& cutter) {
    SplitJoiner joiner(behavior, false, cutter);
    for (std::size_t at = 0; at < piece.size();) {
      const CodePoint c = decode_utf8(piece.data() + at);
      const std::size_t end = at + std::size_t(c.size);
      if (separator(c.value)) joiner.match(at, end);
      at = end;
    }
    joiner.finish(piece.size());
  });
}

/// What a character is to those who cut runs of like characters.
enum class RunKind : std::uint8_t { dropped, alone, word, other };

/// Cuts every piece into runs of one kind: `dropped` ones go, a character that stands `alone` is a piece.
inline void split_runs(PreTokenized& text, RunKind (*kind_of)(char32_t)) {
  text.split([=](std::string_view piece, PieceCutter& cutter) {
    RunKind run = RunKind::dropped;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < piece.size();) {
      const CodePoint c = decode_utf8(piece.data() + at);
      const RunKind kind = kind_of(c.value);
      if (kind != run || kind == RunKind::alone) {
        if (run != RunKind::dropped) cutter.emit(begin, at);
        begin = at;
        run = kind;
      }
      at += std::size_t(c.size);
    }
    if (run != RunKind::dropped) cutter.emit(begin, piece.size());
  });
}

}  // namespace detail
}  // namespace skald
