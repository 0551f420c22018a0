// '%s and %d' % values.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/jinja/dict.hpp"
#include "skald/text/jinja/escape.hpp"
#include "skald/text/jinja/format_number.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

/// One run of str.__mod__. The arguments of Markup are escaped.
class PercentFormat {
 public:
  PercentFormat(Runtime& rt, const Value& pattern, const Value& values)
      : rt_(rt), rest_(pattern.text()), values_(values), markup_(pattern.is_markup()), out_(rt) {
    if (values.is(Kind::tuple)) arguments_ = values.elements();
    else arguments_ = {&values_, 1};
    mapping_ = values.is(Kind::dict) || values.is(Kind::list) || values.is(Kind::range);
  }

  Value run() {
    while (!rest_.empty() && !rt_.failed()) {
      const std::size_t plain = std::min(rest_.find('%'), rest_.size());
      out_.append(rest_.substr(0, plain));
      rest_.remove_prefix(plain);
      if (rest_.empty()) break;
      rest_.remove_prefix(1);
      conversion();
    }
    if (!rt_.failed() && used_ < arguments_.size() && !mapping_) {
      rt_.type_error("not all arguments converted during string formatting");
    }
    return rt_.failed() ? Value::none() : out_.value(markup_);
  }

 private:
  struct Flags {
    bool left = false, plus = false, space = false, zero = false, alternate = false;
  };

  bool done() const { return rest_.empty(); }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void incomplete() { rt_.value_error("incomplete format"); }

  bool argument(Value& v) {
    if (used_ < arguments_.size()) {
      v = arguments_[used_++];
      return true;
    }
    rt_.type_error("not enough arguments for format string");
    return false;
  }

