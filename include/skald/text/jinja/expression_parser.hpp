// The grammar of expressions.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/token_reader.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// Every function gives null after a failure and leaves the token where it is.
class ExpressionParser : protected TokenReader {
 public:
  using TokenReader::TokenReader;

 protected:
  // Expressions, from the loosest to the tightest.

  Node* expression(bool with_condition = true) {
    const Depth depth(rt_);
    if (!depth) return nullptr;
    return with_condition ? condition() : either();
  }

  /// Expressions with commas between them are a tuple. `end`: a name that ends it.
  Node* tuple(bool with_condition = true, std::string_view end = {}, bool parentheses = false) {
    return tuple_of([&] { return expression(with_condition); }, end, parentheses);
  }

  template <class Parse>
  Node* tuple_of(Parse parse, std::string_view end, bool parentheses) {
    const std::uint32_t place = current_.at;
    std::vector<Node*> parts;
    bool commas = false;
    while (!failed()) {
      if (!parts.empty()) expect(TokenKind::comma);
      if (at(TokenKind::variable_end) || at(TokenKind::block_end) || at(TokenKind::rparen) ||
          (!end.empty() && at(end))) {
        break;
      }
      parts.push_back(parse());
      if (!at(TokenKind::comma)) break;
      commas = true;
    }
    if (failed()) return nullptr;
    if (!commas && !parts.empty()) return parts[0];
    if (!commas && !parentheses) return fail("Expected an expression, got " + quoted_token());
    Node* const node = make(NodeKind::tuple, place);
    node->x = copy(parts);
    return node;
  }

  Node* condition() {
    std::uint32_t place = current_.at;
    Node* then = either();
    while (!failed() && skip("if")) {
      Node* const test = either();
      Node* const otherwise = skip("else") ? expression() : nullptr;
      then = make(NodeKind::condition, place, test, then, otherwise);
      place = current_.at;
    }
    return then;
  }

  Node* either() {
    const std::uint32_t place = current_.at;
    Node* left = both();
    while (!failed() && skip("or")) left = make(NodeKind::either, place, left, both());
    return left;
  }
  Node* both() {
    const std::uint32_t place = current_.at;
    Node* left = negation();
    while (!failed() && skip("and")) left = make(NodeKind::both, place, left, negation());
    return left;
  }
  Node* negation() {
    const std::uint32_t place = current_.at;
    const Depth depth(rt_);
    if (!depth) return nullptr;
    if (skip("not")) return make(NodeKind::negate, place, negation());
    return comparison();
  }

  Node* comparison() {
    const std::uint32_t place = current_.at;
    Node* const left = sum();
    std::vector<Node*> operands;
    const auto operand = [&](Operator op) {
      Node* const node = make(NodeKind::operand, current_.at, sum());
      node->op = op;
      operands.push_back(node);
    };
    while (!failed()) {
      if (skip(TokenKind::eq)) operand(Operator::equal);
      else if (skip(TokenKind::ne)) operand(Operator::not_equal);
      else if (skip(TokenKind::lt)) operand(Operator::less);
      else if (skip(TokenKind::lteq)) operand(Operator::less_equal);
      else if (skip(TokenKind::gt)) operand(Operator::greater);
      else if (skip(TokenKind::gteq)) operand(Operator::greater_equal);
      else if (skip("in")) operand(Operator::in);
      else if (at("not") && look().kind == TokenKind::name && look().text == "in")
        advance(), advance(), operand(Operator::not_in);
      else break;
    }
    if (operands.empty() || failed()) return left;
    Node* const node = make(NodeKind::compare, place, left);
    node->x = copy(operands);
    return node;
  }

