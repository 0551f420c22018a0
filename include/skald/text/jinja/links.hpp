// Finding addresses in a text, for the urlize filter, and HTML's entities.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/jinja/escape.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

struct LinkOptions {
  std::int64_t longest = -1;  // of what is shown; negative: all
  std::string rel, target;
  std::vector<std::string> schemes;
};

namespace detail {

/// Takes characters off the front of a text.
struct Scanner {
  std::string_view rest;

  template <class Is>
  std::size_t skip(Is is, std::size_t most = SIZE_MAX) {
    std::size_t n = 0;
    for (; n < most && !rest.empty() && is(first_of(rest).value); ++n)
      rest.remove_prefix(std::size_t(first_of(rest).size));
    return n;
  }
  bool skip_word(std::string_view word) {
    if (rest.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (lower_ascii(rest[i]) != word[i]) return false;
    }
    rest.remove_prefix(word.size());
    return true;
  }
};

inline bool is_label(char32_t c) { return is_word(c) || c == '%' || c == '-'; }
inline bool is_small(char32_t c) { return c < 0x80 && (c | 32) >= 'a' && (c | 32) <= 'z'; }

/// A port and a path, to the end.
inline bool ends_address(Scanner s) {
  Scanner port = s;
  if (port.skip_word(":") && port.skip([](char32_t c) { return c >= '0' && c <= '9'; }, 5)) {
    if (port.rest.empty()) return true;
    s = port;
  }
  if (s.rest.empty()) return true;
  if (s.rest[0] != '/' && s.rest[0] != '?' && s.rest[0] != '#') return false;
  s.skip([](char32_t c) { return !is_space(c); });
  return s.rest.empty();
}

/// Splits off the labels of a host: "a.b." and what follows the last point.
inline std::vector<std::string_view> host_labels(std::string_view text, std::string_view& behind) {
  std::vector<std::string_view> labels;
  Scanner s{text};
  for (;;) {
    const std::string_view before = s.rest;
    const std::size_t n = s.skip([](char32_t c) { return is_label(c); });
    labels.push_back(before.substr(0, before.size() - s.rest.size()));
    if (n == 0 || !s.skip_word(".")) break;
  }
  behind = s.rest;
  return labels;
}

inline bool is_top_level(std::string_view label, std::size_t& size) {
  Scanner s{label};
  if (s.skip_word("xn--")) {
    const std::size_t n = s.skip([](char32_t c) { return is_word(c) || c == '%'; }, 59);
    size = label.size() - s.rest.size();
    return n >= 2;
  }
  s = {label};
  const std::size_t n = s.skip(is_small, 63);
  size = label.size() - s.rest.size();
  return n >= 2;
}

inline bool is_four_numbers(Scanner& s) {
  for (int i = 0; i < 4; ++i) {
    if (i && !s.skip_word(".")) return false;
    if (!s.skip([](char32_t c) { return c >= '0' && c <= '9'; }, 3)) return false;
  }
  return true;
}

/// http://host..., www.host..., name.com: what the reference takes for an address of the web.
inline bool is_web_address(std::string_view text) {
  Scanner s{text};
  const bool http = s.skip_word("https://") || s.skip_word("http://");
  const bool prefixed = http || s.skip_word("www.");
  if (http) {
    Scanner numbers = s;
    if (is_four_numbers(numbers) && ends_address(numbers)) return true;
    Scanner six = s;
    if (six.skip_word("[")) {
      six.skip([](char32_t c) {
        return c == ':' || (c < 0x80 && (is_ascii_digit(char(c)) || ((c | 32) >= 'a' && (c | 32) <= 'f')));
      });
      if (six.skip_word("]") && ends_address(six)) return true;
    }
  }
  std::string_view behind;
  const std::vector<std::string_view> labels = host_labels(s.rest, behind);
  std::size_t size = 0;
  if (prefixed && is_top_level(labels.back(), size) && size == labels.back().size() && ends_address({behind}))
    return true;
  // Without a prefix only well known endings count.
  const std::vector<std::string_view> all = host_labels(text, behind);
  if (all.size() < 2 || !ends_address({behind})) return false;
  bool known = false;
  for (const std::string_view end : {"com", "net", "int", "edu", "gov", "org", "info", "mil"}) {
    Scanner last{all.back()};
    known = known || (last.skip_word(end) && last.rest.empty());
  }
  for (std::size_t i = 0; i + 1 < all.size(); ++i) known = known && length(all[i]) >= 2 && length(all[i]) <= 63;
  return known;
}

inline bool is_mail_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == text.npos || at == 0 || text.find_first_of(" \t\n") != text.npos) return false;
  const std::string_view host = text.substr(at + 1);
  const std::size_t dot = host.rfind('.');
  if (dot == host.npos || dot == 0 || dot + 1 == host.size() || !is_word(first_of(host).value)) return false;
  Scanner before{host.substr(0, dot)}, behind{host.substr(dot + 1)};
  before.skip([](char32_t c) { return is_word(c) || c == '.' || c == '-'; });
  behind.skip([](char32_t c) { return is_word(c); });
  return before.rest.empty() && behind.rest.empty();
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++n;
  return n;
}

