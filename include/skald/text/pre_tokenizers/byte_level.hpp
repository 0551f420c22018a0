// GPT-2's pre-tokenizer: words by its pattern, then bytes.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "skald/text/pre_tokenizers/pre_tokenizer.hpp"
#include "skald/text/unicode/letters.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

enum class WordClass : std::uint8_t { letter, number, space, other };

constexpr std::array<WordClass, 128> make_ascii_word_classes() {
  std::array<WordClass, 128> classes{};
  for (unsigned c = 0; c < 128; ++c) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    classes[c] = letter                    ? WordClass::letter
                 : c >= '0' && c <= '9'    ? WordClass::number
                 : is_white_space(char32_t(c)) ? WordClass::space
                                               : WordClass::other;
  }
  return classes;
}
inline constexpr std::array<WordClass, 128> ascii_word_classes = make_ascii_word_classes();

constexpr WordClass word_class(char32_t c) {
  if (c < 128) return ascii_word_classes[c];
  if (is_white_space(c)) return WordClass::space;
  if (contains(letter_ranges, c)) return WordClass::letter;
  return contains(number_ranges, c) ? WordClass::number : WordClass::other;
}

/// The end of the first match of GPT-2's pattern in a text that is not empty; everything matches something:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
constexpr std::size_t gpt2_word(std::string_view text) {
  if (text[0] == '\'' && text.size() > 1) {
    const char next = text[1];
    if (next == 's' || next == 't' || next == 'm' || next == 'd') return 2;
    const std::string_view two = text.substr(1, 2);
    if (two == "re" || two == "ve" || two == "ll") return 3;
  }
  const auto class_at = [text](std::size_t at, std::size_t& end) {
    if (const auto byte = static_cast<unsigned char>(text[at]); byte < 128) {
      end = at + 1;
      return ascii_word_classes[byte];
    }
    const CodePoint c = decode_utf8(text.data() + at);
    end = at + std::size_t(c.size);
    return word_class(c.value);
  };
  std::size_t at = 0, end = 0;
  WordClass first = class_at(at, end);
  if (text[0] == ' ' && text.size() > 1) {  // the optional space of a word
    std::size_t behind = 0;
    const WordClass second = class_at(1, behind);
    if (second != WordClass::space) {
      first = second;
      end = behind;
    }
  }
  for (at = end; at < text.size(); at = end) {
    if (class_at(at, end) == first) continue;
    if (first != WordClass::space) return at;
    // White space before a word leaves its last character to the word, unless that is all there is.
    const std::size_t last = at - std::size_t(decode_utf8_before(text.data() + at).size);
    return last > 0 ? last : at;
  }
  return text.size();
}

}  // namespace detail

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
          const std::size_t end = at + detail::gpt2_word(piece.substr(at));
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
