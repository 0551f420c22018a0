// The tables of a FixedTokenizer, from the folder of a model.
#pragma once
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "skald/text/split_patterns/split_pattern.hpp"
#include "skald/text/token_tables.hpp"
#include "skald/text/tokenizer.hpp"

namespace skald::inline SKALD_ABI {

/// TokenTables that own what they say, wide enough for every tokenizer.
struct OwnedTokenTables {
  using Id = std::uint32_t;

  std::string texts;
  std::vector<std::uint32_t> offsets{0};
  std::vector<Id> byte_tokens, by_text, added, special, before, after;
  std::vector<TokenMerge<Id>> merges;
  const detail::SplitPattern* pattern = nullptr;  ///< of known_split_patterns; null: text is not split

  TokenTables<Id, std::uint32_t> tables() const {
    return {texts.data(), offsets, byte_tokens.data(), merges, by_text,
            added,        special, before,             after,  pattern != nullptr,
            pattern ? pattern->words : detail::WordRules{}};
  }
};

namespace detail {

/// Reads the sections of tokenizer.json that a FixedTokenizer can follow, and says which one it cannot.
class TokenTableMaker {
 public:
  TokenTableMaker(const TokenizerFolder& folder, const Tokenizer& tokenizer) : folder_(folder), tokenizer_(tokenizer) {}

  Result<OwnedTokenTables> make() {
    check_stages();
    if (error_.empty()) read_pre_tokenizer();
    if (error_.empty()) read_added_tokens();
    if (error_.empty()) write_texts();
    if (error_.empty()) read_model();
    if (error_.empty()) find_special_tokens();
    if (!error_.empty()) return Error(FaultCode::unsupported, folder_.name + ": " + error_);
    return std::move(to_);
  }

 private:
  void refuse(std::string what, std::string_view found) {
    if (error_.empty())
      error_ = std::move(what).append(", found ").append(found).append(": a tokenizer without a heap has none. See "
                                                                       "docs/firmware.md");
  }

  /// A section, or that of the tokenizer's class; none where it is null.
  std::optional<Json> section(std::string_view name) const {
    std::optional<Json> json;
    if (folder_.sections) json = folder_.sections->root().find(name);
    if (!json) json = folder_.tokenizer.root().find(name);
    return json && !json->is_null() ? json : std::nullopt;
  }
  static std::string_view text_of(const Json& json, std::string_view name) {
    const auto member = json.find(name);
    return member ? member->string().value_or(std::string_view()) : std::string_view();
  }
  static bool flag_of(const Json& json, std::string_view name, bool otherwise) {
    const auto member = json.find(name);
    return member ? member->boolean().value_or(otherwise) : otherwise;
  }

  void check_stages() {
    if (const auto normalizer = section("normalizer"))
      refuse("normalizer: expected null", text_of(*normalizer, "type"));
    const auto decoder = section("decoder");
    if (!decoder || text_of(*decoder, "type") != "ByteLevel")
      refuse("decoder: expected ByteLevel", decoder ? text_of(*decoder, "type") : "null");
  }

  void read_pre_tokenizer() {
    const auto json = section("pre_tokenizer");
    if (!json) return refuse("pre_tokenizer: expected ByteLevel", "null");
    if (text_of(*json, "type") != "Sequence") return read_stage(*json, true);
    const auto stages = json->find("pretokenizers");
    for (std::size_t i = 0; stages && i < stages->size(); ++i) read_stage((*stages)[i], i + 1 == stages->size());
  }

  void read_stage(const Json& json, bool last) {
    const std::string_view type = text_of(json, "type");
    if (last) {
      if (type != "ByteLevel") return refuse("pre_tokenizer: expected ByteLevel", type);
      if (flag_of(json, "add_prefix_space", true)) refuse("pre_tokenizer.add_prefix_space: expected false", "true");
      if (flag_of(json, "use_regex", true)) use(&known_split_patterns[0]);
      return;
    }
    if (type != "Split") return refuse("pre_tokenizer: expected Split before ByteLevel", type);
    const auto pattern = json.find("pattern");
    const std::string_view regex = pattern ? text_of(*pattern, "Regex") : std::string_view();
    const SplitPattern* const known = find_split_pattern(regex);
    if (text_of(json, "behavior") != "Isolated" || flag_of(json, "invert", false) || !known || !known->ranges.empty() ||
        known->run.most > 0)
      return refuse("pre_tokenizer.pattern: expected one of words, which is known", regex);
    use(known);
  }

  void use(const SplitPattern* pattern) {
    if (to_.pattern) refuse("pre_tokenizer: expected one pattern", "two");
    to_.pattern = pattern;
  }

  void read_added_tokens() {
    const std::vector<AddedToken>& list = tokenizer_.added_tokens().tokens();
    for (const AddedToken& token : list) {
      const std::string where = "added_tokens: " + token.content;
      if (token.single_word || token.lstrip || token.rstrip)
        return refuse(where + ": expected neither single_word nor lstrip nor rstrip", "one of them");
      if (token.normalized != list[0].normalized)
        return refuse(where + ": expected tokens that are all normalized or all not", "both");
      if (token.content.empty()) continue;
      to_.added.push_back(OwnedTokenTables::Id(token.id));
      if (token.special) to_.special.push_back(OwnedTokenTables::Id(token.id));
    }
    std::sort(to_.special.begin(), to_.special.end());
  }

