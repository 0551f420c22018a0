// The words of a template.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "skald/text/jinja/value.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

enum class TokenKind : std::uint8_t {
  data, block_begin, block_end, variable_begin, variable_end, name, string, integer, real, eof,
  add, assign, colon, comma, div, dot, eq, floordiv, gt, gteq, lbrace, lbracket, lparen, lt, lteq, mod, mul, ne, pipe,
  pow, rbrace, rbracket, rparen, semicolon, sub, tilde,
};

struct Token {
  TokenKind kind = TokenKind::eof;
  std::string_view text;  // of a name; of an operator
  Value value;            // of data and literals
  std::uint32_t at = 0;
};

/// How messages call a token.
inline std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::data: return "template data / text";
    case TokenKind::block_begin: return "begin of statement block";
    case TokenKind::block_end: return "end of statement block";
    case TokenKind::variable_begin: return "begin of print statement";
    case TokenKind::variable_end: return "end of print statement";
    case TokenKind::string: return "string";
    case TokenKind::integer: return "integer";
    case TokenKind::real: return "float";
    case TokenKind::eof: return "end of template";
    default: return std::string(token.text);
  }
}

struct OperatorSign {
  std::string_view sign;
  TokenKind kind;
};

/// The longer signs first.
inline constexpr OperatorSign operator_signs[] = {
    {"//", TokenKind::floordiv}, {"**", TokenKind::pow}, {"==", TokenKind::eq}, {"!=", TokenKind::ne},
    {">=", TokenKind::gteq}, {"<=", TokenKind::lteq}, {"+", TokenKind::add}, {"-", TokenKind::sub},
    {"/", TokenKind::div}, {"*", TokenKind::mul}, {"%", TokenKind::mod}, {"~", TokenKind::tilde},
    {"[", TokenKind::lbracket}, {"]", TokenKind::rbracket}, {"(", TokenKind::lparen}, {")", TokenKind::rparen},
    {"{", TokenKind::lbrace}, {"}", TokenKind::rbrace}, {">", TokenKind::gt}, {"<", TokenKind::lt},
    {"=", TokenKind::assign}, {".", TokenKind::dot}, {":", TokenKind::colon}, {"|", TokenKind::pipe},
    {",", TokenKind::comma}, {";", TokenKind::semicolon},
};

constexpr std::string_view sign_of(TokenKind kind) {
  for (const OperatorSign& s : operator_signs) {
    if (s.kind == kind) return s.sign;
  }
  return "";
}

}  // namespace jinja
}  // namespace skald
