// Methods of Python's str: cutting, joining, searching.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/percent_format.hpp"
#include "skald/text/jinja/str_format.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace string_methods {

/// A part of `self`, Markup where that is.
inline Value part(const Value& self, std::string_view text) { return Value(text, self.is_markup()); }
inline Value made(Interpreter& in, const Value& self, std::string_view text) {
  return in.string(text, self.is_markup());
}

inline bool optional_index(Interpreter& in, const Value& v, std::int64_t& to) {
  return v.is_missing() || v.is_none() || index_of(in, v, to);
}

/// What stands between two code points counted as in a slice; `from` is where it begins.
inline bool window(Interpreter& in, const Value* bounds, std::string_view text, std::string_view& to,
                   std::int64_t& from) {
  const std::int64_t n = length(text);
  std::int64_t start = 0, end = n;
  if (!optional_index(in, bounds[0], start) || !optional_index(in, bounds[1], end)) return false;
  if (start < 0) start = std::max<std::int64_t>(start + n, 0);
  end = std::min(end < 0 ? end + n : end, n);
  from = start;
  to = {};
  if (start > n || start > end) return false;
  to = slice(text, start, end);
  return true;
}

// Splitting.

inline Value split_spaces(Interpreter& in, const Value& self, std::int64_t most, bool from_right) {
  std::vector<Value> parts;
  std::string_view rest = from_right ? strip_right(self.text()) : strip_left(self.text());
  while (!rest.empty() && in.tick()) {
    if (most >= 0 && std::int64_t(parts.size()) == most) {
      parts.push_back(part(self, from_right ? strip_right(rest) : rest));
      break;
    }
    std::string_view word = rest;
    if (from_right) {
      while (!rest.empty() && !is_space(last_of(rest).value)) rest.remove_suffix(std::size_t(last_of(rest).size));
      word.remove_prefix(rest.size());
      rest = strip_right(rest);
    } else {
      while (!rest.empty() && !is_space(first_of(rest).value)) rest.remove_prefix(std::size_t(first_of(rest).size));
      word.remove_suffix(rest.size());
      rest = strip_left(rest);
    }
    parts.push_back(part(self, word));
  }
  if (from_right) std::reverse(parts.begin(), parts.end());
  return in.list(parts);
}

inline Value split_by(Interpreter& in, const Value& self, const Arguments& arguments, bool from_right) {
  Value given[2];
  if (!bind(in, from_right ? "rsplit" : "split", arguments, {"sep", "maxsplit"}, given)) return Value::none();
  std::int64_t most = -1;
  if (!given[1].is_missing() && !index_of(in, given[1], most)) return Value::none();
  if (given[0].is_missing() || given[0].is_none()) return split_spaces(in, self, most, from_right);
  std::string_view separator;
  if (!text_of(in, given[0], "must be str or None, separator", separator)) return Value::none();
  if (separator.empty()) return in.value_error("empty separator");
  std::vector<Value> parts;
  std::string_view rest = self.text();
  while (in.tick() && (most < 0 || std::int64_t(parts.size()) < most)) {
    const std::size_t at = from_right ? rest.rfind(separator) : rest.find(separator);
    if (at == rest.npos) break;
    if (from_right) {
      parts.push_back(part(self, rest.substr(at + separator.size())));
      rest = rest.substr(0, at);
    } else {
      parts.push_back(part(self, rest.substr(0, at)));
      rest.remove_prefix(at + separator.size());
    }
  }
  parts.push_back(part(self, rest));
  if (from_right) std::reverse(parts.begin(), parts.end());
  return in.list(parts);
}
inline Value split(Interpreter& in, const Value& self, const Arguments& a) { return split_by(in, self, a, false); }
inline Value rsplit(Interpreter& in, const Value& self, const Arguments& a) { return split_by(in, self, a, true); }

