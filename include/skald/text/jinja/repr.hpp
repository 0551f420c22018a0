// str() and repr() of values, as Python prints them.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/jinja/characters.hpp"
#include "skald/text/jinja/integers.hpp"
#include "skald/text/jinja/objects.hpp"
#include "skald/text/jinja/type_names.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline void append_hex(std::string& to, char32_t c, int digits) {
  for (int i = digits - 1; i >= 0; --i) to.push_back("0123456789abcdef"[c >> (4 * i) & 15]);
}

/// repr of a text: single quotes unless that has some and no double ones; escapes for what does not print.
inline void append_quoted(TextBuilder& to, std::string_view text) {
  const char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
  std::string out(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    if (c.value == char32_t(quote) || c.value == '\\') out.append(1, '\\').push_back(char(c.value));
    else if (c.value == '\n') out.append("\\n");
    else if (c.value == '\r') out.append("\\r");
    else if (c.value == '\t') out.append("\\t");
    else if (is_printable(c.value)) out.append(text.substr(at, std::size_t(c.size)));
    else if (c.value < 0x100) append_hex(out.append("\\x"), c.value, 2);
    else if (c.value < 0x10000) append_hex(out.append("\\u"), c.value, 4);
    else append_hex(out.append("\\U"), c.value, 8);
    at += std::size_t(c.size);
    if (out.size() > 4096) to.append(out), out.clear();
  }
  out.push_back(quote);
  to.append(out);
}

inline void append_repr(Runtime& rt, TextBuilder& to, const Value& v);

inline void append_elements(Runtime& rt, TextBuilder& to, std::span<const Value> elements) {
  for (std::size_t i = 0; i < elements.size() && rt.tick(); ++i) {
    if (i) to.append(", ");
    append_repr(rt, to, elements[i]);
  }
}

inline void append_entries(Runtime& rt, TextBuilder& to, std::span<const Dict::Entry> entries, Kind kind) {
  for (std::size_t i = 0; i < entries.size() && rt.tick(); ++i) {
    if (i) to.append(", ");
    if (kind == Kind::items) to.append("(");
    if (kind != Kind::values) append_repr(rt, to, entries[i].key);
    if (kind == Kind::dict) to.append(": ");
    if (kind == Kind::items) to.append(", ");
    if (kind != Kind::keys) append_repr(rt, to, entries[i].value);
    if (kind == Kind::items) to.append(")");
  }
}

inline void append_repr(Runtime& rt, TextBuilder& to, const Value& v) {
  const Depth depth(rt);
  if (!depth) return;
  switch (v.kind()) {
    case Kind::missing:
    case Kind::undefined: to.append("Undefined"); return;
    case Kind::none: to.append("None"); return;
    case Kind::boolean: to.append(v.boolean() ? "True" : "False"); return;
    case Kind::integer:
    case Kind::big_integer: to.append(integer_text(rt, v)); return;
    case Kind::real: to.append(repr(v.real())); return;
    case Kind::bytes: to.append("b"); append_quoted(to, v.text()); return;
    case Kind::string:
      if (v.is_markup()) to.append("Markup(");
      append_quoted(to, v.text());
      if (v.is_markup()) to.append(")");
      return;
    case Kind::list:
      to.append("[");
      append_elements(rt, to, v.elements());
      to.append("]");
      return;
    case Kind::tuple:
      to.append("(");
      append_elements(rt, to, v.elements());
      to.append(v.size() == 1 ? ",)" : ")");
      return;
    case Kind::dict:
      to.append("{");
      append_entries(rt, to, v.dict().entries, Kind::dict);
      to.append("}");
      return;
    case Kind::keys:
    case Kind::values:
    case Kind::items:
      to.append(type_name(v)).append("([");
      append_entries(rt, to, v.dict().entries, v.kind());
      to.append("])");
      return;
    case Kind::range: {
      const Range& r = v.as<Range>();
      to.append("range(").append(std::to_string(r.start)).append(", ").append(std::to_string(r.stop));
      if (r.step != 1) to.append(", ").append(std::to_string(r.step));
      to.append(")");
      return;
    }
    case Kind::name_space: {
      const Namespace& n = v.as<Namespace>();
      to.append("<Namespace {");
      append_entries(rt, to, n.room.first(n.size), Kind::dict);
      to.append("}>");
      return;
    }
    case Kind::macro: {
      const std::string_view name = v.as<Macro>().name;
      to.append("<Macro ");
      if (name.empty()) to.append("anonymous");
      else append_quoted(to, name);
      to.append(">");
      return;
    }
    case Kind::self: to.append("<TemplateReference None>"); return;
    default: to.append("<").append(type_name(v)).append(" object>");
  }
}

/// str(v), where v is no string (a string is its own str).
inline void append_str(Runtime& rt, TextBuilder& to, const Value& v) {
  if (v.is_string()) to.append(v.text());
  else if (!v.is_undefined() && !v.is_missing()) append_repr(rt, to, v);
}

/// str(v) as a value; Markup becomes a plain string unless `soft`.
inline Value str(Runtime& rt, const Value& v, bool soft = false) {
  if (v.is_string()) return v.as_markup(soft && v.is_markup());
  TextBuilder text(rt);
  append_str(rt, text, v);
  return text.value();
}
inline Value soft_str(Runtime& rt, const Value& v) { return str(rt, v, true); }

/// For messages.
inline std::string repr_text(Runtime& rt, const Value& v) {
  TextBuilder text(rt);
  append_repr(rt, text, v);
  return std::move(text.text());
}
inline std::string quoted(Runtime& rt, std::string_view s) { return repr_text(rt, Value(s)); }

/// Using an undefined value: the error it stands for.
inline Value fail_undefined(Runtime& rt, const Value& v) {
  if (v.is_missing()) return rt.fail(ErrorClass::undefined, "there is no value");
  const Undefined& u = v.as<Undefined>();
  const ErrorClass c = u.forbidden ? ErrorClass::security : ErrorClass::undefined;
  if (!u.hint.empty()) return rt.fail(c, std::string(u.hint));
  const std::string name = repr_text(rt, u.name);
  if (u.object.is_missing()) return rt.fail(c, name + " is undefined");
  const std::string object = described(u.object);
  if (!u.name.is_string()) return rt.fail(c, object + " has no element " + name);
  return rt.fail(c, quoted(rt, object) + " has no attribute " + name);
}

}  // namespace jinja
}  // namespace skald
