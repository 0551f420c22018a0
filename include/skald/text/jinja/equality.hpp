// ==, < and hash of values, and whether a value is true.
#pragma once
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "skald/text/jinja/integers.hpp"
#include "skald/text/jinja/objects.hpp"
#include "skald/text/jinja/repr.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline bool equal(Runtime& rt, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::missing:
    case Kind::undefined:
    case Kind::none: return true;
    case Kind::string:
    case Kind::bytes: return a.text() == b.text();
    case Kind::list:
    case Kind::tuple: {
      if (a.size() != b.size() || a.elements().data() == b.elements().data()) return a.size() == b.size();
      const Depth depth(rt);
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (!depth || !rt.tick() || !equal(rt, a.elements()[i], b.elements()[i])) return false;
      }
      return true;
    }
    case Kind::dict: {
      const Dict &x = a.dict(), &y = b.dict();
      if (x.entries.size() != y.entries.size()) return false;
      const Depth depth(rt);
      for (const Dict::Entry& e : x.entries) {
        if (!depth || !rt.tick()) return false;
        const Value* const other = y.find(rt, e.key);
        if (!other || !equal(rt, e.value, *other)) return false;
      }
      return true;
    }
    case Kind::range: {
      const Range &x = a.as<Range>(), &y = b.as<Range>();
      const std::int64_t n = x.size();
      return n == y.size() && (n == 0 || (x.start == y.start && (n == 1 || x.step == y.step)));
    }
    default: return a.object() == b.object();
  }
}

inline std::uint64_t mix(std::uint64_t h, std::uint64_t more) {
  h = (h ^ more) * 0x9E3779B97F4A7C15u;
  return h ^ h >> 29;
}

/// Equal values have equal hashes; false: Python's TypeError for what can not be a key.
inline bool hash(Runtime& rt, const Value& v, std::uint64_t& h) {
  switch (v.kind()) {
    case Kind::boolean:
    case Kind::integer:
    case Kind::big_integer:
    case Kind::real: {
      const double real = real_of(v);
      h = mix(h, real == 0 ? 0 : std::bit_cast<std::uint64_t>(real));
      return true;
    }
    case Kind::string:
    case Kind::bytes: {
      std::uint64_t bytes = 0xCBF29CE484222325u;
      for (const char c : v.text()) bytes = (bytes ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
      h = mix(h, bytes);
      return true;
    }
    case Kind::tuple: {
      const Depth depth(rt);
      for (const Value& element : v.elements()) {
        if (!depth || !rt.tick() || !hash(rt, element, h)) return false;
      }
      h = mix(h, v.size());
      return true;
    }
    case Kind::list:
    case Kind::dict:
    case Kind::keys:
    case Kind::items:
      rt.type_error(std::string("unhashable type: '").append(type_name(v)).append("'"));
      return false;
    case Kind::range: h = mix(h, std::uint64_t(v.as<Range>().size())); return true;
    case Kind::missing:
    case Kind::undefined:
    case Kind::none: h = mix(h, std::uint64_t(v.kind())); return true;
    default: h = mix(h, reinterpret_cast<std::uintptr_t>(v.object())); return true;
  }
}

/// Whether a hash exists, without complaining.
inline bool is_hashable(const Value& v) {
  if (v.is(Kind::tuple)) {
    for (const Value& element : v.elements()) {
      if (!is_hashable(element)) return false;
    }
  }
  return !v.is(Kind::list) && !v.is(Kind::dict) && !v.is(Kind::keys) && !v.is(Kind::items);
}

inline bool truth(const Value& v) {
  switch (v.kind()) {
    case Kind::missing:
    case Kind::undefined:
    case Kind::none: return false;
    case Kind::boolean:
    case Kind::integer: return v.small() != 0;
    case Kind::real: return v.real() != 0;
    case Kind::string:
    case Kind::bytes:
    case Kind::list:
    case Kind::tuple: return v.size() != 0;
    case Kind::dict:
    case Kind::keys:
    case Kind::values:
    case Kind::items: return !v.dict().entries.empty();
    case Kind::range: return v.as<Range>().size() != 0;
    default: return true;
  }
}

/// a < b for `op` less, and so on for the other three; false with an error where Python has none.
inline bool ordered(Runtime& rt, Operator op, const Value& a, const Value& b) {
  int order = 0;
  if (a.is_number() && b.is_number()) {
    order = compare_numbers(a, b);
    if (order == 2) return false;
  } else if (a.is_string() && b.is_string()) {
    order = a.text().compare(b.text());  // UTF-8 sorts as code points do
  } else if (a.is_sequence() && a.kind() == b.kind()) {
    const Depth depth(rt);
    const std::size_t n = std::min(a.size(), b.size());
    std::size_t i = 0;
    while (i < n && depth && rt.tick() && equal(rt, a.elements()[i], b.elements()[i])) ++i;
    if (rt.failed()) return false;
    if (i < n) return ordered(rt, op, a.elements()[i], b.elements()[i]);
    order = a.size() < b.size() ? -1 : a.size() > b.size();
  } else {
    if (a.is_undefined() || b.is_undefined()) return fail_undefined(rt, a.is_undefined() ? a : b).boolean();
    constexpr const char* signs[] = {"<", "<=", ">", ">="};
    rt.type_error(std::string("'").append(signs[int(op) - int(Operator::less)])
                      .append("' not supported between instances of '").append(type_name(a)).append("' and '")
                      .append(type_name(b)).append("'"));
    return false;
  }
  switch (op) {
    case Operator::less: return order < 0;
    case Operator::less_equal: return order <= 0;
    case Operator::greater: return order > 0;
    default: return order >= 0;
  }
}

}  // namespace jinja
}  // namespace skald
