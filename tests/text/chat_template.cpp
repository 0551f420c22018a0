#include "skald/text/chat_template.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "jinja/rendering.hpp"
#include "skald/text/apply_chat_template.hpp"
#include "skald/text/chat_template_folder.hpp"
#include "skald/text/tokenizer.hpp"

using namespace skald;

namespace {

const std::string folder = SKALD_TEST_DATA "/chat_templates/";

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

JsonDocument json(const std::string& text) { return *JsonDocument::parse(text, "test"); }

const JsonDocument& conversations() {
  static const JsonDocument document = *read_json(folder + "conversations.json");
  return document;
}
Json named(const char* kind, Json name) { return *conversations().root().find(kind)->find(*name.string()); }
std::optional<Json> named_if(const char* kind, std::optional<Json> name) {
  return name ? std::optional(named(kind, *name)) : std::nullopt;
}

/// What the golden files call a case's options.
ChatOptions options_of(Json one) {
  ChatOptions options;
  options.now = golden::clock;
  options.add_generation_prompt = one.find("add_generation_prompt") && one.find("add_generation_prompt")->boolean() == true;
  if (const auto field = one.find("continue_final_message")) {
    options.continue_final_message = field->string() ? std::string(*field->string()) : field->boolean() == true ? "content" : "";
  }
  options.tools = named_if("tools", one.find("tools"));
  options.documents = named_if("documents", one.find("documents"));
  options.variables = one.find("variables");
  return options;
}

std::size_t bytes_of(const std::string& text, std::int64_t code_points) {
  std::size_t at = 0;
  for (; code_points > 0 && at < text.size(); --code_points) at += std::size_t(detail::decode_utf8(text.data() + at).size);
  return at;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text_chat_template)

BOOST_AUTO_TEST_CASE(templates_in_the_style_of_known_models) {
  int same = 0, refused = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder + "expected")) {
    const std::string name = file.path().stem().string();
    const auto chat = ChatTemplate::try_parse(read_text(folder + "templates/" + name + ".jinja"), name);
    BOOST_REQUIRE_MESSAGE(chat.has_value(), name);
    const auto cases = read_json(file.path(), {.nan = true});
    BOOST_REQUIRE(cases.has_value());
    for (std::size_t i = 0; i < cases->root().size(); ++i) {
      const Json one = cases->root()[i];
      ChatOptions options = options_of(one);
      const Json tokens = *conversations().root().find("tokens");
      for (std::size_t t = 0; t < tokens.size(); ++t) options.special_tokens.emplace_back(tokens.key(t), *tokens[t].string());
      const auto got = chat->try_render(named("conversations", *one.find("conversation")), options);
      const std::string what = name + " " + std::to_string(i) + " (" + std::string(*one.find("conversation")->string()) + ")";
      if (const auto error = one.find("error")) {
        BOOST_REQUIRE_MESSAGE(!got, what << ": expected " << *(*error)[1].string() << ", found " << (got ? got->text : ""));
        const bool raised = (*error)[0].string() == "TemplateError", ours = (*error)[0].string() == "ValueError";
        const std::string found = golden::without_place(got.error().message()), kind(*(*error)[0].string());
        if (raised) BOOST_TEST((found == *(*error)[1].string() && got.error().code() == FaultCode::invalid_argument), what << ": " << found);
        else if (ours) BOOST_TEST((got.error().code() == FaultCode::invalid_argument), what << ": " << found);
        else BOOST_TEST(found.starts_with(kind + ": "), what << ": " << found << ", expected " << kind);
        ++refused;
        continue;
      }
      BOOST_REQUIRE_MESSAGE(got.has_value(), what << ": " << (got ? "" : got.error().message()));
      BOOST_TEST(got->text == *one.find("out")->string(), what << "\n" << got->text << "\nexpected\n" << *one.find("out")->string());
      const auto spans = one.find("spans");
      BOOST_TEST(got->generation.size() == (spans ? spans->size() : 0), what);
      for (std::size_t s = 0; spans && s < std::min(spans->size(), got->generation.size()); ++s) {
        // Behind a cut the reference's spans still count the whole text.
        const jinja::Span expected{bytes_of(got->text, *(*spans)[s][0].integer()), bytes_of(got->text, *(*spans)[s][1].integer())};
        BOOST_TEST((got->generation[s] == expected), what << ": span " << s);
      }
      ++same;
    }
  }
  BOOST_TEST_MESSAGE(same << " texts, " << refused << " errors");
  BOOST_TEST(same > 1000);
  BOOST_TEST(refused > 200);
}

