// Reads a folder of recorded chat templates (tests/golden/chat_templates, whose README.md says what stands where) and
// compares. Every case is told as f(name, what differs); nothing differs: an empty text.
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/rendering.hpp"
#include "skald/text/apply_chat_template.hpp"
#include "skald/text/chat_template_folder.hpp"
#include "skald/text/tokenizer.hpp"

namespace golden {

class ChatFolder {
 public:
  explicit ChatFolder(std::filesystem::path folder)
      : folder_(std::move(folder)), conversations_(skald::unwrap(skald::read_json(folder_ / "conversations.json"))) {}

  /// Small templates: expressions, statements, filters, tests, and what they raise.
  template <class F>
  void expressions(F f) const {
    const auto cases = unwrap(skald::read_json(folder_ / "jinja_expressions.json", {.nan = true}));
    for (std::size_t i = 0; i < cases.root().size(); ++i) {
      const Json one = cases.root()[i];
      const std::string source(*one[0].string());
      f("expressions." + std::to_string(i), expression(source, one[1], one[2]));
    }
  }

  /// Templates in the style of known models.
  template <class F>
  void templates(F f) const {
    for (const auto& file : std::filesystem::directory_iterator(folder_ / "expected")) {
      const std::string name = file.path().stem().string();
      const auto chat = skald::ChatTemplate::try_parse(source(name + ".jinja"), name);
      const auto cases = unwrap(skald::read_json(file.path(), {.nan = true}));
      for (std::size_t i = 0; i < cases.root().size(); ++i) {
        f(name + "." + std::to_string(i), chat ? rendering(*chat, cases.root()[i]) : chat.error().message());
      }
    }
  }

  /// transformers' apply_chat_template with the tokenizers of another folder.
  template <class F>
  void tokenized(const std::filesystem::path& tokenizers, F f) const {
    const auto cases = unwrap(skald::read_json(folder_ / "tokenized_expected.json"));
    std::map<std::string, skald::Result<skald::Tokenizer>> loaded;
    for (std::size_t i = 0; i < cases.root().size(); ++i) {
      const Json one = cases.root()[i];
      const std::string name(*one.find("tokenizer")->string());
      const auto at = loaded.try_emplace(name, skald::Tokenizer::try_from_pretrained(tokenizers / name)).first;
      f("apply_chat_template." + std::to_string(i) + "." + name, call(at->second, one));
    }
  }

 private:
  using Json = skald::Json;

  static std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string source(std::string_view name) const { return read_text(folder_ / "templates" / name); }

  Json named(const char* kind, Json name) const { return *conversations_.root().find(kind)->find(*name.string()); }
  std::optional<Json> named_if(const char* kind, std::optional<Json> name) const {
    return name ? std::optional(named(kind, *name)) : std::nullopt;
  }

  skald::ChatOptions options_of(Json one) const {
    skald::ChatOptions options;
    options.now = clock;
    const auto prompt = one.find("add_generation_prompt");
    options.add_generation_prompt = prompt && prompt->boolean() == true;
    if (const auto field = one.find("continue_final_message")) {
      options.continue_final_message = field->string() ? *field->string() : field->boolean() == true ? "content" : "";
    }
    options.tools = named_if("tools", one.find("tools"));
    options.documents = named_if("documents", one.find("documents"));
    options.variables = one.find("variables");
    return options;
  }

  static std::string differs(const std::string& expected, const std::string& found) {
    return expected == found ? std::string() : "expected " + expected + ", found " + found;
  }

  static std::string expression(const std::string& source, Json variables, Json expected) {
    const auto got = render(source, variables);
    const std::string found = got ? got->text : without_place(got.error().message()), where = source + ": ";
    if (const auto text = expected.string()) {
      // An address or a Python type: nobody can rely on what is printed.
      if (got && (text->find("0xADDR") != text->npos || found == *text)) return {};
      return where + differs(std::string(*text), found + " ");
    }
    const Json error = *expected.find("error");
    const std::string kind(*error[0].string()), words(*error[1].string());
    const bool raised = kind == "TemplateError";
    if (!got && (raised ? found == words : found.starts_with(kind + ": "))) return {};
    return where + "expected " + kind + ": " + words + ", found " + found;
  }

