// What can go wrong in a template, by the names that Python's Jinja gives it.
#pragma once
#include <cstdint>
#include <string_view>

#include "skald/core/fault.hpp"

namespace skald::inline SKALD_ABI {
namespace jinja {

enum class ErrorClass : std::uint8_t {
  template_syntax,
  template_assertion,
  python_syntax,
  template_error,
  template_runtime,
  undefined,
  security,
  filter_argument,
  type,
  value,
  key,
  index,
  attribute,
  zero_division,
  overflow,
  assertion,
  recursion,
  limit,
  unsupported,
};

/// "UndefinedError" and so on; `limit` and `unsupported` are our own.
constexpr std::string_view name(ErrorClass c) {
  constexpr std::string_view names[] = {
      "TemplateSyntaxError", "TemplateAssertionError", "SyntaxError", "TemplateError", "TemplateRuntimeError",
      "UndefinedError", "SecurityError", "FilterArgumentError", "TypeError", "ValueError", "KeyError", "IndexError",
      "AttributeError", "ZeroDivisionError", "OverflowError", "AssertionError", "RecursionError", "LimitError",
      "UnsupportedError",
  };
  return names[std::size_t(c)];
}

/// What a program may want to tell apart: a bad template (malformed), a template that refuses its messages
/// (invalid_argument), a bound that was met (out_of_range), something that is not done here (unsupported), and a
/// template that does not fit its messages (mismatch).
constexpr FaultCode fault_code(ErrorClass c) {
  switch (c) {
    case ErrorClass::template_syntax:
    case ErrorClass::template_assertion:
    case ErrorClass::python_syntax: return FaultCode::malformed;
    case ErrorClass::template_error: return FaultCode::invalid_argument;
    case ErrorClass::recursion:
    case ErrorClass::limit: return FaultCode::out_of_range;
    case ErrorClass::unsupported: return FaultCode::unsupported;
    default: return FaultCode::mismatch;
  }
}

}  // namespace jinja
}  // namespace skald