  Node* binary(std::uint32_t place, Operator op, Node* left, Node* right) {
    Node* const node = make(NodeKind::binary, place, left, right);
    node->op = op;
    return node;
  }
  Node* sum() {
    const std::uint32_t place = current_.at;
    Node* left = concatenation();
    while (!failed()) {
      if (skip(TokenKind::add)) left = binary(place, Operator::add, left, concatenation());
      else if (skip(TokenKind::sub)) left = binary(place, Operator::subtract, left, concatenation());
      else break;
    }
    return left;
  }
  Node* concatenation() {
    const std::uint32_t place = current_.at;
    std::vector<Node*> parts{product()};
    while (!failed() && skip(TokenKind::tilde)) parts.push_back(product());
    if (parts.size() == 1 || failed()) return parts[0];
    Node* const node = make(NodeKind::concat, place);
    node->x = copy(parts);
    return node;
  }
  Node* product() {
    const std::uint32_t place = current_.at;
    Node* left = power();
    while (!failed()) {
      if (skip(TokenKind::mul)) left = binary(place, Operator::multiply, left, power());
      else if (skip(TokenKind::div)) left = binary(place, Operator::divide, left, power());
      else if (skip(TokenKind::floordiv)) left = binary(place, Operator::floor_divide, left, power());
      else if (skip(TokenKind::mod)) left = binary(place, Operator::modulo, left, power());
      else break;
    }
    return left;
  }
  /// From the left, unlike Python's.
  Node* power() {
    const std::uint32_t place = current_.at;
    Node* left = unary();
    while (!failed() && skip(TokenKind::pow)) left = binary(place, Operator::power, left, unary());
    return left;
  }
  Node* unary(bool with_filter = true) {
    const std::uint32_t place = current_.at;
    const Depth depth(rt_);
    if (!depth) return nullptr;
    Node* node = skip(TokenKind::sub)   ? make(NodeKind::minus, place, unary(false))
                 : skip(TokenKind::add) ? make(NodeKind::plus, place, unary(false))
                                        : primary();
    node = postfix(node);
    return with_filter ? filters(node) : node;
  }

  /// `members`: a dotted name is a namespace's attribute to be set.
  Node* primary(bool members = false) {
    if (failed()) return nullptr;
    const Token token = current_;
    switch (token.kind) {
      case TokenKind::name: {
        advance();
        const std::string_view name = token.text;
        if (name == "true" || name == "True") return make(NodeKind::constant, token.at, Value(true));
        if (name == "false" || name == "False") return make(NodeKind::constant, token.at, Value(false));
        if (name == "none" || name == "None") return make(NodeKind::constant, token.at, Value::none());
        Node* const node = make(NodeKind::name, token.at, Value(name));
        if (!members || !skip(TokenKind::dot)) return node;
        return make(NodeKind::member_name, token.at, Value(expect_name().text), node);
      }
      case TokenKind::string: {
        advance();
        Value all = token.value;
        while (at(TokenKind::string)) all = rt_.join(all.text(), advance().value.text());
        return make(NodeKind::constant, token.at, all);
      }
      case TokenKind::integer:
      case TokenKind::real: advance(); return make(NodeKind::constant, token.at, token.value);
      case TokenKind::lparen: {
        advance();
        Node* const node = tuple(true, {}, true);
        expect(TokenKind::rparen);
        return node;
      }
      case TokenKind::lbracket: return list();
      case TokenKind::lbrace: return dict();
      default: return fail("unexpected " + quoted_token());
    }
  }

  Node* list() {
    Node* const node = make(NodeKind::list, advance().at);
    std::vector<Node*> parts;
    while (!failed() && !at(TokenKind::rbracket)) {
      if (!parts.empty()) expect(TokenKind::comma);
      if (at(TokenKind::rbracket)) break;
      parts.push_back(expression());
    }
    expect(TokenKind::rbracket);
    node->x = copy(parts);
    return node;
  }
  Node* dict() {
    Node* const node = make(NodeKind::dict, advance().at);
    std::vector<Node*> keys, values;
    while (!failed() && !at(TokenKind::rbrace)) {
      if (!keys.empty()) expect(TokenKind::comma);
      if (at(TokenKind::rbrace)) break;
      keys.push_back(expression());
      expect(TokenKind::colon);
      values.push_back(expression());
    }
    expect(TokenKind::rbrace);
    node->x = copy(keys);
    node->y = copy(values);
    return node;
  }

  Node* postfix(Node* node) {
    while (!failed()) {
      if (at(TokenKind::dot) || at(TokenKind::lbracket)) node = subscript(node);
      else if (at(TokenKind::lparen)) node = call(node);
      else break;
    }
    return node;
  }
  Node* filters(Node* node) {
    while (!failed()) {
      if (at(TokenKind::pipe)) node = filter(node);
      else if (at("is")) node = test(node);
      else if (at(TokenKind::lparen)) node = call(node);
      else break;
    }
    return node;
  }