  /// What an error must be: raise_exception's own words, else the class; checks of arguments have a code here.
  static std::string compare_error(const skald::Error& got, Json expected) {
    const std::string kind(*expected[0].string()), words(*expected[1].string()), found = without_place(got.message());
    if (kind == "TemplateError") return differs(words, found);
    if (kind == "ValueError") {
      return got.code() == skald::FaultCode::invalid_argument ? std::string()
                                                              : "expected an argument's error, " + found;
    }
    return found.starts_with(kind + ": ") ? std::string() : "expected " + kind + ", found " + found;
  }

  std::string rendering(const skald::ChatTemplate& chat, Json one) const {
    skald::ChatOptions options = options_of(one);
    const Json tokens = *conversations_.root().find("tokens");
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      options.special_tokens.emplace_back(tokens.key(t), *tokens[t].string());
    }
    const auto got = chat.try_render(named("conversations", *one.find("conversation")), options);
    if (const auto error = one.find("error")) {
      return got ? "expected " + std::string(*(*error)[1].string()) : compare_error(got.error(), *error);
    }
    if (!got) return got.error().message();
    if (got->text != *one.find("out")->string()) return differs(std::string(*one.find("out")->string()), got->text);
    const auto spans = one.find("spans");
    if (got->generation.size() != (spans ? spans->size() : 0)) return "another number of generation blocks";
    for (std::size_t s = 0; spans && s < spans->size(); ++s) {
      // Behind a cut the reference's spans still count the whole text.
      const Json span = (*spans)[s];
      const skald::jinja::Span expected{bytes_of(got->text, *span[0].integer()),
                                        bytes_of(got->text, *span[1].integer())};
      if (got->generation[s] != expected) return "another place of generation block " + std::to_string(s);
    }
    return {};
  }

  static std::size_t bytes_of(const std::string& text, std::int64_t code_points) {
    std::size_t at = 0;
    for (; code_points > 0 && at < text.size(); --code_points) {
      at += std::size_t(skald::detail::decode_utf8(text.data() + at).size);
    }
    return at;
  }

  skald::ChatTemplates templates_of(Json given) const {
    if (given.is_string()) return skald::ChatTemplates(source(*given.string()));
    std::vector<skald::ChatTemplates::Entry> entries;
    for (std::size_t t = 0; given.is_object() && t < given.size(); ++t) {
      entries.push_back({std::string(given.key(t)), source(*given[t].string())});
    }
    return entries.empty() ? skald::ChatTemplates() : skald::ChatTemplates(std::move(entries));
  }

  static std::string json_text(Json v) {
    if (v.is_null()) return "null";
    if (const auto text = v.string()) {
      std::string quoted = "\"";
      for (const char c : *text) quoted.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
      return quoted + "\"";
    }
    if (const auto flag = v.boolean()) return *flag ? "true" : "false";
    if (const auto integer = v.integer()) return std::to_string(*integer);
    if (const auto number = v.number()) return std::to_string(*number);
    std::string text = v.is_array() ? "[" : "{";
    for (std::size_t i = 0; i < v.size(); ++i) {
      text.append(i ? "," : "");
      if (v.is_object()) text.append("\"").append(v.key(i)).append("\":");
      text.append(json_text(v[i]));
    }
    return text.append(v.is_array() ? "]" : "}");
  }

