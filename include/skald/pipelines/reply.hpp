// The pipeline "text-generation" on messages: a conversation in, the model's next message out.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/pipelines/text_generation.hpp"
#include "skald/text/apply_chat_template.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

inline std::string final_member(const ChatMessages& messages, std::string_view name) {
  if (!messages.json()) {
    if (messages.plain().empty()) return {};
    return name == "role" ? messages.plain().back().role : messages.plain().back().content;
  }
  const Json json = *messages.json();
  if (!json.is_array() || json.size() == 0) return {};
  const auto member = json[json.size() - 1].find(name);
  return std::string(member && member->string() ? *member->string() : std::string_view());
}

}  // namespace detail

/// The text of the assistant's message. As transformers' pipeline: a conversation that ends with the assistant's own
/// message is continued, and its text stands before what is new. `on_text` hears of new text only, as it comes.
///
///     TextGeneration gen(folder);
///     auto chat = ChatTemplates::from_pretrained(folder).select();
///     std::string answer = reply(gen, chat, {{"user", "Hello!"}});
template <class Generation, class F = std::nullptr_t>
Result<typename Generation::Output> try_reply(const Generation& generation, const ChatTemplate& chat,
                                              const ChatMessages& messages, GenerationConfig config = {},
                                              ApplyChatOptions options = {}, F on_text = {}) {
  std::string before;
  if (options.chat.continue_final_message.empty() && !options.chat.add_generation_prompt) {
    const bool goes_on = detail::final_member(messages, "role") == "assistant";
    if (goes_on) options.chat.continue_final_message = "content";
    else options.chat.add_generation_prompt = true;
  }
  if (const std::string& member = options.chat.continue_final_message; !member.empty()) {
    before = detail::final_member(messages, member);
  }
  Result<ChatEncoding> prompt = try_apply_chat_template(generation.tokenizer(), chat, messages, options);
  if (!prompt) return std::move(prompt).error();
  auto outputs = generation.try_run({}, prompt->encoding, std::move(config), std::move(on_text));
  if (!outputs) return std::move(outputs).error();
  typename Generation::Output first = std::move(outputs->front());
  first.generated_text.insert(0, before);
  return first;
}

template <class Generation, class F = std::nullptr_t>
std::string reply(const Generation& generation, const ChatTemplate& chat, const ChatMessages& messages,
                  GenerationConfig config = {}, ApplyChatOptions options = {}, F on_text = {}) {
  return unwrap(try_reply(generation, chat, messages, std::move(config), std::move(options), std::move(on_text)))
      .generated_text;
}

}  // namespace skald
