// Loading a tokenizer from a model's folder, as AutoTokenizer.from_pretrained does.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "skald/text/basic_tokenizer.hpp"
#include "skald/text/conversion/slow_files.hpp"
#include "skald/text/model_tokenizers.hpp"
#include "skald/text/tokenizer_sections.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// What BasicTokenizer::try_from_json needs.
struct TokenizerFolder {
  std::string name;       // of the file that `tokenizer` comes from
  JsonDocument tokenizer;
  TokenizerConfig config;
  std::optional<JsonDocument> sections;
};

inline bool has_file(const std::filesystem::path& directory, std::string_view name) {
  std::error_code ignored;
  return std::filesystem::exists(directory / name, ignored);
}

/// A file of the folder; {} if it is not there.
inline Result<JsonDocument> read_optional_json(const std::filesystem::path& directory, std::string_view name) {
  if (!has_file(directory, name)) return JsonDocument();
  return read_json(directory / name);
}

inline std::string string_member(Json json, std::string_view key) {
  const auto member = json.find(key);
  return std::string(member && member->string() ? *member->string() : std::string_view());
}

/// What a folder without tokenizer.json is made into, or what it lacks for that.
inline Result<const TokenizerClass*> class_of_slow_files(const std::filesystem::path& directory,
                                                         const std::string& chosen) {
  const bool generic = names_word("  PreTrainedTokenizer TokenizersBackend ", chosen);
  const TokenizerClass* const c = generic ? &generic_tokenizer_class : find_tokenizer_class(chosen);
  const auto has_all = [&](std::string_view names) {
    const std::size_t space = std::min(names.find(' '), names.size());
    return has_file(directory, names.substr(0, space)) &&
           (space == names.size() || has_file(directory, names.substr(space + 1)));
  };
  if (c != nullptr && (has_all(c->files) || (c->files != "vocab.txt" && has_file(directory, "tokenizer.model")))) {
    return c;
  }
  std::string message = directory.string() + ": no tokenizer.json";
  if (c != nullptr && !generic) {
    message.append(", and not what ").append(chosen).append(" is made from instead: ").append(c->files);
    return Error(FaultCode::not_found, std::move(message));
  }
  std::string found;
  for (const char* const name : {"vocab.json", "merges.txt", "vocab.txt", "tokenizer.model", "spiece.model",
                                 "sentencepiece.bpe.model"}) {
    if (has_file(directory, name)) found.append(found.empty() ? "" : " and ").append(name);
  }
  if (found.empty()) return Error(FaultCode::not_found, std::move(message));
  message.append("; ").append(found);
  if (generic) message.append(" need a \"tokenizer_class\" in tokenizer_config.json that says what they are");
  else message.append(" of the class ").append(chosen).append(" cannot be read yet: load the folder with transformers' "
                      "AutoTokenizer and save_pretrained() it, which writes tokenizer.json");
  return Error(FaultCode::unsupported, std::move(message));
}

/// added_tokens.json of older folders: {"token": id}. They stand before all others, in the order of ids.
inline Result<void> add_older_tokens(Json json, TokenizerConfig& config) {
  JsonFields fields(json, "added_tokens.json: ");
  IdPlaces places;
  for (std::size_t i = 0; json.is_object() && i < json.size(); ++i) {
    places.push_back({fields.integer(json.key(i)), std::uint32_t(i)});
  }
  sort_by_id(places);
  std::vector<AddedToken> tokens;
  for (const auto& [id, i] : places) {
    AddedToken token;
    token.id = id;
    token.content = json.key(i);
    for (const auto& [name, member] : TokenizerConfig::named) token.special |= config.*member == token.content;
    for (const std::string& extra : config.additional_special_tokens) token.special |= extra == token.content;
    token.normalized = !token.special;
    tokens.push_back(std::move(token));
  }
  for (AddedToken& token : config.added_tokens) tokens.push_back(std::move(token));
  config.added_tokens = std::move(tokens);
  if (fields.failed()) return fields.finish(0).error();
  return {};
}

/// T5's `extra_ids`: how many tokens <extra_id_0>, <extra_id_1>, ... there are.
inline Result<std::int32_t> read_extra_ids(Json settings, const TokenizerClass* c) {
  if (c == nullptr || c->name != "T5Tokenizer") return 0;
  constexpr std::int32_t most = 100000;
  JsonFields fields(settings, "tokenizer_config.json: ");
  const std::int32_t n = fields.integer("extra_ids", 100);
  if (n > most) fields.fail(fields.place("extra_ids"), "at most 100000", fields.find("extra_ids"));
  return fields.finish(n);
}

/// What tokenizer_config.json leaves open the file's own truncation and padding say.
inline void read_file_defaults(Json tokenizer, Json settings, TokenizerConfig& config) {
  const auto side = [&](std::string_view section, std::string_view key, Side& to) {
    const auto json = tokenizer.find(section);
    if (!json || !json->is_object() || settings.find(key)) return;
    to = string_member(*json, "direction") == "Left" ? Side::left : Side::right;
  };
  side("truncation", "truncation_side", config.truncation_side);
  side("padding", "padding_side", config.padding_side);
  const auto padding = tokenizer.find("padding");
  if (padding && padding->is_object() && !config.pad_token) config.pad_token = string_member(*padding, "pad_token");
}