  /// What is no argument of the function is a variable of the template.
  static skald::JsonDocument variables_of(Json call) {
    std::string text;
    for (std::size_t i = 0; i < call.size(); ++i) {
      bool argument = false;
      for (const char* known : {"conversation", "tools", "documents", "chat_template", "add_generation_prompt",
                                "continue_final_message", "tokenize", "padding", "truncation", "max_length",
                                "return_tensors", "return_dict", "return_assistant_tokens_mask", "tokenizer_kwargs",
                                "sanitize_control_tokens"}) {
        argument = argument || call.key(i) == known;
      }
      if (argument) continue;
      text.append(text.empty() ? "{\"" : ",\"").append(call.key(i)).append("\":").append(json_text(call[i]));
    }
    return unwrap(skald::JsonDocument::parse(text.empty() ? "{}" : text + "}", "variables"));
  }

  std::string call(const skald::Result<skald::Tokenizer>& tok, Json one) const {
    const Json call = *one.find("call"), expected = *one.find("result");
    const auto error = expected.find("error");
    const auto flag = [&](const char* key, bool otherwise) {
      const auto member = call.find(key);
      return member ? member->boolean().value_or(true) : otherwise;
    };
    if (!tok) return tok.error().message();
    const auto which = call.find("chat_template");
    const auto chat = templates_of(*one.find("template"))
                          .try_select(which ? *which->string() : std::string_view(), bool(call.find("tools")));
    if (!chat) return error ? std::string() : chat.error().message();

    skald::ApplyChatOptions options;
    options.chat = options_of(call);
    const skald::JsonDocument variables = variables_of(call);
    options.chat.variables = variables.root();
    options.return_assistant_tokens_mask = flag("return_assistant_tokens_mask", false);
    options.sanitize_control_tokens = flag("sanitize_control_tokens", false);
    options.encode.truncation = flag("truncation", false);
    options.encode.padding = flag("padding", false);
    const auto padding = call.find("padding"), most = call.find("max_length");
    if (padding && padding->string() == "max_length") {
      options.encode.padding_strategy = skald::PaddingStrategy::max_length;
    }
    if (most) options.encode.max_length = std::int32_t(*most->integer());
    if (options.return_assistant_tokens_mask && !flag("return_dict", true)) {
      return error ? std::string() : "expected an error";  // there is no such choice here
    }
    const Json which_chat = *call.find("conversation");
    std::vector<skald::ChatMessages> chats;
    if (which_chat.is_array()) {
      for (std::size_t c = 0; c < which_chat.size(); ++c) chats.push_back(named("conversations", which_chat[c]));
    } else {
      chats.push_back(named("conversations", which_chat));
    }
    const auto got = skald::try_apply_chat_template_batch(*tok, *chat, chats, options);
    if (error) {
      if (got) return "expected " + std::string(*(*error)[1].string());
      return (*error)[0].string() == "TemplateError" ? compare_error(got.error(), *error) : std::string();
    }
    if (!got) return got.error().message();
    for (std::size_t c = 0; c < got->size(); ++c) {
      const auto part = [&](Json all) { return which_chat.is_array() ? all[c] : all; };
      if (!flag("tokenize", true)) {
        if ((*got)[c].text != *part(expected).string()) {
          return differs(std::string(*part(expected).string()), (*got)[c].text);
        }
        continue;
      }
      const auto same = [&](std::optional<Json> column, const std::vector<std::int32_t>& found) {
        std::vector<std::int32_t> numbers;
        for (std::size_t n = 0; column && n < part(*column).size(); ++n) {
          numbers.push_back(std::int32_t(*part(*column)[n].integer()));
        }
        return numbers == found;
      };
      const bool columns = expected.is_object();
      if (!same(columns ? *expected.find("input_ids") : expected, (*got)[c].encoding.ids)) return "other ids";
      if (columns && !same(expected.find("attention_mask"), (*got)[c].encoding.attention_mask)) return "another mask";
      if (options.return_assistant_tokens_mask && !same(expected.find("assistant_masks"), (*got)[c].assistant_mask)) {
        return "another assistant mask";
      }
    }
    return {};
  }

  std::filesystem::path folder_;
  skald::JsonDocument conversations_;
};

}  // namespace golden
