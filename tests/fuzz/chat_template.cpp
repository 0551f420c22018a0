// A chat template that may be anything, and messages that may be anything: what is refused is refused with an error,
// and what is rendered is UTF-8 within the bounds.
//
//     clang++-16 -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -Iinclude tests/fuzz/chat_template.cpp
//         -lutf8proc -o fuzz_chat_template
//     ./fuzz_chat_template -max_len=20000 corpus       with tests/golden/chat_templates/templates/*.jinja as seeds
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "skald/text/chat_template.hpp"

namespace {

using namespace skald;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const ChatTemplate& chat, const ChatMessages& messages, const ChatOptions& options) {
  const Result<RenderedChat> rendered = chat.try_render(messages, options);
  if (!rendered) {
    require(!rendered.error().message().empty());
    return;
  }
  require(rendered->text.size() <= options.limits.output);
  require(detail::valid_utf8_prefix(rendered->text) == rendered->text.size());
  for (const jinja::Span& span : rendered->generation) {
    require(span.start <= span.end && span.end <= rendered->text.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The messages, JSON, stand behind the last zero byte; without one they are plain.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.rfind('\0');
  ChatOptions options;
  options.now = jinja::LocalTime{2026, 3, 9, 7, 5, 3, 42};
  options.limits = {.nesting = 100, .steps = 100'000, .memory = 8u << 20, .output = 1u << 20, .depth = 300};
  const auto chat = ChatTemplate::try_parse(input.substr(0, end), "fuzz", options.limits);
  if (!chat) {
    require(!chat.error().message().empty());
    return 0;
  }
  options.add_generation_prompt = true;
  check(*chat, {{"system", "Be brief."}, {"user", "Hello!"}}, options);
  const auto json = JsonDocument::parse(end == input.npos ? "[]" : input.substr(end + 1), "messages");
  if (!json) return 0;
  options.tools = json->root();
  check(*chat, json->root(), options);
  options.add_generation_prompt = false;
  options.continue_final_message = "content";
  options.variables = json->root();
  check(*chat, json->root(), options);
  return 0;
}
