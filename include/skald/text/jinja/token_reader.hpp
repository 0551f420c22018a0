// What every rule of the grammar works with: the token at hand, the next one, nodes, and complaints.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/lexer.hpp"
#include "skald/text/jinja/node.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// Every function gives null after a failure and leaves the token where it is.
class TokenReader {
 public:
  TokenReader(Runtime& rt, std::string_view source) : rt_(rt), lexer_(rt, source) { current_ = lexer_.next(); }

 protected:
  // Tokens.

  bool at(TokenKind kind) const { return current_.kind == kind; }
  bool at(std::string_view name) const { return at(TokenKind::name) && current_.text == name; }
  bool at_any(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      if (at(name)) return true;
    }
    return false;
  }
  const Token& look() {
    if (!ahead_) next_ = lexer_.next(), ahead_ = true;
    return next_;
  }
  Token advance() {
    Token before = current_;
    current_ = ahead_ ? next_ : lexer_.next();
    ahead_ = false;
    return before;
  }
  bool skip(TokenKind kind) { return at(kind) && (advance(), true); }
  bool skip(std::string_view name) { return at(name) && (advance(), true); }

  Token expect(TokenKind kind, std::string_view called = {}) {
    if (at(kind)) return advance();
    fail_expected(called.empty() ? sign_of(kind) : called);
    return {};
  }
  Token expect_name(std::string_view name) {
    if (at(name)) return advance();
    fail_expected(name);
    return {};
  }
  Token expect_name() { return expect(TokenKind::name, "name"); }

  Node* fail_expected(std::string_view what) {
    if (at(TokenKind::eof)) {
      return fail(std::string("unexpected end of template, expected '").append(what).append("'."));
    }
    return fail(std::string("expected token '").append(what).append("', got ").append(quoted_token()));
  }
  std::string quoted_token() { return quoted(rt_, describe(current_)); }

  Node* fail(std::string why, ErrorClass c = ErrorClass::template_syntax) {
    return fail_at(current_.at, std::move(why), c);
  }
  Node* fail_at(std::uint32_t place, std::string why, ErrorClass c = ErrorClass::template_syntax) {
    rt_.stand_at(place);
    rt_.fail(c, std::move(why));
    return nullptr;
  }
  bool failed() const { return rt_.failed(); }

  // Nodes.

  Node* make(NodeKind kind, std::uint32_t place, Node* a = nullptr, Node* b = nullptr, Node* c = nullptr) {
    Node node;
    node.kind = kind;
    node.at = place;
    node.a = a;
    node.b = b;
    node.c = c;
    return rt_.arena().make(node);
  }
  Node* make(NodeKind kind, std::uint32_t place, Value value, Node* a = nullptr) {
    Node* const node = make(kind, place, a);
    node->value = value;
    return node;
  }
  Nodes copy(const std::vector<Node*>& nodes) {
    Node** const to = rt_.arena().array<Node*>(nodes.size());
    std::copy(nodes.begin(), nodes.end(), to);
    return {to, nodes.size()};
  }

  Runtime& rt_;
  Lexer lexer_;
  Token current_, next_;
  bool ahead_ = false;
};

}  // namespace jinja
}  // namespace skald
