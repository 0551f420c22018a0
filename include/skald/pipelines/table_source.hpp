// The tables of a FixedTokenizer as C++.
#pragma once
#include <string>
#include <string_view>

#include "skald/core/result.hpp"
#include "skald/text/make_token_tables.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// "1,2,3", in lines.
template <class List, class F>
void append_list(std::string& text, const List& list, F&& write) {
  std::size_t line = text.size();
  bool first = true;
  for (const auto& each : list) {
    if (!first) text.push_back(',');
    if (text.size() - line > 110) text.push_back('\n'), line = text.size();
    write(each);
    first = false;
  }
}

/// Bytes as the inside of string literals of one line each: octal, which no digit behind can lengthen.
inline void append_literals(std::string& text, std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size() || at == 0; at += 28) {
    text.append("\n    \"");
    for (const char c : bytes.substr(at, 28)) {
      const auto byte = static_cast<unsigned char>(c);
      text.push_back('\\');
      for (int shift : {6, 3, 0}) text.push_back(char('0' + (byte >> shift & 7)));
    }
    text.push_back('"');
  }
}

/// How the header says the rules of a known pattern; none where there is no such function.
inline std::string_view rules_source(const SplitPattern* pattern) {
  constexpr std::string_view sources[] = {
      "gpt2_words()",
      "cl100k_words(3)",
      "cl100k_words(1)",
      "cl100k_words(1, skald::detail::letter_set | skald::detail::mark_set)",
      "o200k_words(3, skald::detail::WordRules::Contractions::behind)",
      "o200k_words(1, skald::detail::WordRules::Contractions::none)"};
  const auto at = std::size_t(pattern - known_split_patterns);
  return at < std::size(sources) ? sources[at] : std::string_view();
}

}  // namespace detail

/// `inline constexpr ... token_tables`, `tokenizer` and piece(). Ids and offsets take two bytes where they fit.
inline std::string table_source(const OwnedTokenTables& t) {
  const bool narrow = t.offsets.size() < 0xffff && t.merges.size() < 0xffff;
  const std::string id = narrow ? "std::uint16_t" : "std::uint32_t";
  const std::string offset = t.texts.size() < 0xffff ? "std::uint16_t" : "std::uint32_t";
  const std::uint32_t none = narrow ? 0xffff : 0xffffffff;
  std::string text = "inline constexpr char token_texts[] =";
  detail::append_literals(text, t.texts);
  text.append(";\n");
  const auto numbers = [&](std::string_view type, std::string_view name, const auto& list) {
    if (list.empty()) return std::string("{}");
    text.append("inline constexpr ").append(type).append(" ").append(name).append("[] = {\n");
    detail::append_list(text, list, [&](std::uint32_t n) { text.append(std::to_string(n == 0xffffffff ? none : n)); });
    text.append("};\n");
    return std::string(name);
  };
  const std::string offsets = numbers(offset, "token_offsets", t.offsets);
  const std::string bytes = numbers(id, "byte_tokens", t.byte_tokens);
  std::string merges = "{}";
  if (!t.merges.empty()) {
    text.append("inline constexpr skald::TokenMerge<").append(id).append("> token_merges[] = {\n");
    detail::append_list(text, t.merges, [&](const auto& m) {
      text.append("{").append(std::to_string(m.left)).append(",").append(std::to_string(m.right)).append(",")
          .append(std::to_string(m.rank)).append(",").append(std::to_string(m.result)).append("}");
    });
    text.append("};\n");
    merges = "token_merges";
  }
  const std::string by_text = numbers(id, "tokens_by_text", t.by_text), added = numbers(id, "added_tokens", t.added),
                    special = numbers(id, "special_ids", t.special), before = numbers(id, "ids_before", t.before),
                    after = numbers(id, "ids_after", t.after);
  text.append("inline constexpr skald::TokenTables<").append(id).append(", ").append(offset)
      .append("> token_tables{\n    token_texts, ").append(offsets);
  for (const std::string& each : {bytes, merges, by_text, added, special, before, after})
    text.append(", ").append(each);
  text.append(t.pattern ? ", true, skald::detail::" : ", false, ")
      .append(t.pattern ? detail::rules_source(t.pattern) : "{}")
      .append("};\n"
              "inline constexpr skald::FixedTokenizer tokenizer{token_tables};\n\n"
              "/// What a token says, with a zero behind it: \"\" of special ones.\n"
              "inline constexpr const char* piece(skald::token_id t) {\n"
              "  return !token_tables.has(t) || token_tables.is_special(t) ? \"\" : token_tables.text(t);\n}\n");
  return text;
}

}  // namespace skald
