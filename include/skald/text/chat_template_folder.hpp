// The chat templates of a model's folder, and which of them is meant.
#pragma once
#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "skald/io/json.hpp"
#include "skald/text/chat_template.hpp"

namespace skald::inline SKALD_ABI {

/// Sources by name. One template alone has no name to be chosen by.
class ChatTemplates {
 public:
  struct Entry {
    std::string name, source;
  };

  ChatTemplates() = default;
  explicit ChatTemplates(std::string source) : entries_{{"default", std::move(source)}}, named_(false) {}
  explicit ChatTemplates(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  /// chat_template.jinja and additional_chat_templates/*.jinja; without them `chat_template` of tokenizer_config.json,
  /// a text or a list of {"name", "template"}. A folder without any gives an empty set. Errors: malformed, io.
  static Result<ChatTemplates> try_from_pretrained(const std::filesystem::path& directory) {
    std::error_code ignored;
    std::vector<Entry> files;
    const auto read = [&](const std::filesystem::path& path, std::string name) -> Result<void> {
      Result<MappedFile> file = MappedFile::open(path);
      if (!file) return std::move(file).error();
      files.push_back({std::move(name), std::string(file->text())});
      return {};
    };
    if (const auto path = directory / "chat_template.jinja"; std::filesystem::exists(path, ignored)) {
      if (Result<void> done = read(path, "default"); !done) return std::move(done).error();
    }
    std::vector<std::filesystem::path> more;
    std::filesystem::directory_iterator at(directory / "additional_chat_templates", ignored), end;
    for (; !ignored && at != end; at.increment(ignored)) {
      if (at->path().extension() == ".jinja") more.push_back(at->path());
    }
    std::sort(more.begin(), more.end());
    for (const std::filesystem::path& path : more) {
      if (Result<void> done = read(path, path.stem().string()); !done) return std::move(done).error();
    }
    if (files.size() == 1 && files[0].name == "default") return ChatTemplates(std::move(files[0].source));
    if (!files.empty()) return ChatTemplates(std::move(files));
    const std::filesystem::path config = directory / "tokenizer_config.json";
    if (!std::filesystem::exists(config, ignored)) return ChatTemplates();
    Result<JsonDocument> document = read_json(config);
    if (!document) return std::move(document).error();
    return from_config(document->root());
  }
  template <class Path = std::filesystem::path>
  static ChatTemplates from_pretrained(const Path& directory) {
    return unwrap(try_from_pretrained(directory));
  }

  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }

  /// As transformers' get_chat_template. `which`: a name of several templates, or a template itself; empty: "tool_use"
  /// if there are tools and such a template, else "default". Errors: not_found; what parsing gives.
  Result<ChatTemplate> try_select(std::string_view which = {}, bool with_tools = false) const {
    if (const Entry* const entry = named_ && !which.empty() ? find(which) : nullptr) return parsed(*entry);
    if (!which.empty()) return ChatTemplate::try_parse(which);
    if (empty())
      return Error(FaultCode::not_found,
                   "no chat template: neither chat_template.jinja nor tokenizer_config.json has one");
    if (!named_) return parsed(entries_[0]);
    const Entry* entry = with_tools ? find("tool_use") : nullptr;
    if (!entry) entry = find("default");
    if (entry) return parsed(*entry);
    std::vector<std::string> names;
    for (const Entry& e : entries_) names.push_back(e.name);
    std::sort(names.begin(), names.end());
    std::string message = "several chat templates and none is the default; choose one of";
    for (const std::string& name : names) message.append(&name == &names[0] ? " " : ", ").append(name);
    return Error(FaultCode::not_found, message);
  }
  template <class Name = std::string_view>
  ChatTemplate select(const Name& which = {}, bool with_tools = false) const {
    return unwrap(try_select(which, with_tools));
  }

 private:
  static Result<ChatTemplates> from_config(Json config) {
    const auto chat = config.find("chat_template");
    if (!chat || chat->is_null()) return ChatTemplates();
    if (const auto text = chat->string()) return ChatTemplates(std::string(*text));
    const auto wrong = [](std::string_view place, Json found) {
      return Error(FaultCode::malformed,
                   std::string("tokenizer_config.json: chat_template")
                       .append(place)
                       .append(": expected a string or a list of {\"name\", \"template\"}, found ")
                       .append(found.kind()));
    };
    if (!chat->is_array()) return wrong("", *chat);
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < chat->size(); ++i) {
      const auto name = (*chat)[i].find("name"), source = (*chat)[i].find("template");
      if (!name || !source || !name->is_string() || !source->is_string()) {
        return wrong("[" + std::to_string(i) + "]", (*chat)[i]);
      }
      entries.push_back({std::string(*name->string()), std::string(*source->string())});
    }
    return ChatTemplates(std::move(entries));
  }

  const Entry* find(std::string_view name) const {
    // The last of a name counts, as in a Python dict.
    const auto at = std::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& e) { return e.name == name; });
    return at == entries_.rend() ? nullptr : &*at;
  }
  Result<ChatTemplate> parsed(const Entry& entry) const {
    return ChatTemplate::try_parse(entry.source,
                                   named_ ? "chat_template \"" + entry.name + "\"" : std::string("chat_template"));
  }

  std::vector<Entry> entries_;
  bool named_ = true;
};

}  // namespace skald
