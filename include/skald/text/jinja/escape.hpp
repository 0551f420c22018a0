// HTML: what `escape` and the autoescape block write.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/jinja/repr.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

inline std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&#34;"); break;
      case '\'': out.append("&#39;"); break;
      default: out.push_back(c);
    }
  }
  return out;
}

/// Markup of any value; what is Markup stays as it is.
inline Value escape(Runtime& rt, const Value& v) {
  if (v.is_markup()) return v;
  const Value text = str(rt, v);
  if (rt.failed() || text.text().find_first_of("&<>\"'") == std::string_view::npos) return text.as_markup();
  return rt.string(escaped(text.text()), true);
}

}  // namespace jinja
}  // namespace skald
