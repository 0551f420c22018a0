// Lower case, one character at a time.
#pragma once
#include <string>
#include <string_view>

#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/normalizer.hpp"
#include "skald/text/unicode/lowercase.hpp"

namespace skald::inline SKALD_ABI {

/// Every character becomes its full lower case of Unicode 17; the neighbours do not matter.
struct LowercaseNormalizer {
  static constexpr std::string_view type = "Lowercase";

  void read(JsonFields&) {}

  Result<void> operator()(AlignedText& text) const {
    TextRewriter rewriter(text);
    bool changed = false;
    std::string lower;
    while (!rewriter.rest().empty()) {
      const detail::CodePoint c = detail::decode_utf8(rewriter.rest().data());
      const char32_t to = detail::lowercase(c.value);
      if (to == c.value) {
        rewriter.copy(std::size_t(c.size));
        continue;
      }
      changed = true;
      lower.clear();
      detail::append_utf8(lower, to);
      rewriter.replace(lower, std::size_t(c.size));
      if (c.value == 0x130) rewriter.insert("\u0307");
    }
    if (changed) std::move(rewriter).commit(text);
    return {};
  }
};

}  // namespace skald
