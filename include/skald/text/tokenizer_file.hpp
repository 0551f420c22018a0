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

/// Three kinds of stages: one that takes whatever the file has (OneComponentOf), one that must be what the file has
/// (Component), and one that the file must not have. No fields: the file has null there.
template <class Stage>
Result<Stage> stage_from_json(std::optional<JsonFields> fields, const std::string& place) {
  if constexpr (std::is_base_of_v<AnyStage, Stage>) {
    return fields ? Stage::from_json(*fields) : Result<Stage>(Stage());
  } else if constexpr (Component<Stage>) {
    const std::string type = fields ? fields->string("type", std::string(Stage::type)) : "nothing";
    if (fields && type == Stage::type) return Stage::from_json(*fields);
    return Error(FaultCode::mismatch, std::string(place).append(": this tokenizer is made for \"").append(Stage::type)
                                          .append("\", found \"").append(type).append("\""));
  } else {
    if (!fields) return Stage();
    return Error(FaultCode::mismatch, place + ": this tokenizer has no such stage, expected null");
  }
}

inline void read_truncation(JsonFields& fields, EncodeOptions& options) {
  const auto json = fields.find("truncation");
  if (!json) return;
  JsonFields section(*json, fields.place("truncation"));
  options.truncation = true;
  options.truncation_side = section.string("direction", "Right") == "Left" ? Side::left : Side::right;
  options.max_length = section.integer("max_length");
  section.integer("stride");  // overlapping windows are not made: only the first is
  const std::string strategy = section.string("strategy");
  if (strategy == "OnlyFirst") options.truncation_strategy = TruncationStrategy::only_first;
  else if (strategy == "OnlySecond") options.truncation_strategy = TruncationStrategy::only_second;
  else if (strategy != "LongestFirst" && !section.failed()) {
    section.fail(section.place("strategy"), "LongestFirst, OnlyFirst or OnlySecond", section.find("strategy"));
  }
  if (Result<void> read = section.finish(); !read) fields.fail(read.error().code(), read.error().message());
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
  if (Result<void> read = section.finish(); !read) fields.fail(read.error().code(), read.error().message());
}

/// `name` stands before messages. `sections` take the place of the file's (TokenizerClass).
template <class File>
Result<File> read_tokenizer_file(Json root, const std::string& name, const std::optional<Json>& sections) {
  JsonFields fields(root, name + ": ");
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
  File file;
  const auto stage = [&]<class Stage>(Stage& to, std::string_view key) {
    if (fields.failed()) return;
    const std::optional<Json> other = sections ? sections->find(key) : std::nullopt;
    const bool own = key == "model" || !other;
    const std::optional<Json> json = own ? fields.find(key) : other->is_null() ? std::nullopt : other;
    std::optional<JsonFields> members;
    if (json) members.emplace(*json, fields.place(key));
    if (json && other && own) members->replace_members(*other, {"type", "vocab", "merges"});
    Result<Stage> made = stage_from_json<Stage>(std::move(members), fields.place(key));
    if (made) to = *std::move(made);
    else fields.fail(made.error().code(), made.error().message());
  };
  if (!fields.failed()) fields.object("model");
  stage(file.normalizer, "normalizer");
  stage(file.pre_tokenizer, "pre_tokenizer");
  stage(file.model, "model");
  stage(file.post_processor, "post_processor");
  stage(file.decoder, "decoder");
  const auto added = fields.find("added_tokens");
  if (added && !added->is_array()) fields.fail(fields.place("added_tokens"), "an array", added);
  for (std::size_t i = 0; added && i < added->size() && !fields.failed(); ++i) {
    JsonFields token((*added)[i], fields.place("added_tokens").append("[").append(std::to_string(i)).append("]"));
    token.integer("id");
    file.added_tokens.push_back(AddedToken::from_json(token, true));
    if (Result<void> read = token.finish(); !read) fields.fail(read.error().code(), read.error().message());
  }
  read_truncation(fields, file.options);
  read_padding(fields, file.options);
  return fields.finish(std::move(file));
}

}  // namespace detail
}  // namespace skald
