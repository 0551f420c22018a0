// White space off the ends.
#pragma once
#include <string_view>

#include "skald/text/json_fields.hpp"
#include "skald/text/normalizers/normalizer.hpp"
#include "skald/text/unicode/code_point_range.hpp"

namespace skald::inline SKALD_ABI {

struct StripNormalizer {
  static constexpr std::string_view type = "Strip";
  static constexpr std::string_view untyped_key = "strip_left";

  bool strip_left = true, strip_right = true;

  void read(JsonFields& fields) {
    strip_left = fields.boolean("strip_left");
    strip_right = fields.boolean("strip_right");
  }

  Result<void> operator()(AlignedText& text) const {
    const std::string_view all = text.view();
    std::size_t begin = 0, end = all.size();
    while (strip_left && begin < end) {
      const detail::CodePoint c = detail::decode_utf8(all.data() + begin);
      if (!detail::is_white_space(c.value)) break;
      begin += std::size_t(c.size);
    }
    while (strip_right && end > begin) {
      const detail::CodePoint c = detail::decode_utf8_before(all.data() + end);
      if (!detail::is_white_space(c.value)) break;
      end -= std::size_t(c.size);
    }
    if (end - begin == all.size()) return {};
    TextRewriter rewriter(text);
    rewriter.drop(begin);
    rewriter.copy(end - begin);
    std::move(rewriter).commit(text);
    return {};
  }
};

}  // namespace skald
