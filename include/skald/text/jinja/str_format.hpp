// '{name:>5}'.format(...), inside the sandbox.
#pragma once
#include <charconv>
#include <string>
#include <string_view>

#include "skald/text/jinja/arguments.hpp"
#include "skald/text/jinja/attributes.hpp"
#include "skald/text/jinja/escape.hpp"
#include "skald/text/jinja/format_number.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// [[fill]align][sign][z][#][0][width][grouping][.precision][type]
struct FormatSpec {
  std::string fill = " ";
  char align = '\0', sign = '-', grouping = '\0', type = '\0';
  bool alternate = false, zero = false;
  int width = 0, precision = -1;

  static bool read(Runtime& rt, std::string_view text, FormatSpec& s) {
    const auto is_align = [](char c) { return c == '<' || c == '>' || c == '=' || c == '^'; };
    const std::size_t first = text.empty() ? 0 : std::size_t(first_of(text).size);
    if (text.size() > first && is_align(text[first])) {
      s.fill = text.substr(0, first);
      s.align = text[first];
      text.remove_prefix(first + 1);
    } else if (!text.empty() && is_align(text[0])) {
      s.align = text[0];
      text.remove_prefix(1);
    }
    const auto skip = [&](char c) { return text.starts_with(c) && (text.remove_prefix(1), true); };
    if (!text.empty() && std::string_view("+- ").find(text[0]) != std::string_view::npos) {
      s.sign = text[0];
      text.remove_prefix(1);
    }
    skip('z');
    s.alternate = skip('#');
    if (skip('0')) {
      s.zero = true;
      if (s.align == '\0') s.fill = "0", s.align = '=';
    }
    if (!number(rt, text, s.width)) return false;
    if (skip(',')) s.grouping = ',';
    if (skip('_')) s.grouping = '_';
    if (skip('.')) {
      if (text.empty() || !is_ascii_digit(text[0])) return rt.value_error("Format specifier missing precision"), false;
      s.precision = 0;
      if (!number(rt, text, s.precision)) return false;
    }
    if (text.size() > 1) return rt.value_error("Invalid format specifier"), false;
    if (!text.empty()) s.type = text[0];
    return true;
  }

  void pad(TextBuilder& out, std::string_view sign_text, std::string_view body, char default_align) const {
    const char how = align ? align : default_align;
    const std::int64_t size = length(body) + std::int64_t(sign_text.size());
    const std::int64_t missing = std::max<std::int64_t>(0, width - size);
    const std::int64_t left = how == '<' ? 0 : how == '^' ? missing / 2 : missing;
    if (how == '=') out.append(sign_text);
    for (std::int64_t i = 0; i < left; ++i) out.append(fill);
    if (how != '=') out.append(sign_text);
    out.append(body);
    for (std::int64_t i = left; i < missing; ++i) out.append(fill);
  }

