// The sections of a tokenizer_class, filled in for one folder.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/text/conversion/json_text.hpp"
#include "skald/text/tokenizer_class.hpp"
#include "skald/text/tokenizer_config.hpp"
#include "skald/text/tokenizer_file.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

class TokenizerSections {
 public:
  /// `settings` is tokenizer_config.json, `config` what was read from it; `tokenizer` is tokenizer.json, or what was
  /// `converted` into one.
  TokenizerSections(const TokenizerConfig& config, Json settings, Json tokenizer, bool converted)
      : config_(config), settings_(settings), tokenizer_(tokenizer), converted_(converted) {}

  /// tokenizer_class.hpp has the table of what stands behind a '$'.
  std::string fill_in(std::string_view sections) const {
    std::string text;
    for (;;) {
      const std::size_t dollar = std::min(sections.find('$'), sections.size());
      text.append(sections.substr(0, dollar));
      if (dollar == sections.size()) return text;
      sections.remove_prefix(dollar + 1);
      std::size_t n = 0;
      while (n < sections.size() && ((sections[n] >= 'a' && sections[n] <= 'z') || sections[n] == '_')) ++n;
      text += value(sections.substr(0, n));
      sections.remove_prefix(n);
    }
  }

 private:
  static std::string boolean(bool value) { return value ? "true" : "false"; }

  std::string flag(std::string_view key, std::string_view otherwise) const {
    const auto member = settings_.find(key);
    return member && member->is_boolean() ? boolean(*member->boolean()) : std::string(otherwise);
  }

  std::string value(std::string_view name) const {
    const bool prefix = config_.add_prefix_space.value_or(true);
    if (name == "add_prefix_space") return boolean(config_.add_prefix_space.value_or(false));
    if (name == "trim_offsets") return boolean(config_.trim_offsets.value_or(true));
    if (name == "do_lower_case" || name == "tokenize_chinese_chars") return flag(name, "true");
    if (name == "strip_accents") return flag(name, "null");
    if (name == "prefix_scheme") return prefix ? "\"always\"" : "\"never\"";
    if (name == "llama_scheme") return !prefix ? "\"never\"" : is_legacy() ? "\"always\"" : "\"first\"";
    if (name == "llama_strip") return prefix ? R"(, {"type": "Strip", "content": " ", "start": 1, "stop": 0})" : "";
    if (name == "charsmap") return charsmap();
    if (name == "template") return bos_eos_template();
    const bool id = name.ends_with("_id");
    if (id) name.remove_suffix(3);
    const std::optional<std::string>* const token = named(name);
    if (id) return std::to_string(token && *token ? id_of(**token) : 0);
    return token && *token ? json_string(**token) : "null";
  }

  /// Python's: what is there and is no `false` counts, be it null.
  bool is_legacy() const {
    const auto member = settings_.find("legacy");
    return member && member->boolean().value_or(true);
  }

  /// "bos" for bos_token.
  const std::optional<std::string>* named(std::string_view name) const {
    for (const auto& [full, member] : TokenizerConfig::named) {
      if (full.starts_with(name) && full.substr(name.size()) == "_token") return &(config_.*member);
    }
    return nullptr;
  }

  /// The first Precompiled normalizer of the file.
  std::string charsmap() const {
    const auto normalizer = tokenizer_.find("normalizer");
    const auto parts = normalizer ? normalizer->find("normalizers") : std::nullopt;
    for (std::size_t i = 0; normalizer && i < (parts ? parts->size() : 1); ++i) {
      const Json part = parts ? (*parts)[i] : *normalizer;
      const auto type = part.find("type"), map = part.find("precompiled_charsmap");
      if (!type || type->string() != "Precompiled" || !map || !map->is_string()) continue;
      return std::string(R"({"type": "Precompiled", "precompiled_charsmap": )").append(json_string(*map->string()))
          .append("}");
    }
    return "null";
  }

  /// [bos] $A [eos], and for two texts [bos] $A [eos] [bos]:1 $B:1 [eos]:1. Where there is a tokenizer.json, its
  /// post-processor decides and not these two settings.
  std::string bos_eos_template() const {
    const bool bos = converted_ && config_.add_bos_token.value_or(false) && config_.bos_token;
    const bool eos = converted_ && config_.add_eos_token.value_or(false) && config_.eos_token;
    if (!bos && !eos) return "null";
    std::string special;
    const auto define = [&](const std::string& token) {
      const std::string text = json_string(token);
      special.append(special.empty() ? "" : ", ").append(text).append(": {\"id\": ").append(text).append(", \"ids\": [")
          .append(std::to_string(id_of(token))).append("], \"tokens\": [").append(text).append("]}");
    };
    if (bos) define(*config_.bos_token);
    if (eos) define(*config_.eos_token);
    const auto part = [&](std::string_view sequence, std::string_view type_id) {
      std::string text;
      const auto piece = [&](std::string_view kind, const std::string& id) {
        text.append(text.empty() ? "" : ", ").append("{\"").append(kind).append("\": {\"id\": ").append(id)
            .append(", \"type_id\": ").append(type_id).append("}}");
      };
      if (bos) piece("SpecialToken", json_string(*config_.bos_token));
      piece("Sequence", json_string(sequence));
      if (eos) piece("SpecialToken", json_string(*config_.eos_token));
      return text;
    };
    const std::string a = part("A", "0");
    return std::string(R"({"type": "TemplateProcessing", "single": [)").append(a).append("], \"pair\": [").append(a)
        .append(", ").append(part("B", "1")).append("], \"special_tokens\": {").append(special).append("}}");
  }

  std::optional<std::size_t> id_in_vocabulary(Json vocab, const std::string& token) const {
    if (vocab.is_object()) {
      const auto id = vocab.find(token);
      return id && id->integer() ? std::optional<std::size_t>(*id->integer()) : std::nullopt;
    }
    for (std::size_t i = vocab.size(); i-- > 0;) {
      if (vocab[i].is_array() && vocab[i].size() > 0 && vocab[i][0].string() == token) return i;
    }
    return std::nullopt;
  }

  /// What AddedTokens will give it.
  std::size_t id_of(const std::string& token) const {
    const auto model = tokenizer_.find("model"), vocab = model ? model->find("vocab") : std::nullopt;
    if (!vocab) return 0;
    if (const auto known = id_in_vocabulary(*vocab, token)) return *known;
    JsonFields fields(tokenizer_, "");
    std::vector<AddedToken> list;
    read_added_tokens(fields, list);  // what is wrong with them is said when they are read in earnest
    list = config_.merged(std::move(list));
    std::size_t next = vocab->size();
    for (std::size_t i = 0; i < list.size() && list[i].content != token; ++i) {
      bool is_new = !list[i].content.empty() && !id_in_vocabulary(*vocab, list[i].content);
      for (std::size_t k = 0; k < i && is_new; ++k) is_new = list[k].content != list[i].content;
      next += is_new;
    }
    return next;
  }

  const TokenizerConfig& config_;
  Json settings_, tokenizer_;
  bool converted_;
};

}  // namespace detail
}  // namespace skald