/// Calls f(line, line with its end).
template <class F>
void for_each_line(std::string_view text, F f) {
  while (!text.empty()) {
    std::size_t at = 0;
    while (at < text.size() && !is_line_break(first_of(text.substr(at)).value))
      at += std::size_t(first_of(text.substr(at)).size);
    std::size_t end = at;
    if (end < text.size())
      end += text.substr(end).starts_with("\r\n") ? 2 : std::size_t(first_of(text.substr(end)).size);
    f(text.substr(0, at), text.substr(0, end));
    text.remove_prefix(end);
  }
}
inline Value splitlines(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value keep;
  if (!bind(in, "splitlines", arguments, {"keepends"}, &keep)) return Value::none();
  std::vector<Value> lines;
  for_each_line(self.text(), [&](std::string_view line, std::string_view whole) {
    if (in.tick()) lines.push_back(part(self, truth(keep) ? whole : line));
  });
  return in.list(lines);
}

inline Value partition_at(Interpreter& in, const Value& self, const Arguments& arguments, bool last) {
  Value given;
  std::string_view separator;
  if (!bind(in, "partition", arguments, {"sep"}, &given, 1) || !text_of(in, given, "separator", separator))
    return Value::none();
  if (separator.empty()) return in.value_error("empty separator");
  const std::string_view text = self.text();
  const std::size_t at = last ? text.rfind(separator) : text.find(separator);
  if (at == text.npos) {
    const Value none = part(self, {});
    return last ? in.tuple({none, none, self}) : in.tuple({self, none, none});
  }
  return in.tuple({part(self, text.substr(0, at)), part(self, text.substr(at, separator.size())),
                   part(self, text.substr(at + separator.size()))});
}
inline Value partition(Interpreter& in, const Value& self, const Arguments& a) {
  return partition_at(in, self, a, false);
}
inline Value rpartition(Interpreter& in, const Value& self, const Arguments& a) {
  return partition_at(in, self, a, true);
}

// Searching.

inline Value find_at(Interpreter& in, const Value& self, const Arguments& arguments, bool last, bool must) {
  Value given[3];
  std::string_view wanted, text;
  std::int64_t from = 0;
  if (!bind(in, "find", arguments, {"sub", "start", "end"}, given, 1) ||
      !text_of(in, given[0], "find() argument 1", wanted)) {
    return Value::none();
  }
  std::int64_t found = -1;
  if (window(in, given + 1, self.text(), text, from) && in.tick(text.size() / 64 + 1)) {
    const std::size_t at = last ? text.rfind(wanted) : text.find(wanted);
    if (at != text.npos) found = from + length(text.substr(0, at));
  }
  return found < 0 && must ? in.value_error("substring not found") : Value(found);
}
inline Value find(Interpreter& in, const Value& self, const Arguments& a) { return find_at(in, self, a, false, false); }
inline Value rfind(Interpreter& in, const Value& self, const Arguments& a) { return find_at(in, self, a, true, false); }
inline Value index(Interpreter& in, const Value& self, const Arguments& a) { return find_at(in, self, a, false, true); }
inline Value rindex(Interpreter& in, const Value& self, const Arguments& a) { return find_at(in, self, a, true, true); }

inline Value count(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[3];
  std::string_view wanted, text;
  std::int64_t from = 0;
  if (!bind(in, "count", arguments, {"sub", "start", "end"}, given, 1) ||
      !text_of(in, given[0], "count() argument 1", wanted)) {
    return Value::none();
  }
  if (!window(in, given + 1, self.text(), text, from)) return Value(std::int64_t{0});
  if (wanted.empty()) return Value(length(text) + 1);
  std::int64_t n = 0;
  for (std::size_t at = 0; in.tick() && (at = text.find(wanted, at)) != text.npos; at += wanted.size()) ++n;
  return Value(n);
}

inline Value ends(Interpreter& in, const Value& self, const Arguments& arguments, bool last) {
  Value given[3];
  std::string_view text;
  std::int64_t from = 0;
  const std::string_view name = last ? "endswith" : "startswith";
  if (!bind(in, name, arguments, {"prefix", "start", "end"}, given, 1)) return Value::none();
  const std::span<const Value> wanted =
      given[0].is(Kind::tuple) ? given[0].elements() : std::span<const Value>(given, 1);
  const bool inside = window(in, given + 1, self.text(), text, from);
  for (const Value& one : wanted) {
    if (!one.is_string()) {
      return in.type_error(
          std::string(name).append(" first arg must be str or a tuple of str, not ").append(type_name(one)));
    }
    if (inside && (last ? text.ends_with(one.text()) : text.starts_with(one.text()))) return Value(true);
  }
  return Value(false);
}
inline Value startswith(Interpreter& in, const Value& self, const Arguments& a) { return ends(in, self, a, false); }
inline Value endswith(Interpreter& in, const Value& self, const Arguments& a) { return ends(in, self, a, true); }

