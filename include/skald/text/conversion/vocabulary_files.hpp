// vocab.txt, and vocab.json with merges.txt, as a tokenizer.json.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "skald/io/json.hpp"
#include "skald/text/conversion/json_text.hpp"
#include "skald/text/unicode/code_point_range.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

inline Result<void> check_utf8(std::string_view text, const std::string& name) {
  const std::size_t valid = valid_utf8_prefix(text);
  if (valid == text.size()) return {};
  return Error(FaultCode::malformed, std::string(name).append(": byte ").append(std::to_string(valid))
                                         .append(": text that is not UTF-8"));
}

/// Takes a line off the front, without its end.
inline std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// One token a line; its id is the line's number, from 0.
inline Result<std::string> vocab_txt_json(std::string_view text, const std::string& name) {
  if (Result<void> good = check_utf8(text, name); !good) return std::move(good).error();
  std::string json = R"({"model": {"vocab": {)";
  for (std::size_t id = 0; !text.empty(); ++id) {
    std::string_view line = take_line(text);
    while (!line.empty()) {
      const CodePoint last = decode_utf8_before(line.data() + line.size());
      if (!is_white_space(last.value)) break;
      line.remove_suffix(std::size_t(last.size));
    }
    json += id == 0 ? "" : ", ";
    append_json_string(json, line);
    json.append(": ").append(std::to_string(id));
  }
  return json += "}}}";
}

/// `vocab` is a JSON object of ids; `merges` has one "left right" a line, behind a line "#version".
inline Result<std::string> vocab_and_merges_json(std::string_view vocab, const std::string& vocab_name,
                                                 std::string_view merges, const std::string& merges_name) {
  const Result<JsonDocument> parsed = JsonDocument::parse(vocab, vocab_name);
  if (!parsed) return parsed.error();
  if (Result<void> good = check_utf8(merges, merges_name); !good) return std::move(good).error();
  std::string json = R"({"model": {"vocab": )";
  json.append(vocab).append(", \"merges\": [");
  bool first = true;
  for (std::size_t number = 1; !merges.empty(); ++number) {
    const std::string_view line = take_line(merges);
    if (line.starts_with("#version")) continue;
    const std::size_t space = line.find(' ');
    if (space == line.npos || line.find(' ', space + 1) != line.npos) {
      return Error(FaultCode::malformed, std::string(merges_name).append(": line ").append(std::to_string(number))
                                             .append(": expected two tokens with a space between them"));
    }
    json += first ? "" : ", ";
    first = false;
    append_json_string(json, line);
  }
  return json += "]}}";
}

}  // namespace detail
}  // namespace skald
