// cls A sep, and cls A sep B sep: the fixed frames of BERT and RoBERTa.
#pragma once
#include <string>
#include <string_view>
#include <utility>

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

/// before + encoding + after, both special tokens.
inline Encoding framed(const Encoding& inner, const SpecialToken& before, const SpecialToken& after,
                       std::int32_t type_id, bool with_offsets) {
  Encoding encoding;
  encoding.append_special(before.id, before.text, type_id, with_offsets);
  encoding.append(inner);
  encoding.append_special(after.id, after.text, type_id, with_offsets);
  return encoding;
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
      Encoding framed = detail::framed(work.parts[i], cls, sep, i > 0, work.with_offsets);
      if (i > 0) framed.truncate(framed.size() - 1, Side::left);  // B has no [CLS]
      work.parts[i] = std::move(framed);
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
    for (std::size_t i = 0; i < work.parts.size(); ++i) {
      Encoding& part = work.parts[i];
      if (trim_offsets) detail::trim_offsets(work, part, add_prefix_space);
      part.type_ids.assign(part.size(), 0);
      if (work.add_special_tokens) part = detail::framed(part, i == 0 ? cls : sep, sep, 0, work.with_offsets);
    }
    return {};
  }
};

}  // namespace skald