// Stripping.

inline Value strip_ends(Interpreter& in, const Value& self, const Arguments& arguments, bool left, bool right) {
  Value given;
  if (!bind(in, "strip", arguments, {"chars"}, &given)) return Value::none();
  std::string_view text = self.text();
  if (given.is_missing() || given.is_none()) {
    if (left) text = jinja::strip_left(text);
    if (right) text = jinja::strip_right(text);
    return part(self, text);
  }
  std::string_view set;
  if (!text_of(in, given, "strip arg", set)) return Value::none();
  if (left) text = jinja::strip_left(text, set);
  if (right) text = jinja::strip_right(text, set);
  return part(self, text);
}
inline Value strip(Interpreter& in, const Value& self, const Arguments& a) {
  return strip_ends(in, self, a, true, true);
}
inline Value lstrip(Interpreter& in, const Value& self, const Arguments& a) {
  return strip_ends(in, self, a, true, false);
}
inline Value rstrip(Interpreter& in, const Value& self, const Arguments& a) {
  return strip_ends(in, self, a, false, true);
}

inline Value removeprefix(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given;
  std::string_view affix;
  if (!bind(in, "removeprefix", arguments, {"prefix"}, &given, 1) ||
      !text_of(in, given, "removeprefix() argument", affix))
    return Value::none();
  return part(self, self.text().starts_with(affix) ? self.text().substr(affix.size()) : self.text());
}
inline Value removesuffix(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given;
  std::string_view affix;
  if (!bind(in, "removesuffix", arguments, {"suffix"}, &given, 1) ||
      !text_of(in, given, "removesuffix() argument", affix))
    return Value::none();
  return part(self, self.text().ends_with(affix) ? self.text().substr(0, self.size() - affix.size()) : self.text());
}

// Putting together.

