// Filters that give texts.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/attribute_path.hpp"
#include "skald/text/jinja/methods.hpp"
#include "skald/text/jinja/operators.hpp"
#include "skald/text/jinja/word_wrap.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace filters {

/// A method of the text that soft_str makes of a value.
template <Callback method>
Value of_text(Interpreter& in, const Value& self, const Arguments& arguments) {
  const Value text = soft_str(in, self);
  return in.failed() ? Value::none() : method(in, text, arguments);
}

inline Value string(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "soft_str", arguments, {}, nullptr) ? soft_str(in, self) : Value::none();
}
inline Value safe(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "safe", arguments, {}, nullptr) ? str(in, self).as_markup() : Value::none();
}
inline Value escape_filter(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "escape", arguments, {}, nullptr) ? escape(in, self) : Value::none();
}
inline Value forceescape(Interpreter& in, const Value& self, const Arguments& arguments) {
  return bind(in, "forceescape", arguments, {}, nullptr) ? escape(in, str(in, self)) : Value::none();
}

inline Value trim(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value chars = Value::none();
  const Value text = soft_str(in, self);
  if (in.failed() || !bind(in, "do_trim", arguments, {"chars"}, &chars)) return Value::none();
  return string_methods::strip(in, text, {{&chars, 1}, {}});
}

/// str(s).replace(old, new, count); with autoescape what is no Markup is escaped.
inline Value replace(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[3];
  std::int64_t most = -1;
  if (!bind(in, "do_replace", arguments, {"old", "new", "count"}, given, 2)) return Value::none();
  if (!given[2].is_missing() && !given[2].is_none() && !index_of(in, given[2], most)) return Value::none();
  Value text = in.autoescape ? soft_str(in, self) : str(in, self);
  const Value old = str(in, given[0]), by = in.autoescape ? soft_str(in, given[1]) : str(in, given[1]);
  if (in.autoescape && (given[0].is_markup() || (by.is_markup() && !text.is_markup()))) text = escape(in, text);
  if (in.failed()) return Value::none();
  const Value safe_new = text.is_markup() ? escape(in, by) : by;
  return string_methods::replaced(in, text, old.text(), safe_new.text(), most);
}

/// Words begin behind spaces, hyphens and opening brackets.
inline Value title(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "do_title", arguments, {}, nullptr)) return Value::none();
  const Value text = soft_str(in, self);
  if (in.failed() || !in.tick(text.size() / 16 + 1) || !in.room(3 * text.size())) return Value::none();
  const auto begins = [](char32_t c) {
    return c == '-' || is_space(c) || c == '(' || c == '{' || c == '[' || c == '<';
  };
  std::string out;
  std::string_view rest = text.text();
  while (!rest.empty()) {
    std::size_t word = 0;
    while (word < rest.size() && !begins(first_of(rest.substr(word)).value))
      word += std::size_t(first_of(rest.substr(word)).size);
    if (word) {
      const CodePoint first = first_of(rest);
      append_in_case(out, first.value, Case::upper);
      out.append(in_case(rest.substr(std::size_t(first.size), word - std::size_t(first.size)), Case::lower));
      rest.remove_prefix(word);
    }
    while (!rest.empty() && begins(first_of(rest).value)) {
      append_in_case(out, first_of(rest).value, Case::upper);
      rest.remove_prefix(std::size_t(first_of(rest).size));
    }
  }
  return in.string(out);
}

inline Value center(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value width(std::int64_t{80});
  const Value text = soft_str(in, self);
  if (in.failed() || !bind(in, "do_center", arguments, {"width"}, &width)) return Value::none();
  return string_methods::center(in, text, {{&width, 1}, {}});
}

inline Value indent(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[3] = {Value(std::int64_t{4}), Value(false), Value(false)};
  if (!bind(in, "do_indent", arguments, {"width", "first", "blank"}, given)) return Value::none();
  if (self.is_undefined()) return fail_undefined(in, self);
  if (!self.is_string()) {
    return in.type_error(
        std::string("unsupported operand type(s) for +=: '").append(type_name(self)).append("' and 'str'"));
  }
  std::string fill;
  if (given[0].is_string()) fill = self.is_markup() ? escape(in, given[0]).text() : given[0].text();
  else {
    std::int64_t width = 0;
    if (!index_of(in, given[0], width) || !in.room(std::size_t(std::max<std::int64_t>(width, 0)))) return Value::none();
    fill.assign(std::size_t(std::max<std::int64_t>(width, 0)), ' ');
  }
  const bool blank = truth(given[2]);
  TextBuilder out(in);
  const std::string text = std::string(self.text()).append("\n");
  bool start = true;
  if (truth(given[1])) out.append(fill);
  string_methods::for_each_line(text, [&](std::string_view line, std::string_view) {
    if (!in.tick()) return;
    if (!start) out.append("\n");
    if (!start && (blank || !line.empty())) out.append(fill);
    out.append(line);
    start = false;
  });
  return in.failed() ? Value::none() : string_methods::made(in, self, out.text());
}

