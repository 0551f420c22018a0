// GPT-2's pre-tokenizer: words by its pattern, then bytes.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"
#include "skald/text/split_patterns/split_pattern.hpp"

namespace skald::inline SKALD_ABI {
/// Words by GPT-2's pattern (if use_regex), then every byte as its byte-level character. With add_prefix_space, every
/// stretch of text between added tokens begins with a space.
struct ByteLevelPreTokenizer {
  static constexpr std::string_view type = "ByteLevel";

  bool add_prefix_space = false;
  bool use_regex = true;

  void read(JsonFields& fields) {
    add_prefix_space = fields.boolean("add_prefix_space");
    fields.boolean("trim_offsets");  // required; the post-processor of that name is who looks at it
    use_regex = fields.boolean("use_regex", true);
  }

  Result<void> operator()(PreTokenized& text) const {
    if (add_prefix_space && lacks_space(text)) {
      text.rewrite([](std::string_view piece, TextRewriter& rewriter) {
        if (!piece.starts_with(' ')) {
          const auto first = std::size_t(detail::decode_utf8(piece.data()).size);
          rewriter.replace(std::string(" ").append(piece.substr(0, first)), first);
          piece.remove_prefix(first);
        }
        rewriter.copy(piece.size());
      });
    }
    if (use_regex) {
      text.split([](std::string_view piece, PieceCutter& cutter) {
        for (std::size_t at = 0; at < piece.size();) {
          const std::size_t end = detail::gpt2_pattern.find(piece, at).end;
          cutter.emit(at, end);
          at = end;
        }
      });
    }
    text.set_byte_level();
    return {};
  }

 private:
  static bool lacks_space(const PreTokenized& text) {
    for (const TextPiece& piece : text.pieces()) {
      if (piece.added < 0 && !text.text().view(piece.range).starts_with(' ')) return true;
    }
    return false;
  }
};

}  // namespace skald