 private:
  static bool number(Runtime& rt, std::string_view& text, int& n) {
    while (!text.empty() && is_ascii_digit(text[0])) {
      n = n * 10 + (text[0] - '0');
      text.remove_prefix(1);
      if (n > 100'000) return rt.fail(ErrorClass::limit, "expected a width of at most 100000"), false;
    }
    return true;
  }
};

/// format(v, spec)
inline void append_formatted(Runtime& rt, TextBuilder& out, const Value& v, std::string_view spec_text) {
  if (spec_text.empty()) return append_str(rt, out, v);
  FormatSpec s;
  if (!v.is_string() && !v.is_number()) {
    rt.type_error(std::string("unsupported format string passed to ").append(type_name(v)).append(".__format__"));
    return;
  }
  if (!FormatSpec::read(rt, spec_text, s)) return;
  const auto unknown = [&] {
    rt.value_error(std::string("Unknown format code '").append(1, s.type).append("' for object of type '")
                       .append(type_name(v)).append("'"));
  };
  if (v.is_string()) {
    if (s.type && s.type != 's') return unknown();
    if (s.align == '=' && !s.zero) return void(rt.value_error("'=' alignment not allowed in string format specifier"));
    if (s.zero && s.align == '=') s.align = '<';
    std::string_view body = v.text();
    if (s.precision >= 0) body = slice(body, 0, std::min<std::int64_t>(s.precision, length(body)));
    return s.pad(out, "", body, '<');
  }
  if (v.is(Kind::boolean) && !s.type) {
    return s.pad(out, "", v.boolean() ? "True" : "False", '>');
  }
  const bool as_integer =
      v.is_integer() && (!s.type || std::string_view("dbonxXc").find(s.type) != std::string_view::npos);
  std::string body, sign;
  bool negative = false;
  if (as_integer) {
    if (s.precision >= 0) return void(rt.value_error("Precision not allowed in integer format specifier"));
    if (s.type == 'c') {
      if (!v.is(Kind::big_integer) && v.small() >= 0 && v.small() < 0x110000) append_utf8(body, char32_t(v.small()));
      return s.pad(out, "", body, '<');
    }
    const char letter = s.type ? s.type : 'd';
    negative = is_negative(v);
    body = integer_digits(rt, v, letter);
    if (s.grouping) group_digits(body, s.grouping, letter == 'd' ? 3 : 4);
    if (s.alternate && letter != 'd') sign.append("0").append(1, letter);
  } else {
    constexpr std::string_view letters = "eEfFgGn%";
    if (s.type && letters.find(s.type) == letters.npos) return unknown();
    double real = real_of(v);
    negative = std::signbit(real) && !std::isnan(real);
    if (s.type == '%') body = real_digits(real * 100, 'f', s.precision < 0 ? 6 : s.precision, s.alternate).append("%");
    else if (!s.type && s.precision < 0) body = repr(std::fabs(real));
    else if (!s.type) {
      body = real_digits(real, 'g', s.precision, s.alternate);
      if (body.find_first_of(".en") == body.npos) {
        if (int(body.size()) >= std::max(s.precision, 1)) {
          const int digits = std::max(s.precision, 1) - 1;
          body = real_digits(real, 'e', digits, false);
          while (body.find('.') != body.npos && (body[body.find('e') - 1] == '0' || body[body.find('e') - 1] == '.')) {
            const bool point = body[body.find('e') - 1] == '.';
            body.erase(body.find('e') - 1, 1);
            if (point) break;
          }
        } else {
          body.append(".0");
        }
      }
    } else body = real_digits(real, s.type == 'n' ? 'g' : s.type, s.precision < 0 ? 6 : s.precision, s.alternate);
    if (s.grouping) group_digits(body, s.grouping, 3);
  }
  sign.insert(0, negative ? "-" : s.sign == '+' ? "+" : s.sign == ' ' ? " " : "");
  if (s.fill == "0" && s.align == '=' && s.grouping) {
    // Zeros are grouped as well.
    while (std::int64_t(body.size() + sign.size()) < s.width) {
      const std::size_t group = std::min(body.find(s.grouping), std::min(body.find('.'), body.size()));
      body.insert(0, group == 3 ? std::string(1, '0') + s.grouping : "0");
    }
  }
  s.pad(out, sign, body, '>');
}

/// One run of string.Formatter, as the sandbox has it: members are looked up by its rules.
class StrFormat {
 public:
  StrFormat(Interpreter& in, bool markup, const Arguments& arguments)
      : in_(in), markup_(markup), arguments_(arguments) {}

  void run(TextBuilder& out, std::string_view pattern, int depth = 2) {
    if (depth == 0) return void(in_.value_error("Max string recursion exceeded"));
    while (!pattern.empty() && in_.tick()) {
      const std::size_t brace = std::min(pattern.find_first_of("{}"), pattern.size());
      out.append(pattern.substr(0, brace));
      pattern.remove_prefix(brace);
      if (pattern.empty()) return;
      const char c = pattern[0];
      pattern.remove_prefix(1);
      if (pattern.starts_with(c)) {
        out.append(std::string_view(&c, 1));
        pattern.remove_prefix(1);
        continue;
      }
      if (c == '}') return void(in_.value_error("Single '}' encountered in format string"));
      if (pattern.empty()) return void(in_.value_error("Single '{' encountered in format string"));
      std::size_t end = 0;
      for (int open = 1; end < pattern.size(); ++end) {
        open += (pattern[end] == '{') - (pattern[end] == '}');
        if (open == 0) break;
      }
      if (end == pattern.size()) return void(in_.value_error("expected '}' before end of string"));
      field(out, pattern.substr(0, end), depth);
      pattern.remove_prefix(end + 1);
    }
  }

