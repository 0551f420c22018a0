// Shared by the tests of templates: rendering with a fixed clock.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/jinja/template.hpp"

namespace golden {

/// The clock of the golden files.
inline constexpr skald::jinja::LocalTime clock{2026, 3, 9, 7, 5, 3, 42};

/// "UndefinedError: 'x' is undefined" of a whole message; what the template raised itself has no class in front.
inline std::string without_place(const std::string& message) {
  const std::size_t column = message.find(", column ");
  const std::size_t colon = message.find(": ", column == message.npos ? 0 : column);
  return colon == message.npos ? message : message.substr(colon + 2);
}

inline skald::Result<skald::jinja::Rendered> render(std::string_view source, skald::Json variables,
                                                    const skald::jinja::Limits& limits = {}) {
  const auto parsed = skald::jinja::Template::try_parse(source, "t", limits);
  if (!parsed) return parsed.error();
  skald::jinja::Interpreter in(limits, clock);
  return parsed->try_render(in, skald::jinja::from_json(in, variables));
}

/// The text, or what went wrong without its place.
inline std::string rendered(std::string_view source, skald::Json variables) {
  const auto r = render(source, variables);
  return r ? r->text : without_place(r.error().message());
}
inline std::string rendered(std::string_view source, std::string_view variables = "{}") {
  return rendered(source, skald::JsonDocument::parse(variables, "variables", {.nan = true})->root());
}

}  // namespace golden
