// Loading a tokenizer from a model's folder, as AutoTokenizer.from_pretrained does.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "skald/text/basic_tokenizer.hpp"
#include "skald/text/tokenizer_class.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// The error for a folder without tokenizer.json: what it has instead, and what helps.
inline Error no_tokenizer_file(const std::filesystem::path& directory) {
  std::error_code ignored;
  std::string found;
  for (const char* const name : {"vocab.json", "merges.txt", "vocab.txt", "tokenizer.model", "spiece.model"}) {
    if (std::filesystem::exists(directory / name, ignored)) found.append(found.empty() ? "" : " and ").append(name);
  }
  std::string message = directory.string() + ": no tokenizer.json";
  if (found.empty()) return Error(FaultCode::not_found, message);
  return Error(FaultCode::unsupported,
               message.append("; ").append(found).append(" alone cannot be read yet: load the folder with "
                                                         "transformers' AutoTokenizer and save_pretrained() it, which "
                                                         "writes tokenizer.json"));
}

/// A file of the folder; {} if it is not there.
inline Result<JsonDocument> read_optional_json(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return JsonDocument::parse("{}", path.filename().string());
  return read_json(path);
}

inline std::string string_member(Json json, std::string_view key) {
  const auto member = json.find(key);
  return std::string(member && member->string() ? *member->string() : std::string_view());
}

inline bool is_byte_level(Json tokenizer) {
  for (const std::string_view section : {"pre_tokenizer", "decoder"}) {
    const auto json = tokenizer.find(section);
    if (!json) continue;
    if (string_member(*json, "type") == "ByteLevel") return true;
    const auto parts = json->find(section == "decoder" ? "decoders" : "pretokenizers");
    for (std::size_t i = 0; parts && i < parts->size(); ++i) {
      if (string_member((*parts)[i], "type") == "ByteLevel") return true;
    }
  }
  return false;
}

/// A class's sections with its placeholders filled in.
inline std::string fill_in(const TokenizerClass& c, const TokenizerConfig& config, Json tokenizer) {
  const auto model = tokenizer.find("model"), vocab = model ? model->find("vocab") : std::nullopt;
  const auto id = [&](const std::string& token) {
    const auto known = vocab ? vocab->find(token) : std::nullopt;
    return std::to_string(known ? known->integer().value_or(0) : 0);
  };
  const auto quoted = [](const std::optional<std::string>& token) {
    std::string text;
    for (const char x : token.value_or("")) {
      if (x == '"' || x == '\\') text += '\\';
      text += x;
    }
    return text;
  };
  std::string sections(c.sections);
  const auto put = [&](std::string_view what, const std::string& value) {
    for (std::size_t at = 0; (at = sections.find(what, at)) != std::string::npos; at += value.size()) {
      sections.replace(at, what.size(), value);
    }
  };
  put("$P", config.add_prefix_space.value_or(false) ? "true" : "false");
  put("$T", config.trim_offsets.value_or(true) ? "true" : "false");
  put("$sep_id", id(config.sep_token.value_or("")));
  put("$cls_id", id(config.cls_token.value_or("")));
  put("$sep_token", quoted(config.sep_token));
  put("$cls_token", quoted(config.cls_token));
  put("$unk_token", quoted(config.unk_token));
  return sections;
}

}  // namespace detail

template <Normalizer N, PreTokenizer P, TokenModel M, PostProcessor O, Decoder D>
Result<BasicTokenizer<N, P, M, O, D>> BasicTokenizer<N, P, M, O, D>::try_from_pretrained(
    const std::filesystem::path& directory) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory / "tokenizer.json", ignored)) return detail::no_tokenizer_file(directory);
  Result<JsonDocument> file = read_json(directory / "tokenizer.json");
  if (!file) return std::move(file).error();
  Result<JsonDocument> settings = detail::read_optional_json(directory / "tokenizer_config.json");
  if (!settings) return std::move(settings).error();
  Result<JsonDocument> model = detail::read_optional_json(directory / "config.json");
  if (!model) return std::move(model).error();

  std::string named = detail::string_member(settings->root(), "tokenizer_class");
  if (named.empty()) named = detail::string_member(model->root(), "tokenizer_class");
  const std::string chosen = detail::choose_tokenizer_class(named, detail::string_member(model->root(), "model_type"),
                                                            detail::is_byte_level(file->root()));
  if (std::find(detail::missing_tokenizer_classes.begin(), detail::missing_tokenizer_classes.end(), chosen) !=
      detail::missing_tokenizer_classes.end()) {
    return Error(FaultCode::unsupported, directory.string() + ": tokenizer_class: \"" + chosen +
                                             "\" builds stages that are not supported yet; Tokenizer::from_file "
                                             "takes tokenizer.json as it is");
  }
  const detail::TokenizerClass* const known = detail::find_tokenizer_class(chosen);
  std::optional<JsonDocument> defaults, sections;
  if (known) {
    Result<JsonDocument> parsed = JsonDocument::parse(known->defaults, known->name);
    if (!parsed) return std::move(parsed).error();
    defaults = *std::move(parsed);
  }
  Result<TokenizerConfig> config = TokenizerConfig::from_json(settings->root(), "tokenizer_config.json",
                                                              known ? std::optional(defaults->root()) : std::nullopt);
  if (!config) return std::move(config).error();
  if (known) {
    Result<JsonDocument> parsed =
        JsonDocument::parse(detail::fill_in(*known, *config, file->root()), known->name);
    if (!parsed) return std::move(parsed).error();
    sections = *std::move(parsed);
  }
  return try_from_json(file->root(), "tokenizer.json", *std::move(config),
                       known ? std::optional(sections->root()) : std::nullopt);
}

}  // namespace skald
