// SentencePiece's way with spaces: a visible character instead, which begins each word.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/metaspace_options.hpp"
#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"

namespace skald::inline SKALD_ABI {

/// Every space becomes the replacement; one is put in front of a piece that does not begin with it, always or where the
/// text begins; then (if split) a piece begins at each replacement.
struct MetaspacePreTokenizer : MetaspaceOptions {
  static constexpr std::string_view type = "Metaspace";

  Result<void> operator()(PreTokenized& text) const {
    if (changes(text)) rewrite(text);
    if (split) {
      text.split([&](std::string_view piece, PieceCutter& cutter) {
        std::size_t begin = 0;
        for (std::size_t at; (at = piece.find(replacement, begin + 1)) != piece.npos; begin = at) {
          cutter.emit(begin, at);
        }
        cutter.emit(begin, piece.size());
      });
    }
    return {};
  }

 private:
  /// Whether something is to be put in front of the piece that begins at byte `at` of the text.
  bool wants_prefix(const AlignedText& text, std::uint32_t at, std::string_view piece) const {
    if (prepend_scheme == PrependScheme::never) return false;
    if (piece.starts_with(' ') || piece.starts_with(replacement)) return false;
    return prepend_scheme == PrependScheme::always || text.origin({at, at + 1}).begin == 0;
  }

  bool changes(const PreTokenized& text) const {
    if (text.byte_level()) return true;
    for (const TextPiece& piece : text.pieces()) {
      const std::string_view view = text.text().view(piece.range);
      if (piece.added >= 0 || view.empty()) continue;
      if (view.find(' ') != view.npos || wants_prefix(text.text(), piece.range.begin, view)) return true;
    }
    return false;
  }

  void rewrite(PreTokenized& text) const {
    text.rewrite([&](std::string_view piece, TextRewriter& rewriter) {
      if (piece.empty()) return;
      if (wants_prefix(text.text(), std::uint32_t(rewriter.position()), piece)) {
        const auto first = std::size_t(detail::decode_utf8(piece.data()).size);
        rewriter.replace(std::string(replacement).append(piece.substr(0, first)), first);
        piece.remove_prefix(first);
      }
      for (std::size_t at; (at = piece.find(' ')) != piece.npos; piece.remove_prefix(at + 1)) {
        rewriter.copy(at);
        rewriter.replace(replacement, 1);
      }
      rewriter.copy(piece.size());
    });
  }
};

}  // namespace skald
