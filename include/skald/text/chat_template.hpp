// Chat templates: messages to the text that a model was trained on.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/chat_messages.hpp"
#include "skald/text/jinja/template.hpp"

namespace skald::inline SKALD_ABI {

/// What transformers' apply_chat_template takes, by its names. JSON is looked at during the call only.
struct ChatOptions {
  bool add_generation_prompt = false;
  std::string continue_final_message = {};    ///< the member to go on with, "content" as a rule; empty: none
  std::optional<Json> tools = {};             ///< an array of JSON schemas
  std::optional<Json> documents = {};         ///< an array of objects
  std::optional<Json> variables = {};         ///< an object of further variables: {"enable_thinking": false}
  std::vector<std::pair<std::string, std::string>> special_tokens = {};  ///< {"bos_token", "<s>"}, ...; variables win
  std::optional<jinja::LocalTime> now = {};   ///< for strftime_now; none: the system's clock and zone
  jinja::Limits limits = {};
};

struct RenderedChat {
  std::string text;
  std::vector<jinja::Span>
      generation;  ///< what {% generation %} blocks wrote: bytes of the text, in order of their ends
};

/// A model's template, compiled once; immutable, cheap to copy, shared by any number of threads.
///
///     auto chat = ChatTemplate::parse(source, "chat_template.jinja");
///     std::string prompt = chat.render({{"user", "Hello!"}}, {.add_generation_prompt = true}).text;
class ChatTemplate {
 public:
  /// `name` stands before messages. Errors: malformed, with line and column; out_of_range.
  static Result<ChatTemplate> try_parse(std::string_view source, std::string name = "chat_template",
                                        const jinja::Limits& limits = {}) {
    Result<jinja::Template> parsed = jinja::Template::try_parse(source, std::move(name), limits);
    if (!parsed) return std::move(parsed).error();
    return ChatTemplate(*std::move(parsed));
  }
  template <class Text = std::string_view>
  static ChatTemplate parse(const Text& source, std::string name = "chat_template") {
    return unwrap(try_parse(source, std::move(name)));
  }

  /// Errors: invalid_argument (raise_exception's own words; options or messages that are not right), mismatch (the
  /// template wants other messages), out_of_range (a bound), unsupported.
  Result<RenderedChat> try_render(const ChatMessages& messages, const ChatOptions& options = {}) const {
    return try_render(messages, options, false, nullptr);
  }
  template <class Options = ChatOptions>
  RenderedChat render(const ChatMessages& messages, const Options& options = {}) const {
    return unwrap(try_render(messages, options));
  }

  const std::string& name() const { return template_.name(); }
  const jinja::Template& compiled() const { return template_; }

  /// For apply_chat_template: members that are null are left out, control tokens of users are marked.
  Result<RenderedChat> try_render(const ChatMessages& messages, const ChatOptions& options, bool drop_null,
                                  const detail::ControlTokens* marks) const {
    jinja::Interpreter in(options.limits, options.now ? *options.now : jinja::local_time());
    detail::ChatBuilder chat(in, name(), marks);
    chat.read(messages, drop_null);
    std::string_view final_message;
    const bool goes_on = !options.continue_final_message.empty();
    if (goes_on && !chat.error())
      final_message = chat.mark_final_message(options.continue_final_message, template_.source());
    if (chat.error()) return *chat.error();
    Result<jinja::Value> variables = all_variables(in, chat, options);
    if (!variables) return std::move(variables).error();
    Result<jinja::Rendered> rendered = template_.try_render(in, *variables);
    if (!rendered) return std::move(rendered).error();
    RenderedChat result{std::move(rendered->text), std::move(rendered->generation)};
    if (!goes_on) return result;
    if (!detail::cut_at_tag(result.text, final_message)) {
      return refuse("continue_final_message", "the final message is not in the text as it was given");
    }
    for (jinja::Span& span : result.generation) {
      span = {std::min(span.start, result.text.size()), std::min(span.end, result.text.size())};
    }
    return result;
  }

 private:
  explicit ChatTemplate(jinja::Template parsed) : template_(std::move(parsed)) {}

  Error refuse(std::string_view place, std::string_view why) const {
    return Error(FaultCode::invalid_argument, std::string(name()).append(": ").append(place).append(": ").append(why));
  }

  /// None, or an array of objects.
  Result<jinja::Value> objects(detail::ChatBuilder& chat, std::string_view what,
                               const std::optional<Json>& json) const {
    if (!json || json->is_null()) return jinja::Value::none();
    if (!json->is_array()) return refuse(what, std::string("expected an array, found ").append(json->kind()));
    for (std::size_t i = 0; i < json->size(); ++i) {
      if ((*json)[i].is_object()) continue;
      return refuse(std::string(what).append("[").append(std::to_string(i)).append("]"),
                    std::string("expected an object, found ").append((*json)[i].kind()));
    }
    return chat.value(*json);
  }

  Result<jinja::Value> all_variables(jinja::Interpreter& in, detail::ChatBuilder& chat,
                                     const ChatOptions& options) const {
    jinja::DictBuilder all(in);
    const auto set = [&](std::string_view key, const jinja::Value& v) { all.set(jinja::Value(key), v); };
    for (const auto& [key, text] : options.special_tokens) {
      if (detail::valid_utf8_prefix(text) != text.size()) return refuse(key, "is no UTF-8");
      set(key, jinja::Value(std::string_view(text)));
    }
    if (options.variables && !options.variables->is_object()) {
      return refuse("variables", std::string("expected an object, found ").append(options.variables->kind()));
    }
    for (std::size_t i = 0; options.variables && i < options.variables->size(); ++i) {
      const std::string_view key = options.variables->key(i);
      for (const std::string_view own : {"messages", "tools", "documents", "add_generation_prompt"}) {
        if (key == own) return refuse(std::string("variables.").append(key), "has an option of its own");
      }
      set(key, chat.value((*options.variables)[i]));
    }
    Result<jinja::Value> tools = objects(chat, "tools", options.tools);
    if (!tools) return std::move(tools).error();
    Result<jinja::Value> documents = objects(chat, "documents", options.documents);
    if (!documents) return std::move(documents).error();
    set("messages", in.list(chat.messages()));
    set("tools", *tools);
    set("documents", *documents);
    set("add_generation_prompt", jinja::Value(options.add_generation_prompt));
    const jinja::Value dict = all.value();
    if (in.failed()) return Error(fault_code(in.failure().error_class), name() + ": messages: " + in.failure().message);
    return dict;
  }

  jinja::Template template_;
};

}  // namespace skald
