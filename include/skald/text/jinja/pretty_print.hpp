// Python's pprint: repr with sorted keys, broken into lines of at most 80 columns.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/arguments.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

class PrettyPrinter {
 public:
  explicit PrettyPrinter(Interpreter& in) : in_(in), out_(in) {}

  Value print(const Value& v) {
    append(v, 0, 0);
    return in_.failed() ? Value::none() : out_.value();
  }

 private:
  static constexpr std::int64_t width = 80;

  std::vector<Dict::Entry> sorted(const Dict& dict) {
    std::vector<Dict::Entry> entries(dict.entries.begin(), dict.entries.end());
    std::stable_sort(entries.begin(), entries.end(), [&](const Dict::Entry& a, const Dict::Entry& b) {
      const bool comparable = (a.key.is_string() && b.key.is_string()) || (a.key.is_number() && b.key.is_number());
      if (comparable) return ordered(in_, Operator::less, a.key, b.key);
      return type_name(a.key) < type_name(b.key);
    });
    return entries;
  }

  std::string line(const Value& v) {
    const Depth depth(in_);
    if (!depth || !in_.tick()) return {};
    std::string text;
    if (v.is(Kind::dict)) {
      for (const Dict::Entry& e : sorted(v.dict()))
        text.append(text.empty() ? "{" : ", ").append(line(e.key)).append(": ").append(line(e.value));
      return text.empty() ? "{}" : text.append("}");
    }
    if (!v.is_sequence()) return repr_text(in_, v);
    const bool list = v.is(Kind::list);
    for (const Value& element : v.elements())
      text.append(text.empty() ? (list ? "[" : "(") : ", ").append(line(element));
    if (text.empty()) return list ? "[]" : "()";
    return text.append(list ? "]" : v.size() == 1 ? ",)" : ")");
  }

  /// `allowance`: what will stand behind on the last line.
  void append(const Value& v, std::int64_t indent, std::int64_t allowance) {
    const Depth depth(in_);
    if (!depth || !in_.tick()) return;
    const std::string whole = line(v);
    ++level_;
    const bool fits = length(whole) <= width - indent - allowance;
    if (fits || in_.failed()) out_.append(whole);
    else if (v.is(Kind::dict) && !v.dict().entries.empty()) append_dict(v.dict(), indent, allowance);
    else if (v.is_sequence() && v.size()) append_sequence(v, indent, allowance);
    else if (v.is_string() && !v.is_markup() && v.size()) append_string(v.text(), indent, allowance);
    else out_.append(whole);
    --level_;
  }

  void new_line(std::int64_t indent) { out_.append("\n").append(std::size_t(indent), ' '); }

  void append_sequence(const Value& v, std::int64_t indent, std::int64_t allowance) {
    const bool list = v.is(Kind::list);
    out_.append(list ? "[" : "(");
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (i) out_.append(","), new_line(indent + 1);
      const bool last = i + 1 == v.size();
      append(v.elements()[i], indent + 1, last ? allowance + 1 + (!list && v.size() == 1) : 1);
    }
    out_.append(list ? "]" : v.size() == 1 ? ",)" : ")");
  }

  void append_dict(const Dict& dict, std::int64_t indent, std::int64_t allowance) {
    out_.append("{");
    const std::vector<Dict::Entry> entries = sorted(dict);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i) out_.append(","), new_line(indent + 1);
      const std::string key = line(entries[i].key);
      out_.append(key).append(": ");
      append(entries[i].value, indent + 1 + length(key) + 2, i + 1 == entries.size() ? allowance + 1 : 1);
    }
    out_.append("}");
  }

  /// A text as several in a row, broken at lines and between words.
  void append_string(std::string_view text, std::int64_t indent, std::int64_t allowance) {
    const bool top = level_ == 1;
    if (top) ++indent, ++allowance;
    std::vector<std::string> chunks;
    while (!text.empty()) {
      std::size_t end = 0;
      while (end < text.size() && !is_line_break(first_of(text.substr(end)).value))
        end += std::size_t(first_of(text.substr(end)).size);
      if (end < text.size())
        end += text.substr(end).starts_with("\r\n") ? 2 : std::size_t(first_of(text.substr(end)).size);
      split_line(text.substr(0, end), indent, end == text.size() ? allowance : 0, chunks);
      text.remove_prefix(end);
    }
    const bool parentheses = top && chunks.size() > 1;
    if (parentheses) out_.append("(");
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (i) new_line(indent);
      out_.append(chunks[i]);
    }
    if (parentheses) out_.append(")");
  }
  void split_line(std::string_view text, std::int64_t indent, std::int64_t allowance,
                  std::vector<std::string>& chunks) {
    const std::string whole = quoted(in_, text);
    if (length(whole) <= width - indent - allowance) return chunks.push_back(whole);
    std::string current;
    std::string_view rest = text;
    while (!rest.empty() && in_.tick()) {
      std::size_t n = 0;
      while (n < rest.size() && !is_space(first_of(rest.substr(n)).value))
        n += std::size_t(first_of(rest.substr(n)).size);
      while (n < rest.size() && is_space(first_of(rest.substr(n)).value))
        n += std::size_t(first_of(rest.substr(n)).size);
      const std::string_view part = rest.substr(0, n);
      rest.remove_prefix(n);
      const std::string candidate = current + std::string(part);
      const std::int64_t room = width - indent - (rest.empty() ? allowance : 0);
      if (!current.empty() && length(quoted(in_, candidate)) > room) {
        chunks.push_back(quoted(in_, current));
        current = part;
      } else {
        current = candidate;
      }
    }
    if (!current.empty()) chunks.push_back(quoted(in_, current));
  }

  Interpreter& in_;
  TextBuilder out_;
  int level_ = 0;
};

namespace filters {

inline Value pprint(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "do_pprint", arguments, {}, nullptr) ? PrettyPrinter(in).print(self) : Value::none();
}

}  // namespace filters
}  // namespace jinja
}  // namespace skald
