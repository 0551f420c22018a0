// A conversation on its way into a template: what transformers does to messages before it renders them.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/io/json.hpp"
#include "skald/text/control_tokens.hpp"
#include "skald/text/jinja/interpreter.hpp"
#include "skald/text/jinja/json_value.hpp"

namespace skald::inline SKALD_ABI {

/// The plain message. Tool calls, images and the like are JSON.
struct ChatMessage {
  std::string role, content;
};

/// A conversation: JSON as servers get it ([{"role": "user", "content": "..."}, ...]) or plain messages. A view.
class ChatMessages {
 public:
  ChatMessages(Json json) : json_(json) {}
  ChatMessages(std::span<const ChatMessage> messages) : plain_(messages) {}
  ChatMessages(const std::vector<ChatMessage>& messages) : plain_(messages) {}
  ChatMessages(std::initializer_list<ChatMessage> messages) : plain_(messages.begin(), messages.size()) {}

  const std::optional<Json>& json() const { return json_; }
  std::span<const ChatMessage> plain() const { return plain_; }

 private:
  std::optional<Json> json_;
  std::span<const ChatMessage> plain_;
};

namespace detail {

inline constexpr std::string_view reasoning_fields[] = {"reasoning_content", "thinking", "reasoning"};
inline constexpr std::string_view continue_tag = "CONTINUE_FINAL_MESSAGE_TAG ";

/// The messages of one conversation as values of an interpreter. After a failure the error says which one.
class ChatBuilder {
 public:
  ChatBuilder(jinja::Interpreter& in, std::string_view name, const ControlTokens* marks)
      : in_(in), name_(name), marks_(marks) {}

  const std::optional<Error>& error() const { return error_; }
  std::vector<jinja::Value>& messages() { return messages_; }

  /// JSON as a value, with the control tokens of users marked.
  jinja::Value value(Json json) {
    const jinja::Value v = jinja::from_json(in_, json);
    return marks_ ? marks_->mark(in_, v) : v;
  }

  /// `drop_null`: members that are null are left out, which apply_chat_template does and rendering alone does not.
  void read(const ChatMessages& messages, bool drop_null) {
    if (!messages.json()) return read(messages.plain());
    const Json json = *messages.json();
    if (!json.is_array()) return fail("messages", std::string("expected an array, found ").append(json.kind()));
    for (std::size_t i = 0; i < json.size() && !error_; ++i) {
      if (!json[i].is_object()) {
        return fail("messages[" + std::to_string(i) + "]",
                    std::string("expected an object, found ").append(json[i].kind()));
      }
      jinja::DictBuilder members(in_);
      for (std::size_t m = 0; m < json[i].size(); ++m) {
        if (drop_null && json[i][m].is_null()) continue;
        members.set(jinja::Value(json[i].key(m)), value(json[i][m]));
      }
      messages_.push_back(with_reasoning(members.value()));
    }
  }

  /// Adds the tag to what shall be continued; returns the text before it.
  std::string_view mark_final_message(std::string_view field, std::string_view source) {
    const auto fail_here = [&](std::string why) {
      fail("continue_final_message", std::move(why));
      return std::string_view();
    };
    if (messages_.empty()) return fail_here("the conversation is empty");
    const jinja::Value* const found = member(messages_.back(), field);
    if (in_.failed()) return {};
    if (!found || found->is_none()) {
      return fail_here(std::string("the final message has no \"").append(field).append("\" to continue"));
    }
    const jinja::Value last = *found;
    std::vector<std::string_view> fields{field};
    if (std::find(std::begin(reasoning_fields), std::end(reasoning_fields), field) != std::end(reasoning_fields)) {
      // Reasoning has several names: whichever the template reads is tagged.
      fields.clear();
      for (const std::string_view other : reasoning_fields) {
        const jinja::Value* const v = member(messages_.back(), other);
        if (v && jinja::equal(in_, *v, last)) fields.push_back(other);
      }
    }
    bool read = false;
    for (const std::string_view one : fields) read = read || source.find(one) != source.npos;
    if (!read) return fail_here(std::string("the template does not read \"").append(field).append("\""));
    if (last.is(jinja::Kind::list)) return mark_last_text(field, last);
    if (!last.is_string()) return fail_here(std::string("\"").append(field).append("\" is no text"));
    const jinja::Value tagged = in_.join(last.text(), continue_tag);
    for (const std::string_view one : fields) replace_member(messages_.back(), one, tagged);
    return last.text();
  }