 private:
  void field(TextBuilder& out, std::string_view text, int depth) {
    std::size_t name_end = 0;
    for (bool bracket = false; name_end < text.size(); ++name_end) {
      bracket = text[name_end] == '[' || (bracket && text[name_end] != ']');
      if (!bracket && (text[name_end] == '!' || text[name_end] == ':')) break;
    }
    const std::string_view name = text.substr(0, name_end);
    text.remove_prefix(name_end);
    char conversion = '\0';
    if (text.starts_with('!')) {
      if (text.size() < 2) return void(in_.value_error("end of string while looking for conversion specifier"));
      conversion = text[1];
      text.remove_prefix(2);
      if (!text.empty() && text[0] != ':') return void(in_.value_error("expected ':' after conversion specifier"));
    }
    if (text.starts_with(':')) text.remove_prefix(1);
    Value v = value_of(name);
    if (in_.failed()) return;
    if (conversion == 'r' || conversion == 'a') v = in_.string(repr_text(in_, v));
    else if (conversion == 's') v = str(in_, v);
    else if (conversion)
      return void(in_.value_error(std::string("Unknown conversion specifier ").append(1, conversion)));
    TextBuilder spec(in_), body(in_);
    run(spec, text, depth - 1);
    if (in_.failed()) return;
    if (markup_ && v.is_markup()) return void(out.append(v.text()));
    append_formatted(in_, body, v, spec.text());
    out.append(markup_ ? escaped(body.text()) : body.text());
  }

  /// "0", "name", then ".attribute" and "[item]".
  Value value_of(std::string_view name) {
    const std::size_t end = std::min(name.find_first_of(".["), name.size());
    Value v = first(name.substr(0, end));
    name.remove_prefix(end);
    while (!name.empty() && !in_.failed()) {
      if (name[0] == '.') {
        const std::size_t stop = std::min(name.find_first_of(".[", 1), name.size());
        v = get_attribute(in_, v, in_.string(name.substr(1, stop - 1)));
        name.remove_prefix(stop);
        continue;
      }
      const std::size_t close = name.find(']');
      if (close == name.npos) return in_.value_error("Missing ']' in format string");
      const std::string_view key = name.substr(1, close - 1);
      const bool digits = !key.empty() && key.find_first_not_of("0123456789") == key.npos && key.size() < 18;
      v = get_item(in_, v, digits ? integer_value(in_, *parse_integer(key, 10)) : in_.string(key));
      name.remove_prefix(close + 1);
    }
    return v;
  }
  Value first(std::string_view name) {
    const bool digits = !name.empty() && name.find_first_not_of("0123456789") == name.npos;
    if (name.empty() || digits) {
      const bool automatic = name.empty();
      if ((automatic && numbered_ == 1) || (!automatic && numbered_ == 2)) {
        return in_.value_error(automatic
                                   ? "cannot switch from manual field specification to automatic field numbering"
                                   : "cannot switch from manual field specification to automatic field numbering");
      }
      numbered_ = automatic ? 2 : 1;
      std::size_t place = next_;
      if (automatic) ++next_;
      else if (std::from_chars(name.data(), name.data() + name.size(), place).ec != std::errc()) place = SIZE_MAX;
      if (place < arguments_.positional.size()) return arguments_.positional[place];
      return in_.fail(ErrorClass::index, "Replacement index " + std::string(automatic ? std::to_string(place) : name) +
                                             " out of range for positional args tuple");
    }
    for (const Named& named : arguments_.named) {
      if (named.name == name) return named.value;
    }
    return in_.fail(ErrorClass::key, quoted(in_, name));
  }

  Interpreter& in_;
  bool markup_;
  Arguments arguments_;
  std::size_t next_ = 0;
  int numbered_ = 0;  // 1: by hand, 2: by themselves
};

}  // namespace jinja
}  // namespace skald
