// cls A sep, and cls A sep B sep: the fixed frames of BERT and RoBERTa.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/json_fields.hpp"
#include "skald/text/post_processors/byte_level.hpp"
#include "skald/text/post_processors/post_processor.hpp"

namespace skald::inline SKALD_ABI {

/// ["[SEP]", 102] in the file.
struct SpecialToken {
  std::string text;
  token_id id = 0;

  void read(JsonFields& fields, std::string_view key) {
    const auto pair = fields.array(key);
    if (!pair) return;
    const auto number = pair->size() == 2 ? JsonFields::as_int32((*pair)[1]) : std::nullopt;
    if (!number || !(*pair)[0].is_string()) return fields.fail(fields.place(key), "[\"token\", id]", pair);
    text = *(*pair)[0].string();
    id = *number;
  }
};

namespace detail {

/// before + text + after, both special tokens; no `before` for nullptr. The text is the first of a pair or the second.
inline void frame(Encoding& text, const SpecialToken* before, const SpecialToken& after, std::int32_t type_id,
                  bool second, bool with_offsets) {
  std::vector<Encoding> windows;
  windows.swap(text.overflowing);
  Encoding framed;
  if (before) framed.append_special(before->id, before->text, type_id, with_offsets);
  const std::size_t begin = framed.size();
  framed.append(text);
  std::fill(framed.special_tokens_mask.begin() + std::ptrdiff_t(begin), framed.special_tokens_mask.end(), 0);
  framed.sequences.assign(second ? 2 : 1, {-1, -1});
  framed.sequences.back() = {std::int32_t(begin), std::int32_t(framed.size())};
  framed.append_special(after.id, after.text, type_id, with_offsets);
  for (Encoding& window : windows) frame(window, before, after, type_id, second, with_offsets);
  framed.overflowing = std::move(windows);
  text = std::move(framed);
}

}  // namespace detail

/// [CLS] A [SEP] B [SEP]; type ids 0 up to the first [SEP], 1 behind it.
struct BertProcessing {
  static constexpr std::string_view type = "BertProcessing";

  SpecialToken sep, cls;

  void read(JsonFields& fields) {
    sep.read(fields, "sep");
    cls.read(fields, "cls");
  }

  std::size_t added_tokens(bool pair) const { return pair ? 3 : 2; }
  Result<void> operator()(PostProcessing& work) const {
    if (!work.add_special_tokens) return {};
    for (std::size_t i = 0; i < work.parts.size(); ++i) {
      detail::frame(work.parts[i], i > 0 ? nullptr : &cls, sep, i > 0, i > 0, work.with_offsets);
    }
    return {};
  }
};

/// <s> A </s></s> B </s>; all type ids are 0, offsets are trimmed as ByteLevelProcessing does.
struct RobertaProcessing {
  static constexpr std::string_view type = "RobertaProcessing";

  SpecialToken sep, cls;
  bool trim_offsets = true, add_prefix_space = true;

  void read(JsonFields& fields) {
    sep.read(fields, "sep");
    cls.read(fields, "cls");
    trim_offsets = fields.boolean("trim_offsets");
    add_prefix_space = fields.boolean("add_prefix_space");
  }

  std::size_t added_tokens(bool pair) const { return pair ? 4 : 2; }
  Result<void> operator()(PostProcessing& work) const {
    if (trim_offsets) detail::trim_all_offsets(work, add_prefix_space);
    for (std::size_t i = 0; i < work.parts.size(); ++i) {
      Encoding& part = work.parts[i];
      part.type_ids.assign(part.size(), 0);
      if (!work.add_special_tokens) continue;
      for (Encoding& window : part.overflowing) window.type_ids.assign(window.size(), 0);
      detail::frame(part, i == 0 ? &cls : &sep, sep, 0, i > 0, work.with_offsets);
    }
    return {};
  }
};

}  // namespace skald
