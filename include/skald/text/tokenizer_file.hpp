// tokenizer.json: reading its sections into stages, whatever types those are.
#pragma once
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/text/added_tokens.hpp"
#include "skald/text/component.hpp"
#include "skald/text/encoding.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// What is in a tokenizer.json, in types of the caller's choice.
template <class Normalizer, class PreTokenizer, class Model, class PostProcessor, class Decoder>
struct TokenizerFile {
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  Model model;
  PostProcessor post_processor;
  Decoder decoder;
  std::vector<AddedToken> added_tokens;
  EncodeOptions options;  // of the sections "truncation" and "padding"
};

/// The members of a section; none if the file has null there. `sections` take the place of the file's, but of "model"
/// vocabulary and merges stay.
inline std::optional<JsonFields> section(const JsonFields& file, std::string_view key,
                                         const std::optional<Json>& sections) {
  static constexpr std::string_view kept[] = {"vocab", "merges"};
  const std::optional<Json> other = sections ? sections->find(key) : std::nullopt;
  const bool own = key == "model" || !other;
  const std::optional<Json> json = own ? file.find(key) : other->is_null() ? std::nullopt : other;
  if (!json) return std::nullopt;
  JsonFields members(*json, file.place(key));
  if (other && own) members.replace_members(*other, kept);
  return members;
}

/// Whether the file has just the stage that a tokenizer is made for.
inline bool has_type(JsonFields& file, std::string_view key, std::optional<JsonFields>& members,
                     std::string_view type) {
  const std::string found = members ? members->string("type", type) : "nothing";
  if (members && found == type) return true;
  file.fail(FaultCode::mismatch, file.place(key).append(": this tokenizer is made for \"").append(type)
                                     .append("\", found \"").append(found).append("\""));
  return false;
}

/// Three kinds of stages: one that takes whatever the file has (AnyStage), one that must be what the file has
/// (Component), and one that the file must not have.
template <class Stage>
void read_stage(Stage& stage, JsonFields& file, std::string_view key, const std::optional<Json>& sections) {
  if (file.failed()) return;
  std::optional<JsonFields> members = section(file, key, sections);
  if constexpr (std::is_base_of_v<AnyStage, Stage>) {
    if (members) stage.read(*members);
  } else if constexpr (Component<Stage>) {
    if (has_type(file, key, members, Stage::type)) stage.read(*members);
  } else if (members) {
    file.fail(FaultCode::mismatch, file.place(key) + ": this tokenizer has no such stage, expected null");
  }
  if (members) file.fail_with(*members);
}

inline void read_truncation(JsonFields& fields, EncodeOptions& options) {
  const auto json = fields.find("truncation");
  if (!json) return;
  JsonFields section(*json, fields.place("truncation"));
  options.truncation = true;
  options.truncation_side = section.string("direction", "Right") == "Left" ? Side::left : Side::right;
  options.max_length = section.integer("max_length");
  options.stride = section.integer("stride");
  const std::string strategy = section.string("strategy");
  if (strategy == "OnlyFirst") options.truncation_strategy = TruncationStrategy::only_first;
  else if (strategy == "OnlySecond") options.truncation_strategy = TruncationStrategy::only_second;
  else if (strategy != "LongestFirst" && !section.failed()) {
    section.fail(section.place("strategy"), "LongestFirst, OnlyFirst or OnlySecond", section.find("strategy"));
  }
  fields.fail_with(section);
}

inline void read_padding(JsonFields& fields, EncodeOptions& options) {
  const auto json = fields.find("padding");
  if (!json) return;
  JsonFields section(*json, fields.place("padding"));
  options.padding = true;
  options.padding_side = section.string("direction") == "Left" ? Side::left : Side::right;
  options.pad_to_multiple_of = section.integer("pad_to_multiple_of", 0);
  options.pad_token_id = section.integer("pad_id");
  options.pad_token_type_id = section.integer("pad_type_id");
  section.string("pad_token");
  const auto strategy = section.find("strategy");
  const auto fixed = strategy ? strategy->find("Fixed") : std::nullopt;
  if (fixed && JsonFields::as_int32(*fixed)) {
    options.padding_strategy = PaddingStrategy::max_length;
    options.padding_length = JsonFields::as_int32(*fixed);
  } else if (!strategy || strategy->string() != "BatchLongest") {
    section.fail(section.place("strategy"), "\"BatchLongest\" or {\"Fixed\": length}", strategy);
  }
  fields.fail_with(section);
}

/// Whether this can be a tokenizer.json at all.
inline void check_members(JsonFields& fields, Json root) {
  for (std::size_t i = 0; root.is_object() && i < root.size(); ++i) {
    constexpr std::string_view known[] = {"version", "truncation", "padding", "added_tokens", "normalizer",
                                          "pre_tokenizer", "post_processor", "decoder", "model"};
    if (std::find(std::begin(known), std::end(known), root.key(i)) == std::end(known)) {
      fields.fail(FaultCode::malformed, fields.place(root.key(i)).append(": unknown member"));
    }
  }
  if (fields.string("version", "1.0") != "1.0" && !fields.failed()) {
    fields.fail(fields.place("version"), "\"1.0\"", fields.find("version"));
  }
  fields.object("model");
}

inline void read_added_tokens(JsonFields& fields, std::vector<AddedToken>& tokens) {
  const auto added = fields.find("added_tokens");
  if (added && !added->is_array()) fields.fail(fields.place("added_tokens"), "an array", added);
  for (std::size_t i = 0; added && i < added->size() && !fields.failed(); ++i) {
    JsonFields members((*added)[i], fields.place("added_tokens", i));
    AddedToken token;
    members.integer("id");
    token.read(members, true);
    tokens.push_back(std::move(token));
    fields.fail_with(members);
  }
}

/// `name` stands before messages. `sections` take the place of the file's (TokenizerClass).
template <class File>
Result<File> read_tokenizer_file(Json root, const std::string& name, const std::optional<Json>& sections) {
  JsonFields fields(root, name + ": ");
  check_members(fields, root);
  File file;
  read_stage(file.normalizer, fields, "normalizer", sections);
  read_stage(file.pre_tokenizer, fields, "pre_tokenizer", sections);
  read_stage(file.model, fields, "model", sections);
  read_stage(file.post_processor, fields, "post_processor", sections);
  read_stage(file.decoder, fields, "decoder", sections);
  if (!sections || !sections->find("added_tokens")) read_added_tokens(fields, file.added_tokens);
  read_truncation(fields, file.options);
  read_padding(fields, file.options);
  return fields.finish(std::move(file));
}

}  // namespace detail
}  // namespace skald