inline void append_link(std::string& out, std::string_view word, const LinkOptions& options) {
  std::size_t begin = 0;
  for (;;) {
    const std::string_view rest = word.substr(begin);
    if (rest.starts_with('(') || rest.starts_with('<')) ++begin;
    else if (rest.starts_with("&lt;")) begin += 4;
    else break;
  }
  std::size_t end = word.size();
  for (;;) {
    const std::string_view rest = word.substr(begin, end - begin);
    if (rest.empty()) break;
    if (std::string_view(")>.,\n").find(rest.back()) != std::string_view::npos) --end;
    else if (rest.ends_with("&gt;")) end -= 4;
    else break;
  }
  // A bracket that was opened inside belongs to the address.
  constexpr std::string_view pairs[][2] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};
  for (const auto& [open, close] : pairs) {
    const std::string_view middle = word.substr(begin, end - begin);
    const std::size_t opened = count_of(middle, open);
    if (opened <= count_of(middle, close)) continue;
    for (std::size_t i = std::min(opened, count_of(word.substr(end), close)); i > 0; --i) {
      end = word.find(close, end) + close.size();
    }
  }
  const std::string_view middle = word.substr(begin, end - begin);
  const std::string rel = options.rel.empty() ? "" : " rel=\"" + escaped(options.rel) + "\"";
  const std::string target = options.target.empty() ? "" : " target=\"" + escaped(options.target) + "\"";
  out.append(word.substr(0, begin));
  if (is_web_address(middle)) {
    const bool full = middle.starts_with("https://") || middle.starts_with("http://");
    out.append("<a href=\"")
        .append(full ? "" : "https://")
        .append(middle)
        .append("\"")
        .append(rel)
        .append(target)
        .append(">");
    if (options.longest >= 0 && length(middle) > options.longest)
      out.append(slice(middle, 0, options.longest)).append("...");
    else out.append(middle);
    out.append("</a>");
  } else if (middle.starts_with("mailto:") && is_mail_address(middle.substr(7))) {
    out.append("<a href=\"").append(middle).append("\">").append(middle.substr(7)).append("</a>");
  } else if (middle.find('@') != middle.npos && !middle.starts_with("www.") && !middle.starts_with('@') &&
             middle.find(':') == middle.npos && is_mail_address(middle)) {
    out.append("<a href=\"mailto:").append(middle).append("\">").append(middle).append("</a>");
  } else {
    const std::string* scheme = nullptr;
    for (const std::string& s : options.schemes) {
      if (!scheme && middle != s && middle.starts_with(s)) scheme = &s;
    }
    if (scheme) out.append("<a href=\"").append(middle).append("\"").append(rel).append(target).append(">");
    out.append(middle);
    if (scheme) out.append("</a>");
  }
  out.append(word.substr(end));
}

}  // namespace detail

/// "name:", "name:/" or "name://"
inline bool is_scheme(std::string_view text) {
  detail::Scanner s{text};
  const std::size_t n = s.skip([](char32_t c) { return is_word(c) || c == '.' || c == '+' || c == '-'; });
  if (n < 2 || !s.skip_word(":")) return false;
  s.skip_word("/"), s.skip_word("/");
  return s.rest.empty();
}

/// An escaped text with its addresses as links.
inline std::string with_links(std::string_view text, const LinkOptions& options) {
  std::string out;
  while (!text.empty()) {
    detail::Scanner s{text};
    s.skip([](char32_t c) { return !is_space(c); });
    if (const std::size_t n = text.size() - s.rest.size()) detail::append_link(out, text.substr(0, n), options);
    const std::string_view spaces = s.rest;
    s.skip(is_space);
    out.append(spaces.substr(0, spaces.size() - s.rest.size()));
    text = s.rest;
  }
  return out;
}

/// The common entities, and those by number, as characters.
inline std::string without_entities(std::string_view text) {
  struct Entity {
    std::string_view name, character;
  };
  constexpr Entity entities[] = {
      {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\u00A0"}, {"copy", "\u00A9"},
      {"reg", "\u00AE"}, {"laquo", "\u00AB"}, {"raquo", "\u00BB"}, {"hellip", "\u2026"}, {"ndash", "\u2013"},
      {"mdash", "\u2014"}, {"lsquo", "\u2018"}, {"rsquo", "\u2019"}, {"ldquo", "\u201C"}, {"rdquo", "\u201D"},
      {"bull", "\u2022"}, {"middot", "\u00B7"}, {"euro", "\u20AC"}, {"trade", "\u2122"}, {"times", "\u00D7"},
  };
  std::string out;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find('&'), text.size());
    out.append(text.substr(0, at));
    text.remove_prefix(at);
    const std::size_t end = text.find(';');
    if (text.empty()) break;
    const std::string_view name = end == text.npos || end > 12 ? std::string_view() : text.substr(1, end - 1);
    bool known = false;
    if (name.starts_with('#') && name.size() > 1) {
      const bool hex = (name[1] | 32) == 'x';
      const auto value = parse_integer(name.substr(hex ? 2 : 1), hex ? 16 : 10);
      known = value && value->bits() < 21 && !value->negative && !value->is_zero();
      if (known) append_utf8(out, char32_t(value->small()));
    }
    for (const Entity& e : entities) {
      if (e.name == name) known = true, out.append(e.character);
    }
    if (!known) out.push_back('&');
    text.remove_prefix(known ? end + 1 : 1);
  }
  return out;
}

}  // namespace jinja
}  // namespace skald
