// What Python calls the types of values, for messages.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/jinja/value.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline std::string_view type_name(const Value& v) {
  switch (v.kind()) {
    case Kind::missing:
    case Kind::undefined: return "Undefined";
    case Kind::none: return "NoneType";
    case Kind::boolean: return "bool";
    case Kind::integer:
    case Kind::big_integer: return "int";
    case Kind::real: return "float";
    case Kind::string: return v.is_markup() ? "Markup" : "str";
    case Kind::bytes: return "bytes";
    case Kind::list: return "list";
    case Kind::tuple: return v.is_group() ? "_GroupTuple" : "tuple";
    case Kind::dict: return "dict";
    case Kind::keys: return "dict_keys";
    case Kind::values: return "dict_values";
    case Kind::items: return "dict_items";
    case Kind::range: return "range";
    case Kind::generator: return "generator";
    case Kind::name_space: return "TemplateNamespace";
    case Kind::function: return "function";
    case Kind::method: return "builtin_function_or_method";
    case Kind::macro: return "Macro";
    case Kind::loop: return "LoopContext";
    case Kind::cycler: return "Cycler";
    case Kind::joiner: return "Joiner";
    case Kind::self: return "TemplateReference";
    case Kind::block: return "BlockReference";
  }
  return "object";
}

/// "int object": how messages about missing members speak of a value.
inline std::string described(const Value& v) {
  if (v.is_none()) return "None";
  std::string_view module;
  switch (v.kind()) {
    case Kind::string: module = v.is_markup() ? "markupsafe." : ""; break;
    case Kind::tuple: module = v.is_group() ? "jinja2.filters." : ""; break;
    case Kind::undefined:
    case Kind::macro:
    case Kind::loop:
    case Kind::self:
    case Kind::block: module = "jinja2.runtime."; break;
    case Kind::cycler:
    case Kind::joiner: module = "jinja2.utils."; break;
    case Kind::name_space: module = "transformers.utils.chat_template_utils."; break;
    default: break;
  }
  return std::string(module).append(type_name(v)).append(" object");
}

}  // namespace jinja
}  // namespace skald
