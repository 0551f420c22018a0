#include "skald/pipelines/question_answering.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_question_answering)

using namespace skald;

BOOST_AUTO_TEST_CASE(answers_are_transformers) {
  const auto ask = QuestionAnswering::from_pretrained(recorded::folder("answers"));
  const Json cases = recorded::expected("question-answering");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json c = cases[i], options = *c.find("options"), wanted = *c.find("outputs");
    QuestionAnsweringOptions o;
    o.top_k = int(recorded::number(options, "top_k", 1));
    o.max_answer_len = int(recorded::number(options, "max_answer_len", 15));
    if (options.find("max_seq_len")) o.max_seq_len = int(recorded::number(options, "max_seq_len"));
    if (options.find("doc_stride")) o.doc_stride = int(recorded::number(options, "doc_stride"));
    o.handle_impossible_answer = options.find("handle_impossible_answer").has_value();
    o.align_to_words = !options.find("align_to_words");
    BOOST_TEST_CONTEXT("case " << i) {
      const auto found = ask(recorded::text(c, "question"), recorded::text(c, "context"), o);
      BOOST_REQUIRE(found.size() == wanted.size());
      for (std::size_t k = 0; k < found.size(); ++k) {
        BOOST_TEST(found[k].answer == recorded::text(wanted[k], "answer"));
        BOOST_TEST(found[k].start == recorded::number(wanted[k], "start"));
        BOOST_TEST(found[k].end == recorded::number(wanted[k], "end"));
        recorded::check_near(found[k].score, recorded::number(wanted[k], "score"));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_question_may_be_cut_and_offsets_may_be_bytes) {
  const auto ask = QuestionAnswering::from_pretrained(recorded::folder("answers"));
  const std::string context = "the büro in Hamburg is near the river";
  BOOST_TEST(ask("where is the river now", context, {.max_question_len = 2})[0].score ==
             ask("where is", context)[0].score);
  const Answer best = ask("where?", context, {.offset_unit = OffsetUnit::byte})[0];
  BOOST_TEST(context.substr(std::size_t(best.start), std::size_t(best.end - best.start)) == best.answer);
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_says_so) {
  const auto ask = QuestionAnswering::from_pretrained(recorded::folder("answers"));
  const auto message = [&](const char* question, QuestionAnsweringOptions o = {}) {
    const auto found = ask.try_run(question, "the river", o);
    return found ? std::string("no error") : found.error().message();
  };
  BOOST_TEST(message("") == "question-answering: expected a question and a context, found none");
  BOOST_TEST(message("who?", {.top_k = 0}) == "top_k: at least: expected 1, found 0");
  BOOST_TEST(message("who?", {.max_answer_len = 0}) == "max_answer_len: at least: expected 1, found 0");
  BOOST_TEST(message("who?", {.doc_stride = 9, .max_seq_len = 8}) ==
             "doc_stride: at most max_seq_len: expected 8, found 9");
}

BOOST_AUTO_TEST_SUITE_END()
