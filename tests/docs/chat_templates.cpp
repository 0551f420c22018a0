// The code of docs/chat_templates.md.
#include <boost/test/unit_test.hpp>
#include <string>

#include "skald/text/chat_template.hpp"

using namespace skald;

BOOST_AUTO_TEST_SUITE(docs_chat_templates)

BOOST_AUTO_TEST_CASE(messages_become_text) {
  // [render]
  auto chat = ChatTemplate::parse("{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}"
                                  "{% if add_generation_prompt %}<|assistant|>{% endif %}");
  std::string prompt = chat.render({{"user", "Hello!"}}, {.add_generation_prompt = true}).text;
  // [/render]
  BOOST_TEST(prompt == "<|user|>Hello!\n<|assistant|>");

  // [json]
  auto messages = JsonDocument::parse(R"([{"role": "user", "content": "2 + 2?"},
                                          {"role": "assistant", "content": "4", "confidence": 0.9}])", "messages");
  // [/json]
  BOOST_TEST(chat.render(messages->root()).text == "<|user|>2 + 2?\n<|assistant|>4\n");
}

BOOST_AUTO_TEST_CASE(errors_have_a_place) {
  // [error]
  auto wrong = ChatTemplate::try_parse("Hello\n{% if %}", "chat_template.jinja");
  // wrong.error().message(): chat_template.jinja: line 2, column 7: TemplateSyntaxError: Expected an expression, ...
  // [/error]
  BOOST_TEST(wrong.error().message().starts_with(
      "chat_template.jinja: line 2, column 7: TemplateSyntaxError: Expected an expression"));
}

BOOST_AUTO_TEST_SUITE_END()
