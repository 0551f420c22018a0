// A Jinja template as transformers reads it: its sandbox, trim_blocks and lstrip_blocks, its filters and functions.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/text/jinja/binder.hpp"
#include "skald/text/jinja/execute.hpp"
#include "skald/text/jinja/json_value.hpp"
#include "skald/text/jinja/parser.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

struct Rendered {
  std::string text;
  std::vector<Span> generation;  ///< what {% generation %} blocks wrote, in bytes, in the order in which they ended
};

/// Parsed once, then immutable: cheap to copy, and any number of threads may render it at once. See
/// docs/chat_templates.md.
class Template {
 public:
  /// `name` stands before messages: "chat_template.jinja: line 3, column 7: UndefinedError: 'x' is undefined".
  /// Errors: malformed (the grammar, with the place), out_of_range (a bound).
  static Result<Template> try_parse(std::string_view source, std::string name, const Limits& limits = {}) {
    if (source.size() > limits.source) {
      return Error(FaultCode::out_of_range, name + ": expected a template of at most " + std::to_string(limits.source) +
                                                " bytes, found " + std::to_string(source.size()));
    }
    if (const std::size_t good = skald::detail::valid_utf8_prefix(source); good != source.size()) {
      return Error(FaultCode::malformed, name + ": byte " + std::to_string(good) + " is no UTF-8");
    }
    auto parsed = std::make_shared<Parsed>();
    parsed->name = std::move(name);
    parsed->source = normalized_source(source);
    Limits bounds = limits;
    bounds.depth = 3 * limits.nesting;  // an expression within another one goes three levels deeper
    Runtime& rt = parsed->runtime.emplace(bounds);
    Node& root = *rt.arena().make(Node{});
    root.kind = NodeKind::block;
    root.z = Parser(rt, parsed->source).parse();
    if (!rt.failed() && is_too_deep(root, limits.depth)) {
      rt.fail(ErrorClass::limit,
              "expected expressions and blocks at most " + std::to_string(limits.depth) + " levels deep");
    }
    Binder binder(rt);
    if (!rt.failed()) rt.set_depth(3 * limits.depth), binder.bind_template(root);
    parsed->root = &root;
    parsed->blocks = binder.blocks();
    if (rt.failed()) return error_of(*parsed, rt.failure());
    return Template(std::move(parsed));
  }

  /// `variables` is a dict of `in` (which makes it, and owns the values until it goes).
  Result<Rendered> try_render(Interpreter& in, const Value& variables) const {
    Rendered rendered{in.render(*parsed_->root, parsed_->blocks, variables), {}};
    if (in.failed()) return error_of(*parsed_, in.failure());
    rendered.generation = in.generation_spans();
    if (const std::size_t good = skald::detail::valid_utf8_prefix(rendered.text); good != rendered.text.size()) {
      return Error(FaultCode::malformed, parsed_->name + ": a lone surrogate was written, which no text can hold");
    }
    return rendered;
  }

  /// All template text and all strings, with zero bytes between them: what the template itself can write.
  std::string literals() const {
    std::string all;
    std::vector<const Node*> open{parsed_->root};
    while (!open.empty()) {
      const Node* const node = open.back();
      open.pop_back();
      const bool literal = node->kind == NodeKind::text || node->kind == NodeKind::constant;
      if (literal && node->value.is_string()) all.append(node->value.text()).push_back('\0');
      for_each_child(*node, [&](const Node& child) { open.push_back(&child); });
    }
    return all;
  }

  const std::string& name() const { return parsed_->name; }
  /// With line ends as \n and without the last one.
  const std::string& source() const { return parsed_->source; }

 private:
  struct Parsed {
    std::string name, source;
    std::optional<Runtime> runtime;  // holds the nodes
    const Node* root = nullptr;
    std::vector<Node*> blocks;
  };

  explicit Template(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

  static bool is_too_deep(const Node& root, int most) {
    std::vector<std::pair<const Node*, int>> open{{&root, 0}};
    while (!open.empty()) {
      const auto [node, depth] = open.back();
      open.pop_back();
      if (depth > most) return true;
      for_each_child(*node, [&, below = depth + 1](const Node& child) { open.push_back({&child, below}); });
    }
    return false;
  }

  static Error error_of(const Parsed& parsed, const Failure& failure) {
    const std::size_t at = std::min<std::size_t>(failure.at, parsed.source.size());
    std::string message = parsed.name + ": " + skald::detail::json_place(parsed.source, at) + ": ";
    // What the template itself says needs no Python name before it.
    if (failure.error_class != ErrorClass::template_error)
      message.append(jinja::name(failure.error_class)).append(": ");
    return Error(fault_code(failure.error_class), message.append(failure.message));
  }

  std::shared_ptr<const Parsed> parsed_;
};

}  // namespace jinja
}  // namespace skald