/// transformers' apply_chat_template with tokenizers.
BOOST_AUTO_TEST_CASE(with_tokenizers) {
  const auto cases = read_json(folder + "tokenized_expected.json");
  BOOST_REQUIRE(cases.has_value());
  std::map<std::string, Result<Tokenizer>> tokenizers;
  for (std::size_t i = 0; i < cases->root().size(); ++i) {
    const Json one = cases->root()[i], call = *one.find("call"), expected = *one.find("result"), source = *one.find("template");
    const std::string name(*one.find("tokenizer")->string()), what = "call " + std::to_string(i) + " (" + name + "): ";
    if (!std::filesystem::exists(SKALD_TEST_DATA "/tokenizers/" + name)) {
      BOOST_TEST_MESSAGE(what << "skipped, its components are not there yet");
      continue;
    }
    const auto tok = tokenizers.try_emplace(name, Tokenizer::try_from_pretrained(SKALD_TEST_DATA "/tokenizers/" + name)).first;
    const auto flag = [&](const char* key, bool otherwise) {
      const auto member = call.find(key);
      return member ? member->boolean().value_or(true) : otherwise;
    };
    ChatTemplates templates;
    if (source.is_string()) templates = ChatTemplates(read_text(folder + "templates/" + std::string(*source.string())));
    if (source.is_object()) {
      std::vector<ChatTemplates::Entry> entries;
      for (std::size_t t = 0; t < source.size(); ++t) {
        entries.push_back({std::string(source.key(t)), read_text(folder + "templates/" + std::string(*source[t].string()))});
      }
      templates = ChatTemplates(std::move(entries));
    }
    const auto which = call.find("chat_template");
    const auto chat = templates.try_select(which ? *which->string() : std::string_view(), bool(call.find("tools")));
    if (!chat || !tok->second) {
      BOOST_TEST(bool(expected.find("error")), what << (chat ? tok->second.error().message() : chat.error().message()));
      continue;
    }

    ApplyChatOptions options;
    options.chat = options_of(call);
    std::string variables;  // what is no argument is a variable
    for (const char* key : {"foo", "bar", "eos_token"}) {
      const auto v = call.find(key);
      if (!v) continue;
      variables += std::string(variables.empty() ? "{\"" : ", \"") + key + "\": " +
                   (v->string() ? "\"" + std::string(*v->string()) + "\"" : v->is_array() ? "[true]" : std::to_string(*v->integer()));
    }
    const JsonDocument more = json(variables.empty() ? "{}" : variables + "}");
    options.chat.variables = more.root();
    options.return_assistant_tokens_mask = flag("return_assistant_tokens_mask", false);
    options.sanitize_control_tokens = flag("sanitize_control_tokens", false);
    options.encode.truncation = flag("truncation", false);
    options.encode.padding = flag("padding", false);
    if (const auto p = call.find("padding"); p && p->string() == "max_length") options.encode.padding_strategy = PaddingStrategy::max_length;
    if (const auto m = call.find("max_length")) options.encode.max_length = std::int32_t(*m->integer());
    if (options.return_assistant_tokens_mask && !flag("return_dict", true)) {
      BOOST_TEST(bool(expected.find("error")), what);  // there is no such choice here
      continue;
    }

    const Json which_chat = *call.find("conversation");
    std::vector<ChatMessages> chats;
    if (which_chat.is_array()) {
      for (std::size_t c = 0; c < which_chat.size(); ++c) chats.push_back(named("conversations", which_chat[c]));
    } else {
      chats.push_back(named("conversations", which_chat));
    }
    const auto got = try_apply_chat_template_batch(*tok->second, *chat, chats, options);
    if (const auto error = expected.find("error")) {
      BOOST_REQUIRE_MESSAGE(!got, what << "expected " << *(*error)[1].string());
      if ((*error)[0].string() == "TemplateError") BOOST_TEST(golden::without_place(got.error().message()) == *(*error)[1].string(), what);
      continue;
    }
    BOOST_REQUIRE_MESSAGE(got.has_value(), what << (got ? "" : got.error().message()));
    for (std::size_t c = 0; c < got->size(); ++c) {
      const auto part = [&](Json all) { return which_chat.is_array() ? all[c] : all; };
      if (!flag("tokenize", true)) {
        BOOST_TEST((*got)[c].text == *part(expected).string(), what);
        continue;
      }
      const auto same = [&](std::optional<Json> column, const std::vector<std::int32_t>& found) {
        std::vector<std::int32_t> numbers;
        for (std::size_t n = 0; column && n < part(*column).size(); ++n) numbers.push_back(std::int32_t(*part(*column)[n].integer()));
        BOOST_TEST((numbers == found), what);
      };
      const bool columns = expected.is_object();
      same(columns ? *expected.find("input_ids") : expected, (*got)[c].encoding.ids);
      if (columns) same(expected.find("attention_mask"), (*got)[c].encoding.attention_mask);
      if (options.return_assistant_tokens_mask) same(expected.find("assistant_masks"), (*got)[c].assistant_mask);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
