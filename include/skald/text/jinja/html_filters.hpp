// Filters for HTML and addresses.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/links.hpp"
#include "skald/text/jinja/operators.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {
namespace filters {

/// Without tags and comments, spaces run together, entities as characters.
inline Value striptags(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "do_striptags", arguments, {}, nullptr)) return Value::none();
  const Value given = str(in, self);
  if (in.failed()) return given;
  std::string_view rest = given.text();
  std::string plain;
  bool any = false;
  for (std::size_t start; (start = rest.find('<')) != rest.npos;) {
    const bool comment = rest.substr(start).starts_with("<!--");
    const std::size_t end = comment ? rest.find("-->", start + 4) : rest.find('>', start);
    if (end == rest.npos) break;
    plain.append(rest.substr(0, start));
    rest.remove_prefix(end + (comment ? 3 : 1));
    any = true;
  }
  plain.append(rest);
  std::string joined;
  for (std::string_view words = strip(any ? std::string_view(plain) : given.text()); !words.empty();
       words = strip_left(words)) {
    std::size_t n = 0;
    while (n < words.size() && !is_space(first_of(words.substr(n)).value))
      n += std::size_t(first_of(words.substr(n)).size);
    if (!joined.empty()) joined.push_back(' ');
    joined.append(words.substr(0, n));
    words.remove_prefix(n);
  }
  return in.string(without_entities(joined));
}

inline void append_quoted_url(std::string& to, std::string_view text, bool query) {
  for (const char c : text) {
    const bool letter = is_ascii_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
    if (letter || c == '_' || c == '.' || c == '-' || c == '~' || (c == '/' && !query)) to.push_back(c);
    else if (c == ' ' && query) to.push_back('+');
    else
      to.append("%")
          .append(1, "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4])
          .append(1, "0123456789ABCDEF"[c & 15]);
  }
}

inline Value urlencode(Interpreter& in, const Value& self, const Arguments& arguments) {
  if (!bind(in, "do_urlencode", arguments, {}, nullptr)) return Value::none();
  std::string out;
  if (self.is_string() || !is_iterable(self)) {
    const Value text = str(in, self);
    if (in.failed() || !in.room(3 * text.size())) return Value::none();
    append_quoted_url(out, text.text(), false);
    return in.string(out);
  }
  const Value pairs = self.is(Kind::dict) ? Value::of(Kind::items, &self.dict()) : self;
  for (const Value& pair : elements_of(in, pairs)) {
    const std::vector<Value> both = elements_of(in, pair);
    if (in.failed()) return Value::none();
    if (both.size() != 2)
      return in.value_error("expected pairs to encode, found " + std::to_string(both.size()) + " values");
    if (!out.empty()) out.push_back('&');
    for (int i = 0; i < 2; ++i) {
      const Value text = str(in, both[std::size_t(i)]);
      if (in.failed() || !in.room(out.size() + 3 * text.size())) return Value::none();
      append_quoted_url(out, text.text(), true);
      if (i == 0) out.push_back('=');
    }
  }
  return in.string(out);
}

inline Value xmlattr(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value space(true);
  if (!bind(in, "do_xmlattr", arguments, {"autospace"}, &space)) return Value::none();
  if (self.is_undefined()) return fail_undefined(in, self);
  if (!self.is(Kind::dict)) {
    return in.fail(ErrorClass::attribute,
                   std::string("'").append(type_name(self)).append("' object has no attribute 'items'"));
  }
  TextBuilder out(in);
  for (const Dict::Entry& e : self.dict().entries) {
    if (e.value.is_none() || e.value.is_undefined()) continue;
    if (!e.key.is_string()) return in.type_error("expected string or bytes-like object");
    if (e.key.text().find_first_of(" \t\n\r\f\v/>=") != std::string_view::npos) {
      return in.value_error("Invalid character in attribute name: " + repr_text(in, e.key));
    }
    if (!out.text().empty() || truth(space)) out.append(" ");
    out.append(escape(in, e.key).text()).append("=\"");
    const Value text = escape(in, e.value);
    if (in.failed()) return Value::none();
    out.append(text.text()).append("\"");
  }
  return out.value(in.autoescape);
}

inline Value urlize(Interpreter& in, const Value& self, const Arguments& arguments) {
  Value given[5] = {Value::none(), Value(false), Value::none(), Value::none(), Value::none()};
  if (!bind(in, "do_urlize", arguments, {"trim_url_limit", "nofollow", "target", "rel", "extra_schemes"}, given))
    return Value::none();
  LinkOptions options;
  if (!given[0].is_none() && !index_of(in, given[0], options.longest)) return Value::none();
  std::vector<std::string> rel{"noopener"};
  if (truth(given[1])) rel.push_back("nofollow");
  const Value words = given[3].is_none() ? Value(std::string_view()) : str(in, given[3]);
  if (in.failed()) return Value::none();
  for (std::string_view rest = strip(words.text()); !rest.empty(); rest = strip_left(rest)) {
    const std::size_t n = std::min(rest.find_first_of(" \t\n"), rest.size());
    rel.emplace_back(rest.substr(0, n));
    rest.remove_prefix(n);
  }
  std::sort(rel.begin(), rel.end());
  rel.erase(std::unique(rel.begin(), rel.end()), rel.end());
  for (const std::string& word : rel) options.rel.append(options.rel.empty() ? "" : " ").append(word);
  if (!given[2].is_none()) options.target = str(in, given[2]).text();
  if (!given[4].is_none()) {
    for (const Value& scheme : elements_of(in, given[4])) {
      if (in.failed()) return Value::none();
      if (!scheme.is_string() || !is_scheme(scheme.text())) {
        return in.fail(ErrorClass::filter_argument, repr_text(in, scheme) + " is not a valid URI scheme prefix.");
      }
      options.schemes.emplace_back(scheme.text());
    }
  }
  const Value text = escape(in, self);
  return in.failed() || !in.room(8 * text.size()) ? Value::none()
                                                  : in.string(with_links(text.text(), options), in.autoescape);
}

}  // namespace filters
}  // namespace jinja
}  // namespace skald