  /// A width or a precision; `*` takes an argument.
  bool number(int& n) {
    if (!done() && rest_.front() == '*') {
      take();
      Value v;
      if (!argument(v)) return false;
      if (!v.is_integer() || v.is(Kind::big_integer)) {
        rt_.type_error("* wants int");
        return false;
      }
      n = int(std::max<std::int64_t>(std::min<std::int64_t>(v.small(), 100'000), -100'000));
      return true;
    }
    while (!done() && is_ascii_digit(rest_.front())) {
      n = std::max(n, 0) * 10 + (take() - '0');
      if (n > 100'000) {
        rt_.fail(ErrorClass::limit, "expected a width of at most 100000");
        return false;
      }
    }
    return true;
  }

  void conversion() {
    Value value;
    bool named = false;
    if (!done() && rest_.front() == '(') {
      if (!named_value(value)) return;
      named = true;
    }
    Flags f;
    for (; !done(); take()) {
      const char c = rest_.front();
      if (c == '-') f.left = true;
      else if (c == '+') f.plus = true;
      else if (c == ' ') f.space = true;
      else if (c == '0') f.zero = true;
      else if (c == '#') f.alternate = true;
      else break;
    }
    int width = 0, precision = -1;
    if (!number(width)) return;
    if (width < 0) f.left = true, width = -width;
    if (!done() && rest_.front() == '.') {
      take();
      precision = 0;
      if (!number(precision)) return;
    }
    while (!done() && (rest_.front() == 'h' || rest_.front() == 'l' || rest_.front() == 'L')) take();
    if (done()) return incomplete();
    const CodePoint letter = first_of(rest_);
    rest_.remove_prefix(std::size_t(letter.size));
    if (letter.value == '%') return void(out_.append("%"));
    if (!named && !argument(value)) return;
    std::string body, sign;
    if (!convert(value, letter.value, f, precision, body, sign)) return;
    pad(body, sign, f, width, letter.value);
  }

  bool named_value(Value& value) {
    take();
    std::size_t end = 0;
    for (int depth = 1; end < rest_.size(); ++end) {
      depth += (rest_[end] == '(') - (rest_[end] == ')');
      if (depth == 0) break;
    }
    if (end == rest_.size()) {
      rt_.value_error("incomplete format key");
      return false;
    }
    const Value key(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    if (!values_.is(Kind::dict)) {
      rt_.type_error(mapping_ ? std::string(type_name(values_)).append(" indices must be integers or slices, not str")
                              : "format requires a mapping");
      return false;
    }
    const Value* const found = values_.dict().find(rt_, key);
    if (!found) {
      rt_.fail(ErrorClass::key, repr_text(rt_, key));
      return false;
    }
    value = *found;
    return true;
  }

  bool convert(const Value& v, char32_t letter, const Flags& f, int precision, std::string& body, std::string& sign) {
    switch (letter) {
      case 's':
      case 'r':
      case 'a': {
        TextBuilder text(rt_);
        if (letter == 's') append_str(rt_, text, v);
        else append_repr(rt_, text, v);
        body = std::move(text.text());
        if (markup_ && !(letter == 's' && v.is_markup())) body = escaped(body);
        if (precision >= 0) body = std::string(slice(body, 0, std::min<std::int64_t>(precision, length(body))));
        return !rt_.failed();
      }
      case 'c':
        if (v.is_string() && length(v.text()) == 1) {
          body = v.text();
          return true;
        }
        if (v.is_integer() && !v.is(Kind::big_integer) && v.small() >= 0 && v.small() < 0x110000) {
          append_utf8(body, char32_t(v.small()));
          return true;
        }
        rt_.type_error("%c requires int or char");
        return false;
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X': return convert_integer(v, char(letter), f, precision, body, sign);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G': {
        if (v.is_undefined()) return fail_undefined(rt_, v).boolean();
        if (!v.is_number()) {
          rt_.type_error(std::string("must be real number, not ").append(type_name(v)));
          return false;
        }
        const double real = real_of(v);
        body = real_digits(real, char(letter), precision < 0 ? 6 : precision, f.alternate);
        sign = std::signbit(real) && !std::isnan(real) ? "-" : f.plus ? "+" : f.space ? " " : "";
        return true;
      }
      default: {
        std::string shown;
        append_utf8(shown, letter);
        rt_.value_error(std::string("unsupported format character '").append(shown).append("'"));
        return false;
      }
    }
  }

  bool convert_integer(Value v, char letter, const Flags& f, int precision, std::string& body, std::string& sign) {
    const bool decimal = letter == 'd' || letter == 'i' || letter == 'u';
    if (decimal && v.is(Kind::real) && std::isfinite(v.real()))
      v = integer_value(rt_, BigInteger(std::trunc(v.real())));
    if (v.is_undefined() && decimal) return fail_undefined(rt_, v).boolean();
    if (!v.is_integer()) {
      rt_.type_error(std::string("%").append(1, letter).append(decimal ? " format: a real number is required, not "
                                                                       : " format: an integer is required, not ")
                         .append(type_name(v)));
      return false;
    }
    body = integer_digits(rt_, v, decimal ? 'd' : letter);
    if (precision > int(body.size())) body.insert(0, std::size_t(precision) - body.size(), '0');
    sign = is_negative(v) ? "-" : f.plus ? "+" : f.space ? " " : "";
    if (f.alternate && !decimal) sign.append("0").append(1, letter);
    return true;
  }

  void pad(const std::string& body, const std::string& sign, const Flags& f, int width, char32_t letter) {
    const std::int64_t size = length(body) + std::int64_t(sign.size());
    const auto missing = std::size_t(std::max<std::int64_t>(0, width - size));
    const bool number = letter != 's' && letter != 'r' && letter != 'a' && letter != 'c';
    const bool zeros = f.zero && !f.left && number;
    if (!f.left && !zeros) out_.append(missing, ' ');
    out_.append(sign);
    if (zeros) out_.append(missing, '0');
    out_.append(body);
    if (f.left) out_.append(missing, ' ');
  }

  Runtime& rt_;
  std::string_view rest_;
  Value values_;
  std::span<const Value> arguments_;
  std::size_t used_ = 0;
  bool markup_, mapping_;
  TextBuilder out_;
};

}  // namespace jinja
}  // namespace skald
