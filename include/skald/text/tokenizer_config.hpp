// tokenizer_config.json: what transformers knows about a tokenizer beyond tokenizer.json.
#pragma once
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/added_tokens.hpp"
#include "skald/text/encoding.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {

/// The members that matter here, by their names there; others are passed over.
struct TokenizerConfig {
  std::optional<std::string> bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token;
  std::vector<std::string> additional_special_tokens;  ///< and extra_special_tokens
  /// User-defined pieces of a SentencePiece model: transformers lists them as special, and reads them as text.
  std::vector<std::string> user_defined_tokens;
  std::vector<AddedToken> added_tokens;                ///< of added_tokens_decoder, by id; named tokens with flags

  std::optional<std::int32_t> model_max_length;  ///< none: no limit known
  Side padding_side = Side::right, truncation_side = Side::right;
  bool clean_up_tokenization_spaces = false;
  std::optional<bool> add_prefix_space, trim_offsets, add_bos_token, add_eos_token;
  /// Whether a model with token types is told Encoding::type_ids: model_input_names. Where the folder does not say, as
  /// the version of transformers that wrote it: 4 does, 5 ("TokenizersBackend") does not.
  bool gives_type_ids = true;

  bool of_transformers = false;  ///< read from a folder: encodings are transformers', not those of tokenizer.json alone
  std::string tokenizer_class;
  std::string chat_template;                                         ///< as text
  std::vector<std::pair<std::string, std::string>> chat_templates;   ///< named ones

  /// `defaults` is where members are looked for that are not there at all; `special_tokens_map` is the older file of
  /// that name, whose tokens count first. Errors (malformed): a member of another kind than it should have.
  static Result<TokenizerConfig> from_json(Json json, const std::string& name, std::optional<Json> defaults = {},
                                           std::optional<Json> special_tokens_map = {}) {
    JsonFields fields(json, name + ": ");
    TokenizerConfig config;
    config.of_transformers = true;
    if (fields.failed()) return fields.finish(std::move(config));
    JsonFields map(special_tokens_map.value_or(json), "special_tokens_map.json: ");
    config.read_named_tokens(fields, json, defaults, map, special_tokens_map);
    config.read_extra_tokens(fields);
    if (special_tokens_map && config.additional_special_tokens.empty()) config.read_extra_tokens(map);
    fields.fail_with(map);
    config.read_added_tokens(fields);
    // Written as 1000000000000000019884624838656 where nobody knows.
    if (const auto length = fields.find("model_max_length"); length && length->integer().value_or(0) > 0) {
      config.model_max_length = JsonFields::as_int32(*length);
    }
    config.padding_side = read_side(fields, "padding_side");
    if (defaults && defaults->find("padding_side") && !json.find("padding_side")) config.padding_side = Side::left;
    config.truncation_side = read_side(fields, "truncation_side");
    config.clean_up_tokenization_spaces = fields.boolean("clean_up_tokenization_spaces", false);
    for (const auto& [key, flag] : {std::pair{"add_prefix_space", &TokenizerConfig::add_prefix_space},
                                    std::pair{"trim_offsets", &TokenizerConfig::trim_offsets},
                                    std::pair{"add_bos_token", &TokenizerConfig::add_bos_token},
                                    std::pair{"add_eos_token", &TokenizerConfig::add_eos_token}}) {
      if (fields.find(key)) config.*flag = fields.boolean(key);
    }
    config.tokenizer_class = fields.string("tokenizer_class", "");
    config.gives_type_ids = config.tokenizer_class != "TokenizersBackend";
    if (const auto names = fields.find("model_input_names"); names && names->is_array()) {
      config.gives_type_ids = false;
      for (std::size_t i = 0; i < names->size(); ++i) config.gives_type_ids |= (*names)[i].string() == "token_type_ids";
    }
    config.read_chat_template(fields);
    return fields.finish(std::move(config));
  }

  /// The tokens with a name, in transformers' order.
  static constexpr std::array<std::pair<std::string_view, std::optional<std::string> TokenizerConfig::*>, 7> named{{
      {"bos_token", &TokenizerConfig::bos_token}, {"eos_token", &TokenizerConfig::eos_token},
      {"unk_token", &TokenizerConfig::unk_token}, {"sep_token", &TokenizerConfig::sep_token},
      {"pad_token", &TokenizerConfig::pad_token}, {"cls_token", &TokenizerConfig::cls_token},
      {"mask_token", &TokenizerConfig::mask_token},
  }};

  /// Whether there is a token of that name; it is `content` now.
  bool set_named_token(std::string_view name, std::string_view content) {
    for (const auto& [known, member] : named) {
      if (known == name) {
        this->*member = std::string(content);
        return true;
      }
    }
    return false;
  }

