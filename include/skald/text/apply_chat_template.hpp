// Messages to ids: a chat template and a tokenizer together.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/chat_template.hpp"
#include "skald/text/control_tokens.hpp"
#include "skald/text/encoding.hpp"
#include "skald/text/tokenizer_config.hpp"
#include "skald/text/truncation.hpp"

namespace skald::inline SKALD_ABI {

struct ApplyChatOptions {
  ChatOptions chat = {};
  EncodeOptions encode = {};   ///< add_special_tokens is always off: the template writes them
  bool return_assistant_tokens_mask = false;
  /// Tokens of the template's own language that stand in messages, tools, documents and variables are encoded as text,
  /// so that nobody can write a turn of somebody else. The encoding then has no offsets.
  bool sanitize_control_tokens = false;
};

struct ChatEncoding {
  std::string text;                          ///< the rendered chat
  Encoding encoding;
  std::vector<std::int32_t> assistant_mask;  ///< 1 for tokens of {% generation %} blocks; empty unless asked for
};

namespace detail {

/// The first token of a code point, as Hugging Face's char_to_token; -1: none.
inline std::int32_t token_of(const Encoding& encoding, std::int32_t code_point) {
  for (std::size_t i = 0; i < encoding.offsets.size(); ++i) {
    if (encoding.offsets[i].start <= code_point && code_point < encoding.offsets[i].end) return std::int32_t(i);
  }
  return -1;
}

/// Which tokens lie in spans of bytes of a text; offsets are code points, as in the reference.
inline std::vector<std::int32_t> assistant_mask(const Encoding& encoding, std::string_view text,
                                                std::span<const jinja::Span> spans) {
  std::vector<std::int32_t> mask(encoding.size(), 0);
  CodePointCursor cursor(text);
  for (const jinja::Span& span : spans) {
    const std::int32_t start = token_of(encoding, cursor.index(span.start));
    if (start < 0) break;  // cut off
    const std::int32_t last = token_of(encoding, cursor.index(span.end) - 1);
    const std::int32_t end = last > 0 ? last + 1 : std::int32_t(mask.size());
    for (std::int32_t i = start; i < end; ++i) mask[std::size_t(i)] = 1;
  }
  return mask;
}

/// The tokens that a template's users may not write: special ones, and added ones that the template itself writes.
template <class Tokenizer>
ControlTokens control_tokens(const Tokenizer& tokenizer, const ChatTemplate& chat) {
  const std::string literals = chat.compiled().literals();
  std::vector<std::string> tokens;
  for (const AddedToken& token : tokenizer.added_tokens().tokens()) {
    const bool written = literals.find(token.content) != literals.npos && !jinja::strip(token.content).empty();
    if (token.special || written) tokens.push_back(token.content);
  }
  return ControlTokens(std::move(tokens));
}

template <class Tokenizer>
Result<Encoding> encode_marked(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options) {
  if (options.padding) return fault(FaultCode::unsupported, "padding together with sanitize_control_tokens");
  Result<std::vector<token_id>> ids = MarkedEncoder<Tokenizer>(tokenizer).encode(text);
  if (!ids) return std::move(ids).error();
  const auto most = options.max_length ? options.max_length : tokenizer.config().model_max_length;
  if (options.truncation.value_or(false) && most && *most >= 0 && std::size_t(*most) < ids->size()) {
    const auto cut = std::ptrdiff_t(ids->size() - std::size_t(*most));
    if (options.truncation_side.value_or(tokenizer.config().truncation_side) == Side::left)
      ids->erase(ids->begin(), ids->begin() + cut);
    else ids->erase(ids->end() - cut, ids->end());
  }
  Encoding encoding;
  encoding.ids = *std::move(ids);
  const std::size_t n = encoding.size();
  encoding.attention_mask.assign(n, 1);
  encoding.special_tokens_mask.assign(n, 0);
  encoding.type_ids.assign(n, 0);
  encoding.word_ids.assign(n, -1);
  encoding.set_sequence(0);
  return encoding;
}

}  // namespace detail

/// What the tokenizer's named tokens are in a template: bos_token, eos_token and so on, those that are set.
template <class Tokenizer>
std::vector<std::pair<std::string, std::string>> special_tokens_of(const Tokenizer& tokenizer) {
  std::vector<std::pair<std::string, std::string>> tokens;
  for (const auto& [name, member] : TokenizerConfig::named) {
    if (const auto& token = tokenizer.config().*member) tokens.emplace_back(name, *token);
  }
  return tokens;
}

/// Several conversations, padded together where the options ask for it. Errors name the conversation.
template <class Tokenizer>
Result<std::vector<ChatEncoding>> try_apply_chat_template_batch(const Tokenizer& tokenizer, const ChatTemplate& chat,
                                                                std::span<const ChatMessages> conversations,
                                                                ApplyChatOptions options = {}) {
  const auto refuse = [](const char* why) { return fault(FaultCode::invalid_argument, why); };
  if (!options.chat.continue_final_message.empty() && options.chat.add_generation_prompt) {
    return refuse("continue_final_message and add_generation_prompt exclude each other");
  }
  if (!options.chat.continue_final_message.empty() && options.return_assistant_tokens_mask) {
    return refuse("continue_final_message and return_assistant_tokens_mask exclude each other");
  }
  if (options.sanitize_control_tokens && options.return_assistant_tokens_mask) {
    return refuse("sanitize_control_tokens and return_assistant_tokens_mask exclude each other");
  }
  auto tokens = special_tokens_of(tokenizer);
  tokens.insert(tokens.end(), options.chat.special_tokens.begin(), options.chat.special_tokens.end());
  options.chat.special_tokens = std::move(tokens);
  options.encode.add_special_tokens = false;
  options.encode.truncation = options.encode.truncation.value_or(false);
  if (options.return_assistant_tokens_mask) options.encode.offset_unit = OffsetUnit::code_point;

  std::optional<detail::ControlTokens> marks;
  if (options.sanitize_control_tokens) marks = detail::control_tokens(tokenizer, chat);
  std::vector<ChatEncoding> results(conversations.size());
  std::vector<std::vector<jinja::Span>> spans(conversations.size());
  std::vector<std::string_view> texts;
  for (std::size_t i = 0; i < conversations.size(); ++i) {
    const ChatMessages& messages = conversations[i];
    const auto place = [&](Error error) {
      return conversations.size() == 1 ? std::move(error) : std::move(error).in("conversation " + std::to_string(i));
    };
    if (messages.json() ? messages.json()->is_array() && messages.json()->size() == 0 : messages.plain().empty()) {
      return place(Error(FaultCode::invalid_argument, chat.name() + ": the conversation is empty"));
    }
    Result<RenderedChat> rendered = chat.try_render(messages, options.chat, true, marks ? &*marks : nullptr);
    if (!rendered) return place(std::move(rendered).error());
    results[i].text = std::move(rendered->text);
    spans[i] = std::move(rendered->generation);
  }
  for (ChatEncoding& result : results) {
    texts.push_back(result.text);
    if (!marks) continue;
    Result<Encoding> encoding = detail::encode_marked(tokenizer, result.text, options.encode);
    if (!encoding) return std::move(encoding).error();
    result.encoding = *std::move(encoding);
  }
  if (marks) return results;
  Result<std::vector<Encoding>> encodings = tokenizer.try_encode_batch(texts, options.encode);
  if (!encodings) return std::move(encodings).error();
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].encoding = std::move((*encodings)[i]);
    if (options.return_assistant_tokens_mask) {
      results[i].assistant_mask = detail::assistant_mask(results[i].encoding, results[i].text, spans[i]);
    }
  }
  return results;
}

/// One conversation.
///
///     auto chat = ChatTemplates::from_pretrained(folder).select();
///     auto ids = apply_chat_template(tok, chat, {{"user", "Hello!"}}, {.chat = {.add_generation_prompt = true}});
template <class Tokenizer>
Result<ChatEncoding> try_apply_chat_template(const Tokenizer& tokenizer, const ChatTemplate& chat,
                                             const ChatMessages& messages, const ApplyChatOptions& options = {}) {
  Result<std::vector<ChatEncoding>> all =
      try_apply_chat_template_batch(tokenizer, chat, std::span(&messages, 1), options);
  if (!all) return std::move(all).error();
  return std::move(all->front());
}
template <class Tokenizer>
ChatEncoding apply_chat_template(const Tokenizer& tokenizer, const ChatTemplate& chat, const ChatMessages& messages,
                                 const ApplyChatOptions& options = {}) {
  return unwrap(try_apply_chat_template(tokenizer, chat, messages, options));
}

}  // namespace skald