/// str.replace; most < 0: all.
inline Value replaced(Interpreter& in, const Value& self, std::string_view old, std::string_view by,
                      std::int64_t most) {
  TextBuilder out(in);
  std::string_view rest = self.text();
  if (old.empty()) {
    while (most != 0 && in.tick()) {
      --most;
      out.append(by);
      if (rest.empty()) break;
      const auto size = std::size_t(first_of(rest).size);
      out.append(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    return made(in, self, out.append(rest).text());
  }
  for (std::size_t at; most != 0 && in.tick() && (at = rest.find(old)) != rest.npos; --most) {
    out.append(rest.substr(0, at)).append(by);
    rest.remove_prefix(at + old.size());
  }
  if (rest.size() == self.size()) return self;
  return made(in, self, out.append(rest).text());
}
inline Value replace(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[3];
  std::string_view old, by;
  std::int64_t most = -1;
  if (!bind(in, "replace", arguments, {"old", "new", "count"}, given, 2) ||
      !text_of(in, given[0], "replace() argument 1", old) || !text_of(in, given[1], "replace() argument 2", by) ||
      (!given[2].is_missing() && !index_of(in, given[2], most))) {
    return Value::none();
  }
  const Value safe = self.is_markup() ? escape(in, given[1]) : given[1];
  return in.failed() ? Value::none() : replaced(in, self, old, safe.text(), most);
}

inline Value join(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given;
  if (!bind(in, "join", arguments, {"iterable"}, &given, 1)) return Value::none();
  if (!is_iterable(given)) return in.type_error("can only join an iterable");
  TextBuilder out(in);
  Iterator it;
  iterate(in, given, it);
  std::size_t n = 0;
  for (Value element; next(in, it, element); ++n) {
    if (n) out.append(self.text());
    if (self.is_markup()) element = escape(in, element);
    if (!element.is_string()) {
      return in.type_error("sequence item " + std::to_string(n) + ": expected str instance, " +
                           std::string(type_name(element)) + " found");
    }
    out.append(element.text());
  }
  return made(in, self, out.text());
}

inline Value format(Interpreter& in, const Value& self, const Arguments& arguments) {
  TextBuilder out(in);
  StrFormat(in, self.is_markup(), arguments).run(out, self.text());
  return in.failed() ? Value::none() : made(in, self, out.text());
}
inline Value format_map(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given;
  if (!bind(in, "format_map", arguments, {"mapping"}, &given, 1)) return Value::none();
  if (!given.is(Kind::dict)) return in.type_error("format_map() wants a mapping");
  std::vector<Named> named;
  for (const Dict::Entry& e : given.dict().entries) {
    if (e.key.is_string()) named.push_back({e.key.text(), e.value});
  }
  return format(in, self, {{}, named});
}

// Filling up.

inline Value padded(Interpreter& in, const Value& self, std::int64_t left, std::int64_t right, std::string_view fill) {
  TextBuilder out(in);
  for (; left > 0 && in.tick(); --left) out.append(fill);
  out.append(self.text());
  for (; right > 0 && in.tick(); --right) out.append(fill);
  return made(in, self, out.text());
}
inline bool padding(Interpreter& in, const Value& self, const Arguments& arguments, std::string_view name,
                    std::int64_t& missing, std::string_view& fill) {
  Value given[2];
  std::int64_t width = 0;
  fill = " ";
  if (!bind(in, name, arguments, {"width", "fillchar"}, given, 1) || !index_of(in, given[0], width)) return false;
  if (!given[1].is_missing() && !text_of(in, given[1], "The fill character", fill)) return false;
  if (length(fill) != 1) return in.type_error("The fill character must be exactly one character long"), false;
  const std::int64_t n = length(self.text());
  missing = width > n ? width - n : 0;
  return in.room(std::size_t(missing) * fill.size());
}
/// The odd place goes left where the width is odd.
inline Value centered(Interpreter& in, const Value& self, std::int64_t missing, std::string_view fill) {
  const std::int64_t width = missing + length(self.text());
  const std::int64_t left = missing / 2 + (missing & width & 1);
  return padded(in, self, left, missing - left, fill);
}
inline Value center(Interpreter& in, const Value& self, const Arguments& a) {
  std::int64_t missing = 0;
  std::string_view fill;
  return padding(in, self, a, "center", missing, fill) ? centered(in, self, missing, fill) : Value::none();
}
inline Value ljust(Interpreter& in, const Value& self, const Arguments& a) {
  std::int64_t missing = 0;
  std::string_view fill;
  return padding(in, self, a, "ljust", missing, fill) ? padded(in, self, 0, missing, fill) : Value::none();
}
inline Value rjust(Interpreter& in, const Value& self, const Arguments& a) {
  std::int64_t missing = 0;
  std::string_view fill;
  return padding(in, self, a, "rjust", missing, fill) ? padded(in, self, missing, 0, fill) : Value::none();
}
inline Value zfill(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given;
  std::int64_t width = 0;
  if (!bind(in, "zfill", arguments, {"width"}, &given, 1) || !index_of(in, given, width)) return Value::none();
  const std::int64_t n = length(self.text());
  if (width <= n) return self;
  if (!in.room(std::size_t(width))) return Value::none();
  std::string text(self.text());
  text.insert(text.starts_with('-') || text.starts_with('+') ? 1 : 0, std::size_t(width - n), '0');
  return made(in, self, text);
}
inline Value expandtabs(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given;
  std::int64_t size = 8, column = 0;
  if (!bind(in, "expandtabs", arguments, {"tabsize"}, &given) || !optional_index(in, given, size)) return Value::none();
  TextBuilder out(in);
  const std::string_view text = self.text();
  for (std::size_t at = 0; at < text.size() && in.tick();) {
    const CodePoint c = first_of(text.substr(at));
    if (c.value == '\t') {
      const std::int64_t spaces = size > 0 ? size - column % size : 0;
      out.append(std::size_t(spaces), ' ');
      column += spaces;
    } else {
      out.append(text.substr(at, std::size_t(c.size)));
      column = c.value == '\n' || c.value == '\r' ? 0 : column + 1;
    }
    at += std::size_t(c.size);
  }
  return made(in, self, out.text());
}

}  // namespace string_methods
}  // namespace jinja
}  // namespace skald