  /// Those with a name and the additional ones, each once.
  std::vector<std::string> all_special_tokens() const {
    std::vector<std::string> all;
    const auto add = [&](const std::string& content) {
      if (std::find(all.begin(), all.end(), content) == all.end()) all.push_back(content);
    };
    for (const auto& [name, member] : named) {
      if (this->*member) add(*(this->*member));
    }
    for (const std::string& content : additional_special_tokens) add(content);
    for (const std::string& content : user_defined_tokens) add(content);
    return all;
  }

  /// tokenizer.json's list followed by what this file adds: entries with other flags, then named tokens that the list
  /// lacks. A token with a name is special.
  std::vector<AddedToken> merged(std::vector<AddedToken> list) const {
    for (const AddedToken& token : added_tokens) {
      if (token.id >= 0) list.push_back(token);
    }
    const auto add = [&](const std::string& content) {
      bool found = false;
      for (AddedToken& token : list) {
        if (token.content != content) continue;
        found = token.special = true;
      }
      if (found) return;
      AddedToken token;
      token.content = content;
      for (const AddedToken& other : added_tokens) {
        if (other.content == content) token = other;  // its flags count where nobody else has said them
      }
      token.special = true;
      list.push_back(token);
    };
    for (const auto& [name, member] : named) {
      if (this->*member) add(*(this->*member));
    }
    for (const std::string& content : additional_special_tokens) add(content);
    return list;
  }

 private:
  /// A token is written as a string or as an object with its flags.
  std::optional<std::string> read_token(JsonFields& fields, std::string_view key, Json json) {
    if (const auto text = json.string()) return std::string(*text);
    JsonFields members(json, fields.place(key));
    AddedToken token;
    token.read(members, false);
    fields.fail_with(members);
    if (members.failed()) return std::nullopt;
    std::string content = token.content;
    token.special = true;
    added_tokens.push_back(std::move(token));
    return content;
  }

  void read_named_tokens(JsonFields& fields, Json json, const std::optional<Json>& defaults, JsonFields& map_fields,
                         const std::optional<Json>& map) {
    for (const auto& [name, member] : named) {
      std::optional<Json> token = map ? map->find(name) : std::nullopt;
      JsonFields& place = token ? map_fields : fields;
      if (!token) token = json.find(name);
      if (!token && defaults) token = defaults->find(name);
      if (token && !token->is_null()) this->*member = read_token(place, name, *token);
    }
  }

  void read_extra_tokens(JsonFields& fields) {
    for (const std::string_view key : {"additional_special_tokens", "extra_special_tokens"}) {
      const auto list = fields.find(key);
      if (list && !list->is_array() && !list->is_object()) fields.fail(fields.place(key), "an array", list);
      for (std::size_t i = 0; list && i < list->size(); ++i) {
        if (auto token = read_token(fields, key, (*list)[i])) additional_special_tokens.push_back(*std::move(token));
      }
    }
  }

  void read_added_tokens(JsonFields& fields) {
    const auto list = fields.find("added_tokens_decoder");
    std::vector<AddedToken> read;
    detail::IdPlaces places;
    for (std::size_t i = 0; list && i < list->size() && list->is_object(); ++i) {
      const std::string place = fields.place("added_tokens_decoder").append(".").append(list->key(i));
      JsonFields members((*list)[i], place);
      AddedToken token;
      token.read(members, false);
      fields.fail_with(members);
      const std::string_view id = list->key(i);
      if (std::from_chars(id.data(), id.data() + id.size(), token.id).ec != std::errc()) {
        fields.fail(FaultCode::malformed, place + ": expected an id for a name");
      }
      places.push_back({token.id, std::uint32_t(i)});
      read.push_back(std::move(token));
    }
    detail::sort_by_id(places);
    std::vector<AddedToken> sorted;
    for (const auto& [id, i] : places) sorted.push_back(std::move(read[i]));
    for (AddedToken& token : added_tokens) sorted.push_back(std::move(token));
    added_tokens = std::move(sorted);
  }

  static Side read_side(JsonFields& fields, std::string_view key) {
    const std::string side = fields.string(key, "right");
    if (!fields.failed() && side != "left" && side != "right") {
      fields.fail(fields.place(key), "\"left\" or \"right\"", fields.find(key));
    }
    return side == "left" ? Side::left : Side::right;
  }

  void read_chat_template(JsonFields& fields) {
    const auto chat = fields.find("chat_template");
    if (!chat) return;
    if (const auto text = chat->string()) {
      chat_template = *text;
      return;
    }
    if (!chat->is_array()) return fields.fail(fields.place("chat_template"), "a string or an array", chat);
    for (std::size_t i = 0; i < chat->size(); ++i) {
      JsonFields entry((*chat)[i], fields.place("chat_template", i));
      std::string name = entry.string("name"), text = entry.string("template");
      fields.fail_with(entry);
      if (name == "default") chat_template = text;
      chat_templates.emplace_back(std::move(name), std::move(text));
    }
  }
};

}  // namespace skald
