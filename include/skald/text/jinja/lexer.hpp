// Cuts a template into tokens, with trim_blocks and lstrip_blocks as transformers sets them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "skald/text/jinja/characters.hpp"
#include "skald/text/jinja/number_text.hpp"
#include "skald/text/jinja/integers.hpp"
#include "skald/text/jinja/string_literal.hpp"
#include "skald/text/jinja/token.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// Line ends become \n, and one at the end is dropped.
inline std::string normalized_source(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    out.push_back(source[i] == '\r' ? '\n' : source[i]);
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') ++i;
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

/// Gives one token at a time, so that what is wrong first is reported first. After a failure: eof.
class Lexer {
 public:
  Lexer(Runtime& rt, std::string_view source) : rt_(rt), source_(source) {}

  Token next() {
    for (;;) {
      if (rt_.failed() || at_ >= source_.size()) return made(TokenKind::eof, at_, 0);
      const std::size_t before = at_;
      const Token token = state_ == State::data ? data() : inside();
      // As the reference does it: lstrip asks whether the last piece ended a line.
      if (at_ > before) line_starts_ = source_[at_ - 1] == '\n';
      if (rt_.failed()) return made(TokenKind::eof, at_, 0);
      if (found_) return token;
    }
  }

 private:
  enum class State : std::uint8_t { data, block, variable };

  std::string_view rest() const { return source_.substr(at_); }
  bool rest_starts(std::string_view with) const { return rest().starts_with(with); }

  Token made(TokenKind kind, std::size_t at, std::size_t size) {
    found_ = true;
    return {kind, source_.substr(at, size), {}, std::uint32_t(at)};
  }
  Token nothing() {
    found_ = false;
    return {};
  }
  Token fail(std::string why) {
    rt_.stand_at(std::uint32_t(at_));
    rt_.fail(ErrorClass::template_syntax, std::move(why));
    return nothing();
  }

  void skip_space() {
    while (at_ < source_.size() && is_space(first_of(rest()).value)) at_ += std::size_t(first_of(rest()).size);
  }

  /// Text up to the next {{, {% or {#, which is then the state. Comments and raw blocks are done with here.
  Token data() {
    if (pending_ != Pending::none) return begin();
    std::size_t tag = at_;
    while (tag < source_.size() && !(source_[tag] == '{' && tag + 1 < source_.size() && is_tag(source_[tag + 1])))
      ++tag;
    const std::size_t start = std::exchange(at_, tag);
    std::string_view text = source_.substr(start, tag - start);
    if (tag == source_.size()) return text_token(start, text);
    pending_ = source_[tag + 1] == '{'   ? Pending::variable
               : source_[tag + 1] == '%' ? Pending::block
                                         : Pending::comment;
    text = stripped(text, sign_at(tag + 2), pending_ != Pending::variable);
    return text_token(start, text);
  }

  static bool is_tag(char c) { return c == '{' || c == '%' || c == '#'; }
  char sign_at(std::size_t at) const {
    return at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at] : '\0';
  }

  /// White space before a tag goes away after `{%-`; spaces of its line before a block unless `{%+`.
  std::string_view stripped(std::string_view text, char sign, bool block) const {
    if (sign == '-') return strip_right(text);
    if (sign == '+' || !block) return text;
    const std::size_t newline = text.rfind('\n');
    if (newline == text.npos && !line_starts_) return text;
    const std::size_t line = newline == text.npos ? 0 : newline + 1;
    return strip(text.substr(line)).empty() ? text.substr(0, line) : text;
  }

  Token text_token(std::size_t start, std::string_view text) {
    if (text.empty()) return nothing();
    Token token = made(TokenKind::data, start, text.size());
    token.value = Value(text);
    return token;
  }

  /// The tag that the text before it ended at.
  Token begin() {
    const Pending what = std::exchange(pending_, Pending::none);
    const std::size_t start = at_;
    if (what == Pending::block && skip_raw_begin()) return raw();
    at_ += 2;
    if (sign_at(at_)) ++at_;
    if (what == Pending::comment) return comment();
    state_ = what == Pending::variable ? State::variable : State::block;
    return made(what == Pending::variable ? TokenKind::variable_begin : TokenKind::block_begin, start, 2);
  }

  Token comment() {
    if (at_ == source_.size()) return nothing();  // nothing behind "{#" at the very end: no comment to miss the end of
    const std::size_t end = source_.find("#}", at_);
    if (end == source_.npos) return fail("Missing end of comment tag");
    const char sign = end > at_ ? sign_at(end - 1) : '\0';
    at_ = end + 2;
    finish_tag(sign);
    return nothing();
  }

  /// What a tag's end takes with it: all white space behind `-`, else one line end unless `+`.
  void finish_tag(char sign) {
    if (sign == '-') skip_space();
    else if (sign != '+' && rest_starts("\n")) ++at_;
  }

  /// {% raw %}, and what follows it.
  bool skip_raw_begin() {
    const std::size_t start = at_;
    at_ += 2;
    if (sign_at(at_)) ++at_;
    skip_space();
    if (rest_starts("raw")) {
      at_ += 3;
      skip_space();
      if (rest_starts("%}")) {
        at_ += 2;
        return true;
      }
      if (rest_starts("-%}")) {
        at_ += 3;
        skip_space();
        return true;
      }
    }
    at_ = start;
    return false;
  }

  Token raw() {
    line_starts_ = source_[at_ - 1] == '\n';
    const std::size_t start = at_;
    for (std::size_t tag = start; (tag = source_.find("{%", tag)) != source_.npos; tag += 2) {
      at_ = tag + 2;
      const char before = sign_at(at_);
      if (before) ++at_;
      skip_space();
      if (!rest_starts("endraw")) continue;
      at_ += 6;
      skip_space();
      const char behind = sign_at(at_);
      if (behind) ++at_;
      if (!rest_starts("%}")) continue;
      at_ += 2;
      finish_tag(behind);
      return text_token(start, stripped(source_.substr(start, tag - start), before, true));
    }
    at_ = start;
    if (start == source_.size()) return nothing();
    return fail("Missing end of raw directive");
  }

  /// A token between {{ and }}, or {% and %}.
  Token inside() {
    if (open_.empty()) {
      const std::string_view end = state_ == State::block ? "%}" : "}}";
      const char sign = sign_at(at_);
      const bool signed_end =
          sign && (sign == '-' || state_ == State::block) && source_.substr(at_ + 1).starts_with(end);
      if (signed_end || rest_starts(end)) {
        const std::size_t start = at_;
        at_ += end.size() + signed_end;
        const bool block = std::exchange(state_, State::data) == State::block;
        if (block) finish_tag(signed_end ? sign : '\0');
        else if (signed_end) skip_space();
        return made(block ? TokenKind::block_end : TokenKind::variable_end, start, end.size());
      }
    }
    const CodePoint c = first_of(rest());
    if (is_space(c.value)) {
      skip_space();
      return nothing();
    }
    if (c.value < 0x80 && is_ascii_digit(char(c.value))) return number();
    if (c.value == '_' || is_alnum(c.value)) return name();
    if (c.value == '\'' || c.value == '"') return string(char(c.value));
    return sign();
  }

  /// Digits of a base with single underscores between them; 0: there are none.
  std::size_t digits(std::size_t at, int base, bool leading_underscore = false) const {
    const auto is_one = [&](std::size_t i) {
      if (i >= source_.size()) return false;
      const char c = source_[i];
      return base == 16 ? is_ascii_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f') : c >= '0' && c < '0' + base;
    };
    const std::size_t start = at;
    if (leading_underscore && at < source_.size() && source_[at] == '_') ++at;
    if (!is_one(at)) return 0;
    while (is_one(at) || (at < source_.size() && source_[at] == '_' && is_one(at + 1))) ++at;
    return at - start;
  }

  Token number() {
    const std::size_t start = at_;
    // A float: digits with a fraction, an exponent, or both.
    std::size_t end = start + digits(start, 10), fraction = 0, exponent = 0;
    const bool behind_dot = start > 0 && source_[start - 1] == '.';
    if (end < source_.size() && source_[end] == '.' && (fraction = digits(end + 1, 10)) != 0) end += 1 + fraction;
    if (end < source_.size() && (source_[end] | 32) == 'e') {
      const std::size_t sign = end + 1 < source_.size() && sign_at(end + 1) ? 1 : 0;
      exponent = digits(end + 1 + sign, 10);
      if (exponent) end += 1 + sign + exponent;
    }
    if ((fraction || exponent) && !behind_dot) {
      Token token = made(TokenKind::real, start, end - start);
      at_ = end;
      token.value = Value(read_real(*without_underscores(token.text)));
      return token;
    }
    const char letter = start + 1 < source_.size() && source_[start] == '0' ? char(source_[start + 1] | 32) : '\0';
    const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    std::size_t size = base == 10 ? 0 : digits(start + 2, base, true);
    if (size != 0) size += 2;
    else if (source_[start] == '0') size = digits(start, 1);  // zeros only
    else size = digits(start, 10);
    Token token = made(TokenKind::integer, start, size);
    at_ = start + size;
    const auto value = parse_integer(token.text, 0);
    if (!value) return fail("invalid integer");
    token.value = integer_value(rt_, *value);
    return token;
  }

  Token name() {
    const std::size_t start = at_;
    while (at_ < source_.size()) {
      const CodePoint c = first_of(rest());
      const bool more =
          is_word(c.value) ||
          (c.value >= 0x80 && is_identifier(std::string("a").append(rest().substr(0, std::size_t(c.size)))));
      if (!more) break;
      at_ += std::size_t(c.size);
    }
    const Token token = made(TokenKind::name, start, at_ - start);
    if (is_identifier(token.text)) return token;
    at_ = start;
    return fail("Invalid character in identifier");
  }

  Token string(char quote) {
    const std::size_t start = at_;
    std::size_t end = start + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) return unexpected();
    Token token = made(TokenKind::string, start, end + 1 - start);
    rt_.stand_at(token.at);
    at_ = end + 1;
    token.value = unescape(rt_, source_.substr(start + 1, end - start - 1));
    return token;
  }

  Token sign() {
    for (const OperatorSign& s : operator_signs) {
      if (!rest_starts(s.sign)) continue;
      if (s.kind == TokenKind::lparen) open_.push_back(')');
      if (s.kind == TokenKind::lbracket) open_.push_back(']');
      if (s.kind == TokenKind::lbrace) open_.push_back('}');
      if (s.kind == TokenKind::rparen || s.kind == TokenKind::rbracket || s.kind == TokenKind::rbrace) {
        const std::string found = std::string("unexpected '").append(s.sign).append("'");
        if (open_.empty()) return fail(found);
        const char expected = open_.back();
        open_.pop_back();
        if (expected != s.sign[0])
          return fail(std::string(found).append(", expected '").append(1, expected).append("'"));
      }
      Token token = made(s.kind, at_, s.sign.size());
      at_ += s.sign.size();
      return token;
    }
    return unexpected();
  }

  Token unexpected() {
    const std::string shown = quoted(rt_, rest().substr(0, std::size_t(first_of(rest()).size)));
    return fail(std::string("unexpected char ").append(shown).append(" at ").append(
        std::to_string(length(source_.substr(0, at_)))));
  }

  enum class Pending : std::uint8_t { none, comment, block, variable };

  Runtime& rt_;
  std::string_view source_;
  std::size_t at_ = 0;
  std::string open_;  // brackets to be closed
  State state_ = State::data;
  Pending pending_ = Pending::none;
  bool line_starts_ = true, found_ = false;
};

}  // namespace jinja
}  // namespace skald