 private:
  void fail(std::string_view place, std::string why) {
    error_ = Error(FaultCode::invalid_argument, std::string(name_).append(": ").append(place).append(": ").append(why));
  }

  void read(std::span<const ChatMessage> messages) {
    for (std::size_t i = 0; i < messages.size() && !error_; ++i) {
      jinja::DictBuilder members(in_);
      for (const auto& [key, text] :
           {std::pair{"role", &messages[i].role}, std::pair{"content", &messages[i].content}}) {
        if (const std::size_t good = valid_utf8_prefix(*text); good != text->size()) {
          return fail("messages[" + std::to_string(i) + "]." + key, "byte " + std::to_string(good) + " is no UTF-8");
        }
        const jinja::Value v{std::string_view(*text)};
        members.set(jinja::Value(std::string_view(key)), marks_ ? marks_->mark(in_, v) : v);
      }
      messages_.push_back(members.value());
    }
  }

  const jinja::Value* member(const jinja::Value& message, std::string_view name) {
    return in_.failed() ? nullptr : message.dict().find(in_, jinja::Value(name));
  }

  /// Reasoning is there under the standard name, and under the one that some templates read.
  jinja::Value with_reasoning(const jinja::Value& message) {
    for (const std::string_view field : reasoning_fields) {
      const jinja::Value* const found = member(message, field);
      if (!found || found->is_none()) continue;
      jinja::DictBuilder members(in_);
      members.set(jinja::Value(std::string_view("thinking")), *found);
      members.set(message.dict());
      members.set(jinja::Value(std::string_view("reasoning_content")), *found);
      return members.value();
    }
    return message;
  }

  void replace_member(jinja::Value& dict, std::string_view name, const jinja::Value& by) {
    if (in_.failed()) return;
    jinja::DictBuilder members(in_);
    members.set(dict.dict());
    members.set(jinja::Value(name), by);
    dict = members.value();
  }

  /// In a list of parts, the last one that has a text is continued.
  std::string_view mark_last_text(std::string_view field, const jinja::Value& parts) {
    std::vector<jinja::Value> all(parts.elements().begin(), parts.elements().end());
    for (std::size_t i = all.size(); i-- > 0;) {
      if (!all[i].is(jinja::Kind::dict)) continue;
      const jinja::Value* const text = member(all[i], "text");
      if (!text) continue;
      if (!text->is_string()) break;
      const std::string_view before = text->text();
      replace_member(all[i], "text", in_.join(before, continue_tag));
      replace_member(messages_.back(), field, in_.list(all));
      return before;
    }
    fail("continue_final_message", "the final message has no text to continue");
    return {};
  }

  jinja::Interpreter& in_;
  std::string_view name_;
  const ControlTokens* marks_;
  std::vector<jinja::Value> messages_;
  std::optional<Error> error_;
};

/// Cuts the text behind what shall be continued; false where that is not in it.
inline bool cut_at_tag(std::string& text, std::string_view final_message) {
  const std::string_view tag = jinja::strip(continue_tag);
  const std::size_t at = text.rfind(tag);
  if (at == text.npos || text.find(jinja::strip(final_message)) == text.npos) return false;
  const bool whole = std::string_view(text).substr(at).starts_with(continue_tag);
  text.resize(at);
  // Where the template has taken the tag's space, it would have taken the message's too.
  if (!whole) text.resize(jinja::strip_right(text).size());
  return true;
}

}  // namespace detail
}  // namespace skald