  /// What each token spells; an added one is written as it is.
  void write_texts() {
    const auto tokens = token_id(tokenizer_.vocab_size());
    for (token_id t = 0; t < tokens; ++t) {
      const auto name = tokenizer_.id_to_token(t);
      const bool added = std::find(to_.added.begin(), to_.added.end(), OwnedTokenTables::Id(t)) != to_.added.end();
      if (name && (added || !append_bytes_of(to_.texts, *name))) to_.texts.append(*name);
      to_.texts.push_back('\0');
      to_.offsets.push_back(std::uint32_t(to_.texts.size()));
    }
  }

  OwnedTokenTables::Id id_of(std::string_view name) {
    const auto id = tokenizer_.model().token_to_id(name);
    if (!id) refuse("model.merges: expected tokens of the vocabulary", name);
    return OwnedTokenTables::Id(id.value_or(0));
  }

  void read_model() {
    const auto model = folder_.tokenizer.root().find("model");
    const auto list = model ? model->find("merges") : std::nullopt;
    if (!list || !list->is_array()) return refuse("model: expected BPE", model ? text_of(*model, "type") : "null");
    for (const char* name : {"unk_token", "continuing_subword_prefix", "end_of_word_suffix"})
      if (const std::string_view value = text_of(*model, name); !value.empty())
        refuse(std::string("model.").append(name).append(": expected null"), value);
    if (flag_of(*model, "byte_fallback", false)) refuse("model.byte_fallback: expected false", "true");
    for (std::size_t i = 0; i < list->size() && error_.empty(); ++i) {
      const Json merge = (*list)[i];
      std::string_view left, right;
      if (merge.is_array() && merge.size() == 2) {
        left = merge[0].string().value_or(""), right = merge[1].string().value_or("");
      } else {
        const std::string_view pair = merge.string().value_or("");
        const std::size_t space = std::min(pair.find(' '), pair.size());
        left = pair.substr(0, space), right = pair.substr(std::min(space + 1, pair.size()));
      }
      to_.merges.push_back({id_of(left), id_of(right), OwnedTokenTables::Id(i),
                            id_of(std::string(left).append(right))});
    }
    std::stable_sort(to_.merges.begin(), to_.merges.end(), [](const auto& a, const auto& b) {
      return std::tie(a.left, a.right, a.rank) < std::tie(b.left, b.right, b.rank);
    });
    const auto same = [](const auto& a, const auto& b) { return a.left == b.left && a.right == b.right; };
    std::reverse(to_.merges.begin(), to_.merges.end());  // of a pair that stands there twice the last rank counts
    to_.merges.erase(std::unique(to_.merges.begin(), to_.merges.end(), same), to_.merges.end());
    std::reverse(to_.merges.begin(), to_.merges.end());
    index_bytes();
    if (flag_of(*model, "ignore_merges", false)) index_texts();
  }

  void index_bytes() {
    for (unsigned b = 0; b < 256; ++b) {
      std::string name;
      append_byte_level(name, char(b));
      const auto id = tokenizer_.model().token_to_id(name);
      to_.byte_tokens.push_back(id ? OwnedTokenTables::Id(*id) : OwnedTokenTables::Id(-1));
    }
  }

  /// The ids of the model's own tokens by their bytes.
  void index_texts() {
    const auto tables = to_.tables();
    for (std::size_t t = 0; t < tokenizer_.model().vocab_size(); ++t) {
      std::string bytes;
      const auto name = tokenizer_.model().id_to_token(token_id(t));
      if (name && !name->empty() && append_bytes_of(bytes, *name) && bytes == tables.bytes(token_id(t)))
        to_.by_text.push_back(OwnedTokenTables::Id(t));
    }
    std::sort(to_.by_text.begin(), to_.by_text.end(), [&](auto a, auto b) {
      return tables.bytes(token_id(a)) < tables.bytes(token_id(b));
    });
  }

  /// What the post-processor puts around a text.
  void find_special_tokens() {
    EncodeOptions plain;
    plain.add_special_tokens = false;
    const auto with = tokenizer_.try_encode("a"), without = tokenizer_.try_encode("a", plain);
    if (!with || !without || without->ids.size() != 1)
      return refuse("model: expected a token for the letter a", "none");
    const auto at = std::find(with->ids.begin(), with->ids.end(), without->ids[0]);
    to_.before.assign(with->ids.begin(), at);
    if (at != with->ids.end()) to_.after.assign(at + 1, with->ids.end());
  }

  const TokenizerFolder& folder_;
  const Tokenizer& tokenizer_;
  OwnedTokenTables to_;
  std::string error_;
};

}  // namespace detail

/// Byte-level BPE without a normalizer, whose pattern is one of GPT-2's kin. Errors: what reading a tokenizer gives,
/// unsupported (a stage that a FixedTokenizer cannot follow, by its name).
inline Result<OwnedTokenTables> make_token_tables(const std::filesystem::path& directory) {
  auto tokenizer = Tokenizer::try_from_pretrained(directory);
  if (!tokenizer) return std::move(tokenizer).error();
  auto folder = detail::read_tokenizer_folder(directory);
  if (!folder) return std::move(folder).error();
  return detail::TokenTableMaker(*folder, *tokenizer).make();
}

}  // namespace skald
