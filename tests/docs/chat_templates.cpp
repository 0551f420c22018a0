// The code of docs/chat_templates.md.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "skald/pipelines/reply.hpp"
#include "skald/skald.hpp"
#include "skald/text/chat_template_folder.hpp"

BOOST_AUTO_TEST_SUITE(docs_chat_templates)

using namespace skald;

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

BOOST_AUTO_TEST_CASE(a_model_answers) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "skald_docs_chat";
  fs::remove_all(folder);
  fs::copy(SKALD_SOURCE_DIR "/examples/models/skald-tales-260k", folder);
  std::ofstream(folder / "chat_template.jinja") << "{{ bos_token }}{% for m in messages %}{{ m.content }} {% endfor %}";
  {
    // [reply]
    TextGeneration gen(folder);
    auto chat = ChatTemplates::from_pretrained(folder).select();
    std::string answer = reply(gen, chat, {{"user", "Hello!"}}, {.max_new_tokens = 16});
    // [/reply]
    BOOST_TEST(!answer.empty());
    BOOST_TEST(answer.find("Hello!") == answer.npos);
  }
  fs::remove_all(folder);
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