inline Value truncate(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[4] = {Value(std::int64_t{255}), Value(false), Value(std::string_view("...")), Value::none()};
  if (!bind(in, "do_truncate", arguments, {"length", "killwords", "end", "leeway"}, given)) return Value::none();
  std::int64_t size = 0, leeway = 5;
  if (!index_of(in, given[0], size) || (!given[3].is_none() && !index_of(in, given[3], leeway))) return Value::none();
  const std::int64_t end = size_of(given[2]);
  const auto failed = [&](const char* what, std::int64_t least, std::int64_t got) {
    return in.fail(ErrorClass::assertion, std::string("expected ")
                                              .append(what)
                                              .append(" >= ")
                                              .append(std::to_string(least))
                                              .append(", got ")
                                              .append(std::to_string(got)));
  };
  if (end < 0)
    return in.type_error(std::string("object of type '").append(type_name(given[2])).append("' has no len()"));
  if (size < end) return failed("length", end, size);
  if (leeway < 0) return failed("leeway", 0, leeway);
  const std::int64_t n = size_of(self);
  if (n < 0) return in.type_error(std::string("object of type '").append(type_name(self)).append("' has no len()"));
  if (n <= size + leeway) return self;
  if (!self.is_string() || !given[2].is_string()) return in.type_error("truncate wants texts");
  std::string_view kept = slice(self.text(), 0, size - end);
  if (!truth(given[1])) kept = kept.substr(0, std::min(kept.rfind(' '), kept.size()));
  return binary(in, Operator::add, Value(kept, self.is_markup()), given[2]);
}

inline Value wordwrap(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[4] = {Value(std::int64_t{79}), Value(true), Value::none(), Value(true)};
  if (!bind(in, "do_wordwrap", arguments, {"width", "break_long_words", "wrapstring", "break_on_hyphens"}, given))
    return Value::none();
  if (!self.is_string()) return self.is_undefined() ? fail_undefined(in, self) : in.type_error("wordwrap wants a text");
  std::int64_t width = 0;
  if (!index_of(in, given[0], width)) return Value::none();
  std::string_view joint = "\n";
  if (!given[2].is_none() && !text_of(in, given[2], "wrapstring", joint)) return Value::none();
  if (width <= 0 && self.size()) return in.value_error("invalid width " + std::to_string(width) + " (must be > 0)");
  TextBuilder out(in);
  bool start = true;
  string_methods::for_each_line(self.text(), [&](std::string_view line, std::string_view) {
    const auto wrapped = wrap_words(in, line, width, truth(given[1]), truth(given[3]));
    if (!start) out.append(joint);
    start = false;
    for (std::size_t i = 0; i < wrapped.size(); ++i) out.append(i ? joint : "").append(wrapped[i]);
  });
  return in.failed() ? Value::none() : out.value();
}

inline Value wordcount(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "do_wordcount", arguments, {}, nullptr)) return Value::none();
  const Value value = soft_str(in, self);
  if (in.failed()) return value;
  std::int64_t words = 0;
  bool inside = false;
  const std::string_view text = value.text();
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    const bool word = is_word(c.value);
    words += word && !inside;
    inside = word;
    at += std::size_t(c.size);
  }
  return Value(words);
}

inline Value format(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!arguments.positional.empty() && !arguments.named.empty()) {
    return in.fail(ErrorClass::filter_argument, "can't handle positional and keyword arguments at the same time");
  }
  const Value pattern = soft_str(in, self);
  if (in.failed()) return Value::none();
  if (arguments.named.empty()) return binary(in, Operator::modulo, pattern, in.tuple(arguments.positional));
  DictBuilder named(in);
  for (const Named& n : arguments.named) named.set(Value(n.name), n.value);
  return binary(in, Operator::modulo, pattern, named.value());
}

inline Value join(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[2] = {Value(std::string_view()), Value::none()};
  if (!bind(in, "do_join", arguments, {"d", "attribute"}, given)) return Value::none();
  std::vector<Value> parts = elements_of(in, self);
  bool markup = false;
  for (Value& part : parts) {
    if (!given[1].is_none()) part = get_path(in, part, given[1]);
    if (in.failed()) return Value::none();
    part = in.autoescape ? soft_str(in, part) : str(in, part);
    markup = markup || part.is_markup();
  }
  Value joint = in.autoescape ? soft_str(in, given[0]) : str(in, given[0]);
  if (markup && !joint.is_markup()) joint = escape(in, joint);
  if (in.failed()) return Value::none();
  const Value list = in.list(parts);
  return string_methods::join(in, joint, {{&list, 1}, {}});
}

}  // namespace filters
}  // namespace jinja
}  // namespace skald