inline Result<TokenizerFolder> read_tokenizer_folder(const std::filesystem::path& directory) {
  const auto read = [&](const char* name) { return read_optional_json(directory, name); };
  Result<JsonDocument> settings_file = read("tokenizer_config.json"), model_file = read("config.json");
  if (!settings_file) return std::move(settings_file).error();
  if (!model_file) return std::move(model_file).error();
  const Json settings = settings_file->root(), model = model_file->root();
  // Newer folders have all of these in tokenizer_config.json.
  const bool older = !settings.find("added_tokens_decoder");
  Result<JsonDocument> map_file = older ? read("special_tokens_map.json") : JsonDocument();
  if (!map_file) return std::move(map_file).error();

  TokenizerFolder folder{"tokenizer.json", {}, {}, {}};
  const bool converted = !has_file(directory, folder.name);
  bool byte_level = false;
  if (!converted) {
    Result<MappedFile> file = MappedFile::open(directory / folder.name);
    if (!file) return std::move(file).error();
    byte_level = file->text().find("\"ByteLevel\"") != std::string_view::npos;
    Result<JsonDocument> tokenizer = JsonDocument::parse(file->text(), (directory / folder.name).string());
    if (!tokenizer) return std::move(tokenizer).error();
    folder.tokenizer = *std::move(tokenizer);
  }

  std::string named = string_member(settings, "tokenizer_class");
  if (named.empty()) named = string_member(model, "tokenizer_class");
  const std::string chosen = choose_tokenizer_class(named, string_member(model, "model_type"), byte_level);
  const TokenizerClass* known = find_tokenizer_class(chosen);
  std::optional<SlowFiles> slow;
  if (converted) {
    Result<const TokenizerClass*> made = class_of_slow_files(directory, chosen);
    if (!made) return std::move(made).error();
    known = *made;
    Result<SlowFiles> files = SlowFiles::open(directory, *known);
    if (!files) return std::move(files).error();
    slow = *std::move(files);
    folder.name = slow->name();
  }

  std::optional<JsonDocument> defaults;
  if (known != nullptr) {
    Result<JsonDocument> parsed = JsonDocument::parse(slow ? slow->defaults(*known) : known->defaults, chosen);
    if (!parsed) return std::move(parsed).error();
    defaults = *std::move(parsed);
  }
  Result<TokenizerConfig> config =
      TokenizerConfig::from_json(settings, "tokenizer_config.json",
                                 defaults ? std::optional(defaults->root()) : std::nullopt,
                                 map_file->root().size() > 0 ? std::optional(map_file->root()) : std::nullopt);
  if (!config) return std::move(config).error();
  folder.config = *std::move(config);
  // What special_tokens_map.json says of them gives way to the pieces of a SentencePiece model.
  const auto lists = [&](Json json, std::string_view key) { return json.find(key).has_value(); };
  if (slow && slow->is_sentence_piece() && !lists(settings, "additional_special_tokens") &&
      !lists(settings, "extra_special_tokens") && !lists(map_file->root(), "extra_special_tokens")) {
    folder.config.additional_special_tokens.clear();
  }
  const bool has_extra = !folder.config.additional_special_tokens.empty();
  const Result<std::int32_t> extra_ids = read_extra_ids(settings, known);
  if (!extra_ids) return extra_ids.error();
  for (std::int32_t i = 0; i < *extra_ids && !has_extra; ++i) {
    folder.config.additional_special_tokens.push_back("<extra_id_" + std::to_string(i) + ">");
  }

  if (slow) {
    const Result<JsonDocument> tokens = older ? read("added_tokens.json") : JsonDocument();
    if (!tokens) return tokens.error();
    if (Result<void> done = add_older_tokens(tokens->root(), folder.config); !done) return std::move(done).error();
    const Result<std::string> json = slow->tokenizer_json(*known, folder.config, *extra_ids, !has_extra);
    if (!json) return json.error();
    Result<JsonDocument> parsed = JsonDocument::parse(*json, folder.name);
    if (!parsed) return std::move(parsed).error();
    folder.tokenizer = *std::move(parsed);
    const auto pieces = folder.tokenizer.root().find("added_tokens");
    for (std::size_t i = 0; slow->is_sentence_piece() && pieces && i < pieces->size(); ++i) {
      const auto special = (*pieces)[i].find("special");
      if (special && special->boolean() != true) {
        folder.config.user_defined_tokens.push_back(string_member((*pieces)[i], "content"));
      }
    }
  }
  read_file_defaults(folder.tokenizer.root(), settings, folder.config);
  if (known != nullptr) {
    const TokenizerSections sections(folder.config, settings, folder.tokenizer.root(), converted);
    // Of two members of one name the last counts: most classes leave the post-processor open.
    std::string text = sections.fill_in(known->sections);
    if (converted) text.replace(text.find('{'), 1, sections.fill_in("{\"post_processor\": $template, "));
    else if (!older) text.replace(text.find('{'), 1, "{\"added_tokens\": null, ");  // added_tokens_decoder has all
    Result<JsonDocument> parsed = JsonDocument::parse(text, chosen);
    if (!parsed) return std::move(parsed).error();
    folder.sections = *std::move(parsed);
  }
  return folder;
}

}  // namespace detail

template <Normalizer N, PreTokenizer P, TokenModel M, PostProcessor O, Decoder D>
Result<BasicTokenizer<N, P, M, O, D>> BasicTokenizer<N, P, M, O, D>::try_from_pretrained(
    const std::filesystem::path& directory) {
  Result<detail::TokenizerFolder> folder = detail::read_tokenizer_folder(directory);
  if (!folder) return std::move(folder).error();
  return try_from_json(folder->tokenizer.root(), folder->name, std::move(folder->config),
                       folder->sections ? std::optional(folder->sections->root()) : std::nullopt);
}

}  // namespace skald