  Node* subscript(Node* of) {
    const Token token = advance();
    if (token.kind == TokenKind::dot) {
      const Token member = advance();
      if (member.kind == TokenKind::name) return make(NodeKind::attribute, token.at, Value(member.text), of);
      if (member.kind != TokenKind::integer) return fail_at(member.at, "expected name or number");
      return make(NodeKind::item, token.at, of, make(NodeKind::constant, member.at, member.value));
    }
    std::vector<Node*> parts;
    while (!failed() && !at(TokenKind::rbracket)) {
      if (!parts.empty()) expect(TokenKind::comma);
      parts.push_back(subscript_part());
    }
    expect(TokenKind::rbracket);
    if (failed()) return nullptr;
    if (parts.size() == 1) return make(NodeKind::item, token.at, of, parts[0]);
    for (const Node* part : parts) {
      if (part->kind == NodeKind::slice) return fail_at(token.at, "invalid syntax", ErrorClass::python_syntax);
    }
    Node* const all = make(NodeKind::tuple, token.at);
    all->x = copy(parts);
    return make(NodeKind::item, token.at, of, all);
  }
  Node* subscript_part() {
    const std::uint32_t place = current_.at;
    Node* const start = at(TokenKind::colon) ? nullptr : expression();
    if (failed() || !skip(TokenKind::colon)) return start;
    const auto part = [&]() -> Node* {
      return at(TokenKind::colon) || at(TokenKind::rbracket) || at(TokenKind::comma) ? nullptr : expression();
    };
    Node* const stop = part();
    Node* const step = skip(TokenKind::colon) ? part() : nullptr;
    return make(NodeKind::slice, place, start, stop, step);
  }

  /// "(" to ")" into x, y, b and c.
  void arguments(Node* node) {
    const std::uint32_t place = expect(TokenKind::lparen).at;
    std::vector<Node*> positional, named;
    const auto ensure = [&](bool right) {
      if (!right) fail_at(place, "invalid syntax for function call expression");
    };
    bool comma = false;
    while (!failed() && !at(TokenKind::rparen)) {
      if (comma) {
        expect(TokenKind::comma);
        if (at(TokenKind::rparen)) break;
      }
      comma = true;
      if (skip(TokenKind::mul)) {
        ensure(!node->b && !node->c);
        node->b = expression();
      } else if (skip(TokenKind::pow)) {
        ensure(!node->c);
        node->c = expression();
      } else if (at(TokenKind::name) && look().kind == TokenKind::assign) {
        ensure(!node->c);
        const Token name = advance();
        advance();
        for (const Node* other : named) {
          if (other->value.text() == name.text) {
            fail_at(name.at, std::string("keyword argument repeated: ").append(name.text), ErrorClass::python_syntax);
          }
        }
        named.push_back(make(NodeKind::keyword, name.at, Value(name.text), expression()));
      } else {
        ensure(!node->b && !node->c && named.empty());
        positional.push_back(expression());
      }
    }
    expect(TokenKind::rparen);
    node->x = copy(positional);
    node->y = copy(named);
  }

  Node* call(Node* of) {
    Node* const node = make(NodeKind::call, current_.at, of);
    arguments(node);
    return node;
  }

  Value dotted_name() {
    Value name(expect_name().text);
    while (!failed() && skip(TokenKind::dot)) {
      const std::string all = std::string(name.text()).append(".").append(expect_name().text);
      name = rt_.string(all);
    }
    return name;
  }

  Node* filter(Node* of) {
    expect(TokenKind::pipe);
    return named_filter(of);
  }
  Node* named_filter(Node* of) {
    const std::uint32_t place = current_.at;
    Node* const node = make(NodeKind::filter, place, dotted_name(), of);
    if (at(TokenKind::lparen)) arguments(node);
    return node;
  }

  Node* test(Node* of) {
    const std::uint32_t place = advance().at;
    const bool negated = skip("not");
    Node* const node = make(NodeKind::test, place, dotted_name(), of);
    if (at(TokenKind::lparen)) {
      arguments(node);
    } else if ((at(TokenKind::name) || at(TokenKind::string) || at(TokenKind::integer) || at(TokenKind::real) ||
                at(TokenKind::lbracket) || at(TokenKind::lbrace)) && !at_any({"else", "or", "and"})) {
      if (at("is")) return fail("You cannot chain multiple tests with is");
      node->x = copy({postfix(primary())});
    }
    return negated ? make(NodeKind::negate, place, node) : node;
  }
};

}  // namespace jinja
}  // namespace skald
