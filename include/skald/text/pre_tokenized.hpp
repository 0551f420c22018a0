// A normalised text cut into pieces: what pre-tokenizers cut further and the token model then works on.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/types.hpp"
#include "skald/text/aligned_text.hpp"
#include "skald/text/byte_level.hpp"

namespace skald::inline SKALD_ABI {

/// A part of the text. An added token is final: nobody looks into it.
struct TextPiece {
  ByteRange range;
  token_id added = -1;
};

/// Takes the parts of one piece in order.
class PieceCutter {
 public:
  /// A part, in bytes of the piece. Empty parts are dropped.
  void emit(std::size_t begin, std::size_t end) {
    if (begin < end) parts_.push_back({{at_ + std::uint32_t(begin), at_ + std::uint32_t(end)}});
  }

 private:
  friend class PreTokenized;
  PieceCutter(std::uint32_t at, std::vector<TextPiece>& parts) : at_(at), parts_(parts) {}

  std::uint32_t at_;  // where the piece begins
  std::vector<TextPiece>& parts_;
};

class PreTokenized {
 public:
  PreTokenized() = default;
  PreTokenized(AlignedText text, std::vector<TextPiece> pieces) : text_(std::move(text)), pieces_(std::move(pieces)) {}

  /// Another text takes this one's place.
  void start(AlignedText text, const std::vector<TextPiece>& pieces) {
    text_ = std::move(text);
    pieces_.assign(pieces.begin(), pieces.end());
    byte_level_ = false;
  }

  const AlignedText& text() const { return text_; }
  std::span<const TextPiece> pieces() const { return pieces_; }

  /// Each byte of the pieces stands for its byte-level character, which nobody has written out yet.
  bool byte_level() const { return byte_level_; }
  void set_byte_level() {
    if (byte_level_) spell_byte_level();
    byte_level_ = true;
  }

  /// Cuts every piece: f(std::string_view piece, PieceCutter&) emits its parts in order. What is not emitted is lost.
  template <class F>
  void split(F f) {
    spell_byte_level();
    whole_.swap(pieces_);
    pieces_.clear();
    for (const TextPiece& piece : whole_) {
      if (piece.added >= 0) {
        pieces_.push_back(piece);
        continue;
      }
      PieceCutter cutter(piece.range.begin, pieces_);
      f(text_.view(piece.range), cutter);
    }
  }

  /// Rewrites every piece: f(std::string_view piece, TextRewriter&) must leave the rewriter at the piece's end.
  template <class F>
  void rewrite(F f) {
    spell_byte_level();
    rewrite_pieces(f);
  }

 private:
  template <class F>
  void rewrite_pieces(F f) {
    TextRewriter rewriter(text_);
    for (TextPiece& piece : pieces_) {
      rewriter.drop(piece.range.begin - rewriter.position());
      const auto begin = std::uint32_t(rewriter.written());
      if (piece.added >= 0) rewriter.copy(piece.range.size());
      else f(text_.view(piece.range), rewriter);
      piece.range = {begin, std::uint32_t(rewriter.written())};
    }
    std::move(rewriter).commit(text_);
  }

  void spell_byte_level() {
    if (!byte_level_) return;
    byte_level_ = false;
    std::string character;
    rewrite_pieces([&](std::string_view piece, TextRewriter& rewriter) {
      for (const char byte : piece) {
        character.clear();
        detail::append_byte_level(character, byte);
        rewriter.replace(character, 1);
      }
    });
  }

  AlignedText text_;
  std::vector<TextPiece> pieces_, whole_;
  bool byte_level_ = false;
};

}  // namespace skald
