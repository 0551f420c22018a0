// The grammar of statements.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/expression_parser.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

class Parser : ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  Nodes parse() {
    const std::vector<Node*> body = statements({});
    return failed() ? Nodes() : copy(body);
  }

 private:
  using Names = std::initializer_list<std::string_view>;

  /// Up to one of the tags that end this body, or to the template's end where none is given.
  std::vector<Node*> statements(Names ends) {
    std::vector<Node*> body, printed;
    const Depth depth(rt_);
    if (!depth) return body;
    std::uint32_t place = current_.at;
    const auto flush = [&] {
      if (printed.empty()) return;
      body.push_back(make(NodeKind::output, place));
      body.back()->x = copy(printed);
      printed.clear();
    };
    if (ends.size()) ends_.push_back(ends);
    while (!failed() && !at(TokenKind::eof)) {
      if (printed.empty()) place = current_.at;
      if (at(TokenKind::data)) {
        const Token token = advance();
        printed.push_back(make(NodeKind::text, token.at, token.value));
      } else if (at(TokenKind::variable_begin)) {
        advance();
        printed.push_back(tuple());
        expect(TokenKind::variable_end, "end of print statement");
      } else {
        flush();
        advance();
        if (at_any(ends)) break;
        if (Node* const node = statement()) body.push_back(node);
        expect(TokenKind::block_end, "end of statement block");
      }
    }
    if (!failed() && ends.size() && at(TokenKind::eof)) fail_unexpected_end();
    flush();
    if (ends.size()) ends_.pop_back();
    return body;
  }

  /// A body behind its tag; the ending tag's name is the next token, or is taken too.
  Nodes body(Names ends, bool drop = true) {
    skip(TokenKind::colon);
    expect(TokenKind::block_end, "end of statement block");
    const std::vector<Node*> nodes = statements(ends);
    if (drop) advance();
    return copy(nodes);
  }

  void fail_unexpected_end() { fail_tag("Unexpected end of template.", {}); }
  void fail_tag(std::string message, std::string_view name) {
    if (!ends_.empty()) {
      bool nested = false;
      for (const Names& ends : ends_) {
        for (const std::string_view end : ends) nested |= !name.empty() && end == name;
      }
      std::string wanted;
      for (const std::string_view end : ends_.back()) {
        wanted.append(wanted.empty() ? "'" : " or '").append(end).append("'");
      }
      message
          .append(nested
                      ? " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for "
                      : " Jinja was looking for the following tags: ")
          .append(wanted)
          .append(".");
    }
    if (!tags_.empty()) {
      message.append(" The innermost block that needs to be closed is '").append(tags_.back()).append("'.");
    }
    fail(std::move(message));
  }

  using Parse = Node* (Parser::*)(std::uint32_t);

  Node* statement() {
    if (!at(TokenKind::name)) return fail("tag name expected");
    struct Tag {
      std::string_view name;
      Parse parse;
    };
    static constexpr Tag tags[] = {
        {"for", &Parser::for_loop}, {"if", &Parser::if_else}, {"set", &Parser::set}, {"macro", &Parser::macro},
        {"generation", &Parser::generation}, {"break", &Parser::break_loop}, {"continue", &Parser::continue_loop},
        {"call", &Parser::call_block}, {"filter", &Parser::filter_block}, {"with", &Parser::with},
        {"print", &Parser::print}, {"block", &Parser::block}, {"autoescape", &Parser::autoescape},
        {"include", &Parser::include}, {"extends", &Parser::extends}, {"import", &Parser::import},
        {"from", &Parser::from},
    };
    for (const Tag& tag : tags) {
      if (!at(tag.name)) continue;
      tags_.push_back(tag.name);
      const std::uint32_t place = advance().at;
      Node* const node = (this->*tag.parse)(place);
      tags_.pop_back();
      return node;
    }
    fail_tag(std::string("Encountered unknown tag '").append(current_.text).append("'."), current_.text);
    return nullptr;
  }

  // Targets of assignments.

  Node* name_target() {
    const Token token = expect_name();
    return checked(make(NodeKind::name, token.at, Value(token.text)));
  }
  Node* target(std::string_view end = {}, bool members = false) {
    return checked(tuple_of([&] { return primary(members); }, end, false));
  }
  Node* checked(Node* node) {
    if (!node || failed()) return nullptr;
    if (!mark_stored(*node)) {
      constexpr const char* kinds[] = {"const", "tuple", "list", "dict"};
      const int kind = node->kind == NodeKind::tuple  ? 1
                       : node->kind == NodeKind::list ? 2
                       : node->kind == NodeKind::dict ? 3
                                                      : 0;
      return fail_at(
          node->at,
          std::string("can't assign to '").append(node->kind == NodeKind::name ? "name" : kinds[kind]).append("'"));
    }
    return node;
  }
  bool mark_stored(Node& node) {
    if (node.kind == NodeKind::tuple) {
      for (Node* const part : node.x) {
        if (!mark_stored(*part)) return false;
      }
      return true;
    }
    if (node.kind == NodeKind::member_name) return true;
    if (node.kind != NodeKind::name) return false;
    const std::string_view name = node.value.text();
    for (const std::string_view constant : {"true", "false", "none", "True", "False", "None"}) {
      if (name == constant) return false;
    }
    node.shadows = true;
    return true;
  }
  Node* cloned(const Node& node) {
    Node* const copied = rt_.arena().make(node);
    std::vector<Node*> parts;
    for (const Node* part : node.x) parts.push_back(cloned(*part));
    copied->x = copy(parts);
    return copied;
  }

  // Statements, each behind its name.

  Node* for_loop(std::uint32_t place) {
    Node* const node = make(NodeKind::for_loop, place, target("in"));
    expect_name("in");
    node->b = tuple(false, "recursive");
    if (skip("if")) node->c = expression();
    node->recursive = skip("recursive");
    node->z = body({"endfor", "else"}, false);
    const bool otherwise = at("else");
    if (!failed()) advance();
    if (otherwise) node->y = body({"endfor"});
    if (failed()) return nullptr;
    if (node->c) node->d = cloned(*node->a);
    return node;
  }

  Node* if_else(std::uint32_t place) {
    Node* const first = make(NodeKind::if_else, place);
    Node* node = first;
    std::vector<Node*> others;
    while (!failed()) {
      node->a = tuple(false);
      node->z = body({"elif", "else", "endif"}, false);
      if (failed()) return nullptr;
      if (skip("elif")) {
        node = make(NodeKind::if_else, current_.at);
        others.push_back(node);
        continue;
      }
      if (skip("else")) first->x = body({"endif"});
      else advance();
      break;
    }
    first->y = copy(others);
    return first;
  }

  Node* set(std::uint32_t place) {
    Node* const to = target({}, true);
    if (skip(TokenKind::assign)) return make(NodeKind::assign, place, to, tuple());
    Node* chain = nullptr;
    while (!failed() && at(TokenKind::pipe)) chain = filter(chain);
    Node* const node = make(NodeKind::assign_block, place, to, chain);
    node->z = body({"endset"});
    return node;
  }

  void signature(Node* node) {
    std::vector<Node*> names, defaults;
    expect(TokenKind::lparen);
    while (!failed() && !at(TokenKind::rparen)) {
      if (!names.empty()) expect(TokenKind::comma);
      Node* const name = name_target();
      if (!name) return;
      for (const Node* other : names) {
        if (other->value.text() != name->value.text()) continue;
        fail_at(name->at,
                std::string("duplicate argument '").append(name->value.text()).append("' in function definition"),
                ErrorClass::python_syntax);
      }
      if (skip(TokenKind::assign)) defaults.push_back(expression());
      else if (!defaults.empty()) fail("non-default argument follows default argument");
      names.push_back(name);
    }
    expect(TokenKind::rparen);
    node->x = copy(names);
    node->y = copy(defaults);
  }
  Node* macro(std::uint32_t place) {
    Node* const name = name_target();
    Node* const node = make(NodeKind::macro, place, name ? name->value : Value());
    signature(node);
    node->z = body({"endmacro"});
    return node;
  }
  Node* call_block(std::uint32_t place) {
    Node* const node = make(NodeKind::call_block, place);
    if (at(TokenKind::lparen)) signature(node);
    node->a = expression();
    if (!failed() && node->a->kind != NodeKind::call) return fail_at(place, "expected call");
    node->z = body({"endcall"});
    return node;
  }
  Node* generation(std::uint32_t place) {
    Node* const node = make(NodeKind::generation, place);
    node->z = body({"endgeneration"});
    return node;
  }
  Node* break_loop(std::uint32_t place) { return make(NodeKind::break_loop, place); }
  Node* continue_loop(std::uint32_t place) { return make(NodeKind::continue_loop, place); }

  Node* filter_block(std::uint32_t place) {
    Node* chain = named_filter(nullptr);
    while (!failed() && at(TokenKind::pipe)) chain = filter(chain);
    Node* const node = make(NodeKind::filter_block, place, chain);
    node->z = body({"endfilter"});
    return node;
  }
  Node* with(std::uint32_t place) {
    std::vector<Node*> targets, values;
    while (!failed() && !at(TokenKind::block_end)) {
      if (!targets.empty()) expect(TokenKind::comma);
      targets.push_back(target());
      expect(TokenKind::assign);
      values.push_back(expression());
    }
    Node* const node = make(NodeKind::with, place);
    node->x = copy(targets);
    node->y = copy(values);
    node->z = body({"endwith"});
    return node;
  }
  Node* autoescape(std::uint32_t place) {
    Node* const node = make(NodeKind::autoescape, place, expression());
    node->z = body({"endautoescape"});
    return node;
  }
  Node* print(std::uint32_t place) {
    std::vector<Node*> parts;
    while (!failed() && !at(TokenKind::block_end)) {
      if (!parts.empty()) expect(TokenKind::comma);
      parts.push_back(expression());
    }
    Node* const node = make(NodeKind::output, place);
    node->x = copy(parts);
    return node;
  }

  Node* block(std::uint32_t place) {
    Node* const node = make(NodeKind::block, place, Value(expect_name().text));
    node->scoped = skip("scoped");
    node->recursive = skip("required");
    if (at(TokenKind::sub)) {
      return fail("Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an "
                  "underscore instead.");
    }
    node->z = body({"endblock"});
    const auto is_blank = [](const Node& part) {
      return part.kind == NodeKind::text && strip(part.value.text()).empty();
    };
    for (const Node* child : node->z) {
      bool blank = node->recursive && child->kind == NodeKind::output;
      for (const Node* part : child->x) blank = blank && is_blank(*part);
      if (node->recursive && !blank) return fail("Required blocks can only contain comments or whitespace");
    }
    skip(node->value.text());
    return node;
  }

  // Other templates: read, so that what is wrong in them is found, and refused where they are reached.

  void context_words() {
    if (at_any({"with", "without"}) && look().kind == TokenKind::name && look().text == "context") advance(), advance();
  }
  Node* include(std::uint32_t place) {
    Node* const node = make(NodeKind::no_loader, place, expression());
    if (at("ignore") && look().kind == TokenKind::name && look().text == "missing") advance(), advance();
    context_words();
    return node;
  }
  Node* extends(std::uint32_t place) { return make(NodeKind::no_loader, place, expression()); }
  Node* import(std::uint32_t place) {
    Node* const node = make(NodeKind::no_loader, place, expression());
    expect_name("as");
    Node* const name = name_target();
    node->x = copy({name});
    context_words();
    return node;
  }
  Node* from(std::uint32_t place) {
    Node* const node = make(NodeKind::no_loader, place, expression());
    expect_name("import");
    std::vector<Node*> names;
    while (!failed()) {
      if (!names.empty()) expect(TokenKind::comma);
      if (at_any({"with", "without"}) && look().kind == TokenKind::name && look().text == "context") break;
      Node* name = name_target();
      if (name && name->value.text().starts_with('_')) {
        return fail_at(name->at, "names starting with an underline can not be imported",
                       ErrorClass::template_assertion);
      }
      if (skip("as")) name = name_target();
      names.push_back(name);
      if (!at(TokenKind::comma)) break;
    }
    context_words();
    node->x = copy(names);
    return node;
  }

  std::vector<Names> ends_;
  std::vector<std::string_view> tags_;
};

}  // namespace jinja
}  // namespace skald
