// Rewriting a text one character at a time, where the neighbours do not matter.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/text/aligned_text.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// What becomes of a character: false, it stays; true, it becomes what is appended to `to`, nothing for one that goes.
/// `flags` is what the caller handed in.
using CharacterChange = bool (*)(char32_t c, unsigned flags, std::string& to);

/// Changes every character. What is put for one has its origin. Nothing is copied up to the first change.
inline void change_characters(AlignedText& text, CharacterChange change, unsigned flags = 0) {
  const std::string_view old = text.view();
  std::optional<TextRewriter> rewriter;
  std::string to;
  for (std::size_t at = 0; at < old.size();) {
    const CodePoint c = decode_utf8(old.data() + at);
    if (change(c.value, flags, to)) {
      if (!rewriter) rewriter.emplace(text);
      rewriter->copy(at - rewriter->position());
      rewriter->replace(to, std::size_t(c.size));
      to.clear();
    }
    at += std::size_t(c.size);
  }
  if (!rewriter) return;
  rewriter->copy(rewriter->rest().size());
  std::move(*rewriter).commit(text);
}

}  // namespace detail
}  // namespace skald
