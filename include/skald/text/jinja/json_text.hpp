// The tojson filter: Python's json.dumps with transformers' defaults.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/arguments.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

class JsonWriter {
 public:
  JsonWriter(Interpreter& in, bool ascii, bool sorted) : in_(in), out_(in), ascii_(ascii), sorted_(sorted) {}

  /// `indent`: none, a width or a text; `separators`: none or two texts.
  bool set_layout(const Value& indent, const Value& separators) {
    if (indent.is_string()) indent_ = indent.text();
    else if (indent.is_integer() && !indent.is(Kind::big_integer)) {
      if (indent.small() > 1000) return in_.fail(ErrorClass::limit, "expected an indent of at most 1000").boolean();
      indent_.assign(std::size_t(std::max<std::int64_t>(indent.small(), 0)), ' ');
    } else if (!indent.is_missing() && !indent.is_none()) {
      return in_
          .type_error(std::string("can't multiply sequence by non-int of type '").append(type_name(indent)).append("'"))
          .boolean();
    }
    lines_ = !indent.is_missing() && !indent.is_none();
    if (lines_) between_ = ",";
    if (separators.is_missing() || separators.is_none()) return true;
    const std::vector<Value> two = elements_of(in_, separators);
    if (in_.failed()) return false;
    if (two.size() != 2) {
      return in_
          .value_error(two.size() < 2
                           ? "not enough values to unpack (expected 2, got " + std::to_string(two.size()) + ")"
                           : "too many values to unpack (expected 2)")
          .boolean();
    }
    if (!two[0].is_string() || !two[1].is_string()) return in_.type_error("separators must be str").boolean();
    between_ = two[0].text();
    behind_key_ = two[1].text();
    return true;
  }

  Value write(const Value& v) {
    append(v, 0);
    return in_.failed() ? Value::none() : out_.value();
  }

 private:
  void new_line(int depth) {
    if (!lines_) return;
    out_.append("\n");
    for (int i = 0; i < depth; ++i) out_.append(indent_);
  }

  void append(const Value& v, int depth) {
    const Depth level(in_);
    if (!level || !in_.tick()) return;
    switch (v.kind()) {
      case Kind::none: out_.append("null"); return;
      case Kind::boolean: out_.append(v.boolean() ? "true" : "false"); return;
      case Kind::integer:
      case Kind::big_integer: out_.append(integer_text(in_, v)); return;
      case Kind::real: out_.append(real_text(v.real())); return;
      case Kind::string: return append_string(v.text());
      case Kind::list:
      case Kind::tuple: return append_list(v.elements(), depth);
      case Kind::dict: return append_dict(v.dict(), depth);
      default:
        in_.type_error(std::string("Object of type ").append(type_name(v)).append(" is not JSON serializable"));
    }
  }

  static std::string real_text(double v) {
    if (std::isnan(v)) return "NaN";
    return std::isinf(v) ? (v < 0 ? "-Infinity" : "Infinity") : repr(v);
  }

  void append_string(std::string_view text) {
    std::string out(1, '"');
    for (std::size_t at = 0; at < text.size();) {
      const CodePoint c = first_of(text.substr(at));
      switch (c.value) {
        case '"': out.append("\\\""); break;
        case '\\': out.append("\\\\"); break;
        case '\n': out.append("\\n"); break;
        case '\r': out.append("\\r"); break;
        case '\t': out.append("\\t"); break;
        case '\f': out.append("\\f"); break;
        case '\b': out.append("\\b"); break;
        default:
          if (c.value < 0x20 || (ascii_ && c.value > 0x7E && c.value < 0x10000)) {
            append_hex(out.append("\\u"), c.value, 4);
          } else if (ascii_ && c.value >= 0x10000) {
            append_hex(out.append("\\u"), 0xD800 + ((c.value - 0x10000) >> 10), 4);
            append_hex(out.append("\\u"), 0xDC00 + ((c.value - 0x10000) & 0x3FF), 4);
          } else {
            out.append(text.substr(at, std::size_t(c.size)));
          }
      }
      at += std::size_t(c.size);
      if (out.size() > 4096) out_.append(out), out.clear();
    }
    out_.append(out.append(1, '"'));
  }

  void append_list(std::span<const Value> elements, int depth) {
    if (elements.empty()) return void(out_.append("[]"));
    out_.append("[");
    for (std::size_t i = 0; i < elements.size() && !in_.failed(); ++i) {
      if (i) out_.append(between_);
      new_line(depth + 1);
      append(elements[i], depth + 1);
    }
    new_line(depth);
    out_.append("]");
  }

  void append_dict(const Dict& dict, int depth) {
    if (dict.entries.empty()) return void(out_.append("{}"));
    std::vector<Dict::Entry> entries(dict.entries.begin(), dict.entries.end());
    if (sorted_) {
      std::stable_sort(entries.begin(), entries.end(), [&](const Dict::Entry& a, const Dict::Entry& b) {
        return !in_.failed() && equal(in_, a.key, b.key) ? ordered(in_, Operator::less, a.value, b.value)
                                                         : !in_.failed() && ordered(in_, Operator::less, a.key, b.key);
      });
    }
    out_.append("{");
    for (std::size_t i = 0; i < entries.size() && !in_.failed(); ++i) {
      if (i) out_.append(between_);
      new_line(depth + 1);
      append_key(entries[i].key);
      out_.append(behind_key_);
      append(entries[i].value, depth + 1);
    }
    new_line(depth);
    out_.append("}");
  }

  void append_key(const Value& key) {
    switch (key.kind()) {
      case Kind::string: return append_string(key.text());
      case Kind::none: return append_string("null");
      case Kind::boolean: return append_string(key.boolean() ? "true" : "false");
      case Kind::integer:
      case Kind::big_integer: return append_string(integer_text(in_, key));
      case Kind::real: return append_string(real_text(key.real()));
      default:
        in_.type_error(std::string("keys must be str, int, float, bool or None, not ").append(type_name(key)));
    }
  }

  Interpreter& in_;
  TextBuilder out_;
  bool ascii_, sorted_, lines_ = false;
  std::string indent_;
  std::string_view between_ = ", ", behind_key_ = ": ";
};

namespace filters {

inline Value tojson(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[4];  // ensure_ascii, indent, separators, sort_keys
  if (!bind(in, "tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"}, given))
    return Value::none();
  JsonWriter writer(in, truth(given[0]), truth(given[3]));
  return writer.set_layout(given[1], given[2]) ? writer.write(self) : Value::none();
}

}  // namespace filters
}  // namespace jinja
}  // namespace skald
