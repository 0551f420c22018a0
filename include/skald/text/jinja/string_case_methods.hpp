// Methods of Python's str: case, and what a text consists of.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/jinja/string_methods.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace string_methods {

template <std::string (*change)(std::string_view)>
Value changed(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "this method", arguments, {}, nullptr) || !in.tick(self.size() / 16 + 1) || !in.room(3 * self.size())) {
    return Value::none();
  }
  return made(in, self, change(self.text()));
}
inline std::string upper(std::string_view text) { return in_case(text, Case::upper); }
inline std::string lower(std::string_view text) { return in_case(text, Case::lower); }
inline std::string casefold(std::string_view text) { return in_case(text, Case::fold); }

/// Whether the text is not empty and every character is of a kind.
template <bool (*is)(char32_t)>
Value all(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "this method", arguments, {}, nullptr)) return Value::none();
  const std::string_view text = self.text();
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    if (!is(c.value)) return Value(false);
    at += std::size_t(c.size);
  }
  return Value(!text.empty());
}

/// All cased characters are of one case, and there is one.
inline bool is_all(std::string_view text, bool (*right)(char32_t), bool (*wrong)(char32_t)) {
  bool some = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    if (wrong(c.value) || is_title(c.value)) return false;
    some = some || right(c.value);
    at += std::size_t(c.size);
  }
  return some;
}
inline Value islower(Interpreter&, const Value& self, const Arguments&) {
  return Value(is_all(self.text(), is_lower, is_upper));
}
inline Value isupper(Interpreter&, const Value& self, const Arguments&) {
  return Value(is_all(self.text(), is_upper, is_lower));
}
inline Value istitle(Interpreter&, const Value& self, const Arguments&) {
  bool some = false, inside = false;
  const std::string_view text = self.text();
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = first_of(text.substr(at));
    const bool begins = is_upper(c.value) || is_title(c.value);
    if (begins ? inside : is_lower(c.value) && !inside) return Value(false);
    inside = begins || is_lower(c.value);
    some = some || inside;
    at += std::size_t(c.size);
  }
  return Value(some);
}
inline Value isascii(Interpreter&, const Value& self, const Arguments&) {
  return Value(skald::detail::ascii_prefix(self.text()) == self.size());
}
inline Value isidentifier(Interpreter&, const Value& self, const Arguments&) {
  return Value(is_identifier(self.text()));
}
inline Value isprintable(Interpreter& in, const Value& self, const Arguments& a) {
  return self.size() == 0 ? Value(true) : all<is_printable>(in, self, a);
}

inline Value encode(Interpreter&, const Value& self, const Arguments&) {
  return Value::of(Kind::bytes, self.text().data(), self.size());
}

/// A table of code points to texts, code points or None.
inline Value translate(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value table;
  if (!bind(in, "translate", arguments, {"table"}, &table, 1)) return Value::none();
  std::string out;
  const std::string_view text = self.text();
  for (std::size_t at = 0; at < text.size() && in.tick() && in.room(out.size());) {
    const CodePoint c = first_of(text.substr(at));
    const Value to = detail::item(in, table, Value(std::int64_t(c.value)));
    if (to.is_missing()) out.append(text.substr(at, std::size_t(c.size)));
    else if (to.is_string()) out.append(to.text());
    else if (to.is_integer() && to.small() >= 0 && to.small() < 0x110000) append_utf8(out, char32_t(to.small()));
    else if (!to.is_none()) return in.type_error("character mapping must return integer, None or str");
    at += std::size_t(c.size);
  }
  return made(in, self, out);
}

inline constexpr Function table[] = {
    {"strip", strip}, {"split", split}, {"replace", replace}, {"startswith", startswith}, {"endswith", endswith},
    {"lstrip", lstrip}, {"rstrip", rstrip}, {"upper", changed<upper>}, {"lower", changed<lower>},
    {"title", changed<titled>}, {"capitalize", changed<capitalized>}, {"swapcase", changed<case_swapped>},
    {"casefold", changed<casefold>}, {"join", join}, {"format", format}, {"format_map", format_map},
    {"rsplit", rsplit}, {"splitlines", splitlines}, {"partition", partition}, {"rpartition", rpartition},
    {"find", find}, {"rfind", rfind}, {"index", index}, {"rindex", rindex}, {"count", count},
    {"removeprefix", removeprefix}, {"removesuffix", removesuffix}, {"center", center}, {"ljust", ljust},
    {"rjust", rjust}, {"zfill", zfill}, {"expandtabs", expandtabs}, {"isalpha", all<is_alpha>},
    {"isalnum", all<is_alnum>}, {"isdigit", all<is_digit>}, {"isdecimal", all<is_decimal>},
    {"isnumeric", all<is_numeric>}, {"isspace", all<is_space>}, {"islower", islower}, {"isupper", isupper},
    {"istitle", istitle}, {"isascii", isascii}, {"isidentifier", isidentifier}, {"isprintable", isprintable},
    {"encode", encode}, {"translate", translate},
};

}  // namespace string_methods
}  // namespace jinja
}  // namespace skald
