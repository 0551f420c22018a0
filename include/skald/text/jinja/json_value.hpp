// JSON as values of a template.
#pragma once
#include <vector>

#include "skald/io/json.hpp"
#include "skald/text/jinja/dict.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// Texts are not copied: the document must outlive the value.
inline Value from_json(Runtime& rt, Json json) {
  const Depth depth(rt);
  if (!depth || !rt.tick() || json.is_null()) return Value::none();
  if (const auto b = json.boolean()) return Value(*b);
  if (const auto i = json.integer()) return Value(*i);
  if (const auto d = json.number()) return Value(*d);
  if (const auto s = json.string()) return Value(*s);
  if (json.is_array()) {
    std::vector<Value> elements;
    for (std::size_t i = 0; i < json.size() && !rt.failed(); ++i) elements.push_back(from_json(rt, json[i]));
    return rt.list(elements);
  }
  DictBuilder dict(rt);
  for (std::size_t i = 0; i < json.size() && !rt.failed(); ++i) dict.set(Value(json.key(i)), from_json(rt, json[i]));
  return dict.value();
}

}  // namespace jinja
}  // namespace skald
