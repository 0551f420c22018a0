#include "skald/pipelines/reply.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/models.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_reply)

using namespace skald;

namespace {

const ChatTemplate& plain() {
  static const ChatTemplate chat = ChatTemplate::parse(
      "{% for m in messages %}{{ m.content }}{% if not loop.last %} {% endif %}{% endfor %}"
      "{% if add_generation_prompt %} said{% endif %}");
  return chat;
}

const GenerationConfig greedy{.max_new_tokens = 12, .do_sample = false};

/// What the pipeline says to the same text, without special tokens in front: the template is to write them.
std::string continued(const std::string& text) {
  const auto encoding = tales_pipeline().tokenizer().try_encode(text, {.add_special_tokens = false});
  const auto out = tales_pipeline().try_run({}, *encoding, greedy);
  return out->at(0).generated_text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_users_message_is_answered) {
  std::string pieces;
  const auto answer = try_reply(tales_pipeline(), plain(), {{"user", "The wolf"}}, greedy, {},
                                [&](std::string_view piece) { pieces += piece; });
  BOOST_REQUIRE(answer);
  BOOST_TEST(!pieces.empty());
  BOOST_TEST(answer->generated_text == pieces);
  BOOST_TEST(answer->generated_text == continued("The wolf said"));
  BOOST_TEST(((*answer).finish_reason == FinishReason::length));
}

BOOST_AUTO_TEST_CASE(the_assistants_own_message_is_continued) {
  std::string pieces;
  const auto answer = try_reply(tales_pipeline(), plain(), {{"user", "Once"}, {"assistant", "upon a time"}}, greedy, {},
                                [&](std::string_view piece) { pieces += piece; });
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->generated_text == "upon a time" + pieces);
  BOOST_TEST(pieces == continued("Once upon a time"));
}

BOOST_AUTO_TEST_CASE(wrong_conversations_are_errors) {
  const auto empty = try_reply(tales_pipeline(), plain(), std::vector<ChatMessage>{}, greedy);
  BOOST_REQUIRE(!empty);
  BOOST_TEST(empty.error().message() == "chat_template: the conversation is empty");
  const auto strict = ChatTemplate::parse("{{ raise_exception('only users may speak') }}");
  BOOST_TEST(try_reply(tales_pipeline(), strict, {{"system", "x"}}, greedy).error().message() ==
             "chat_template: line 1, column 19: only users may speak");
}

BOOST_AUTO_TEST_SUITE_END()
