// JSON schemas to rules: arrays and objects.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/grammar/schema_compiler.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Elements 0, 1, ... of prefixItems, then as many of items as may be.
inline ExpressionId SchemaCompiler::array_body(const Schemas& all) {
  std::int32_t min = 0, max = Expressions::unbounded;
  std::size_t prefix = 0;
  bool rest_is_said = false;
  struct Items {
    std::optional<Json> first, rest;
    std::string first_path, rest_path;
  };
  std::vector<Items> items;
  for (const Schema& s : all) {
    min = std::max(min, reader_.count(s, "minItems").value_or(0));
    if (const auto most = reader_.count(s, "maxItems")) max = max < 0 ? *most : std::min(max, *most);
    Items of;
    const auto each = s.json.find("items");
    const bool old = each && each->is_array();  // draft 7: a list in items, then additionalItems
    of.first = old ? each : reader_.array(s, "prefixItems");
    of.rest = old ? s.json.find("additionalItems") : each;
    of.first_path = s.path + (old ? "/items" : "/prefixItems");
    of.rest_path = s.path + (old ? "/additionalItems" : "/items");
    prefix = std::max(prefix, of.first ? of.first->size() : std::size_t(0));
    rest_is_said = rest_is_said || of.rest;
    items.push_back(std::move(of));
  }
  const auto element = [&](std::size_t i) {
    Schemas of;
    for (const Items& each : items) {
      const bool listed = each.first && i < each.first->size();
      if (listed) of.push_back({(*each.first)[i], SchemaReader::below(each.first_path, i), -1, -1});
      else if (each.rest) of.push_back({*each.rest, each.rest_path, -1, -1});
    }
    return compile(of);
  };
  if (max >= 0 && max < min) return out_.nothing();
  // Beyond the list nothing is offered that nobody asked for.
  if (prefix > 0 && !rest_is_said && max < 0) max = std::max(std::int32_t(prefix), min);
  if (max == 0) return rules_.array(out_.empty());
  if (prefix == 0) return rules_.array(rules_.list(element(0), min, max));
  // tail(i): what follows element i - 1.
  const auto count = std::int32_t(prefix);
  ExpressionId tail = out_.empty();
  if (max < 0 || max > count) {
    const ExpressionId more = out_.sequence({rules_.comma(), element(prefix)});
    tail = out_.repeat(more, std::max(min - count, 0), max < 0 ? max : max - count);
  }
  for (std::int32_t i = max >= 0 ? std::min(count, max) : count; i-- > 0 && !out_.full();) {
    const ExpressionId one = i == 0 ? element(0) : out_.sequence({rules_.comma(), element(std::size_t(i))});
    const ExpressionId both = out_.sequence({one, tail});
    const RuleId rule = out_.add_rule("elements");
    out_.define(rule, i >= min ? out_.optional(both) : both);
    tail = out_.rule(rule);
  }
  return rules_.array(tail);
}

struct SchemaCompiler::Property {
  std::string name;
  Schemas conditions;
  bool required = false, forbidden = false;
};

struct SchemaCompiler::Shape {
  std::vector<Property> properties;  // in the order of the schema
  bool open = false;                 // more are written
  Schemas additional;                // the conditions on those
  std::optional<ExpressionId> key;   // patternProperties: what they are called
};

inline SchemaCompiler::Shape SchemaCompiler::shape_of(const Schemas& all) {
  Shape shape;
  std::map<std::string, std::size_t, std::less<>> places;
  const auto named = [&](std::string_view name) -> Property& {
    const auto [at, fresh] = places.try_emplace(std::string(name), shape.properties.size());
    if (fresh) shape.properties.push_back({std::string(name), {}, false, false});
    return shape.properties[at->second];
  };
  bool closed = false, said = false, any_properties = false;
  for (const Schema& s : all) {
    if (const auto properties = reader_.object(s, "properties")) {
      any_properties = true;
      for (std::size_t i = 0; i < properties->size(); ++i) named(properties->key(i));
    }
    const auto required = reader_.array(s, "required");
    for (std::size_t i = 0; required && i < required->size(); ++i) {
      const auto name = (*required)[i].string();
      if (!name) reader_.fail(s.path + "/required", "expected names");
      else named(*name).required = true;
    }
  }
  for (const Schema& s : all) {
    const auto properties = s.json.find("properties");
    const auto additional = s.json.find("additionalProperties"), patterns = reader_.object(s, "patternProperties");
    const auto unevaluated = s.json.find("unevaluatedProperties");
    if (unevaluated && unevaluated->boolean() == false) closed = true;
    if (additional && additional->boolean() == false) closed = true;
    if (additional && additional->boolean() != false) {
      said = true;
      shape.additional.push_back({*additional, s.path + "/additionalProperties", -1, -1});
    }
    for (Property& p : shape.properties) {
      const auto here = properties ? properties->find(p.name) : std::nullopt;
      if (here) p.conditions.push_back({*here, SchemaReader::below(s.path + "/properties", p.name), -1, -1});
      else if (additional && additional->boolean() == false) p.forbidden = true;
      else if (additional) p.conditions.push_back({*additional, s.path + "/additionalProperties", -1, -1});
    }
    if (!patterns || patterns->size() == 0) continue;
    if (patterns->size() > 1 || shape.key || !shape.properties.empty()) {
      reader_.refuse(s.path, "patternProperties", "is supported for one pattern, without properties and required");
      return shape;
    }
    const std::string path = SchemaReader::below(s.path + "/patternProperties", patterns->key(0));
    shape.key = rules_.quoted(pattern_body(s, "patternProperties", patterns->key(0)));
    shape.additional = {{(*patterns)[0], path, -1, -1}};
  }
  shape.open = shape.key || (!closed && (said || !any_properties));
  return shape;
}

