// Offsets without the white space that byte-level tokens begin with.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "skald/text/byte_level.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/post_processors/post_processor.hpp"
#include "skald/text/unicode/code_point_range.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

inline bool is_space_of_token(char32_t c) { return c == byte_characters[' '] || is_white_space(c); }

/// Takes leading and trailing white space of each token off its offsets. A single leading space stays at a token that
/// begins the text if add_prefix_space says that it was put there.
inline void trim_offsets(PostProcessing& work, Encoding& encoding, bool add_prefix_space) {
  auto spelled = encoding.spelled.begin();
  for (std::size_t i = 0; i < encoding.offsets.size(); ++i) {
    const bool own = spelled != encoding.spelled.end() && spelled->first == i;
    const std::string_view token = own ? std::string_view((spelled++)->second)
                                       : work.token_text(work.tokenizer, encoding.ids[i]);
    std::int32_t leading = 0, trailing = 0;
    for (std::string_view rest = token; !rest.empty(); ++leading) {
      const CodePoint c = decode_utf8(rest.data());
      if (!is_space_of_token(c.value)) break;
      rest.remove_prefix(std::size_t(c.size));
    }
    for (std::string_view rest = token; !rest.empty(); ++trailing) {
      const CodePoint c = decode_utf8_before(rest.data() + rest.size());
      if (!is_space_of_token(c.value)) break;
      rest.remove_suffix(std::size_t(c.size));
    }
    Offset& offset = encoding.offsets[i];
    if (leading == 1 && add_prefix_space && (i == 0 || offset.start == 0)) leading = 0;
    offset.start = std::min(offset.start + leading, offset.end);
    if (offset.end >= trailing) offset.end = std::max(offset.end - trailing, offset.start);
  }
}

inline void trim_all_offsets(PostProcessing& work, bool add_prefix_space) {
  for (Encoding& part : work.parts) {
    trim_offsets(work, part, add_prefix_space);
    for (Encoding& window : part.overflowing) trim_offsets(work, window, add_prefix_space);
  }
}

}  // namespace detail

struct ByteLevelProcessing {
  static constexpr std::string_view type = "ByteLevel";

  bool add_prefix_space = true;
  bool trim_offsets = true;

  void read(JsonFields& fields) {
    add_prefix_space = fields.boolean("add_prefix_space");
    trim_offsets = fields.boolean("trim_offsets");
  }

  std::size_t added_tokens(bool) const { return 0; }
  Result<void> operator()(PostProcessing& work) const {
    if (trim_offsets) detail::trim_all_offsets(work, add_prefix_space);
    for (std::size_t i = 0; i < work.parts.size(); ++i) work.parts[i].set_sequence(i);
    return {};
  }
};

}  // namespace skald
