// The formats of JSON schema as patterns: each writes a part of what its standard allows.
#pragma once
#include <optional>
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// 29 February and leap seconds are left out, so that every text is right.
inline std::optional<std::string_view> json_format(std::string_view name) {
  struct Format {
    std::string_view name, pattern;
  };
  static constexpr Format formats[] = {
      {"date", R"([1-9]\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|)"
               R"(02-(0[1-9]|1\d|2[0-8])))"},
      {"time", R"(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))"},
      {"date-time", R"([1-9]\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|)"
                    R"(02-(0[1-9]|1\d|2[0-8]))T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?)"
                    R"((Z|[+-]([01]\d|2[0-3]):[0-5]\d))"},
      {"duration", R"(P(\d{1,4}W|\d{1,4}D(T\d{1,4}H(\d{1,4}M(\d{1,4}S)?)?)?|T\d{1,4}H(\d{1,4}M(\d{1,4}S)?)?))"},
      {"uuid", R"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"},
      {"email", R"([A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@)"
                R"(([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})"},
      {"hostname", R"(([A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?\.){0,8}[A-Za-z]{2,24})"},
      {"ipv4", R"(((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d))"},
      {"ipv6", R"(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4})"},
      {"uri", R"(https?://([A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?\.){0,8}[A-Za-z]{2,24})"
              R"((/[A-Za-z0-9._~-]*)*(\?[A-Za-z0-9._~=&-]*)?(#[A-Za-z0-9._~-]*)?)"},
  };
  for (const Format& f : formats) {
    if (f.name == name) return f.pattern;
  }
  return std::nullopt;
}

}  // namespace detail
}  // namespace skald