inline ExpressionId SchemaCompiler::object_body(const Schemas& all) {
  Shape shape = shape_of(all);
  if (reader_.failed()) return out_.empty();
  std::int32_t required = 0, min = 0, max = Expressions::unbounded;
  for (const Property& p : shape.properties) {
    if (p.required && p.forbidden) return out_.nothing();
    required += p.required;
  }
  std::erase_if(shape.properties, [](const Property& p) { return p.forbidden; });
  for (const Schema& s : all) {
    min = std::max(min, reader_.count(s, "minProperties").value_or(0));
    if (const auto most = reader_.count(s, "maxProperties")) max = max < 0 ? *most : std::min(max, *most);
  }
  const bool is_map = shape.properties.empty() && shape.open;
  // A name may come twice, so two members of a map need not be two properties.
  if (min > std::max(required, std::int32_t(is_map))) {
    refuse_beside(all, "minProperties", "more than one, or more than are required, is not supported");
  }
  if (max >= 0 && max < min) return out_.nothing();
  const bool bounded = max >= 0 && (shape.open || max < std::int32_t(shape.properties.size()));
  if (bounded && !is_map) refuse_beside(all, "maxProperties", "less than the properties there are is not supported");
  if (is_map) {
    const ExpressionId key = shape.key ? *shape.key : rules_.string();
    return rules_.object(rules_.list(rules_.member(key, compile(shape.additional)), min, max));
  }

  // two rules a property: what follows from it on, as the first member and behind others
  std::optional<ExpressionId> more;
  if (shape.open) {
    std::vector<std::string> names;
    for (const Property& p : shape.properties) names.push_back(p.name);
    more = rules_.member(additional_key(names), compile(shape.additional));
  }
  ExpressionId first = more ? rules_.list(*more, 0, Expressions::unbounded) : out_.empty();
  ExpressionId later = more ? out_.repeat(out_.sequence({rules_.comma(), *more}), 0) : out_.empty();
  for (std::size_t i = shape.properties.size(); i-- > 0 && !out_.full();) {
    const Property& p = shape.properties[i];
    const ExpressionId key = rules_.quoted(out_.text(json_text(p.name)));
    const ExpressionId member = out_.sequence({rules_.member(key, compile(p.conditions)), later});
    const RuleId from_here = out_.add_rule("members"), behind = out_.add_rule("more members");
    const ExpressionId with_comma = out_.sequence({rules_.comma(), member});
    out_.define(from_here, p.required ? member : out_.choice({member, first}));
    out_.define(behind, p.required ? with_comma : out_.choice({with_comma, later}));
    first = out_.rule(from_here);
    later = out_.rule(behind);
  }
  return rules_.object(first);
}

/// A name in quotes that is none of these: characters as they are, so that no name is spelled in two ways.
inline ExpressionId SchemaCompiler::additional_key(const std::vector<std::string>& names) {
  struct Node {
    std::map<char32_t, std::size_t> next;
    bool is_name = false;
  };
  std::vector<Node> tree(1);
  for (const std::string& name : names) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < name.size();) {
      const CodePoint c = decode_utf8(name.data() + i);
      i += std::size_t(c.size);
      const auto [there, fresh] = tree[at].next.try_emplace(c.value, tree.size());
      at = there->second;
      if (fresh) tree.emplace_back();
    }
    tree[at].is_name = true;
  }
  const ExpressionId anything = out_.repeat(rules_.raw_character({}), 0);
  std::vector<RuleId> rule_of;
  for (std::size_t i = 0; i < tree.size(); ++i) rule_of.push_back(out_.add_rule("a name"));
  for (std::size_t i = 0; i < tree.size() && !out_.full(); ++i) {
    std::vector<ExpressionId> all;
    CharacterSet without;
    for (const auto& [c, next] : tree[i].next) {
      without.add(c, c);
      if (!needs_json_escape(c)) all.push_back(out_.sequence({out_.character({{c, c}}), out_.rule(rule_of[next])}));
    }
    all.push_back(out_.sequence({rules_.raw_character(without), anything}));
    if (!tree[i].is_name) all.push_back(out_.empty());
    out_.define(rule_of[i], out_.choice(all));
  }
  return rules_.quoted(out_.rule(rule_of[0]));
}

}  // namespace detail
}  // namespace skald
