// Classes and answers of encoders and encoder-decoders through one type.
#include "skald/pipelines/every_family.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"
#include "skald/pipelines/auto_model.hpp"
#include "skald/pipelines/question_answering.hpp"
#include "skald/pipelines/text_classification.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_every_family)

using namespace skald;

BOOST_AUTO_TEST_CASE(classes_of_texts_are_transformers) {
  const auto classify = pipeline<"text-classification", Cpu, EveryFamily>(recorded::folder("pair_classes"));
  BOOST_TEST(classify.model().model().encoder_decoder() != nullptr);
  const Json cases = recorded::expected("pair-classes");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json wanted = *cases[i].find("outputs");
    const auto found = classify(recorded::text(cases[i], "inputs"), {.top_k = std::nullopt});
    BOOST_REQUIRE(found.size() == wanted.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
      BOOST_TEST(found[k].label == recorded::text(wanted[k], "label"));
      recorded::check_near(found[k].score, recorded::number(wanted[k], "score"));
    }
  }
  const auto encoder = pipeline<"text-classification", Cpu, EveryFamily>(recorded::folder("classes"));
  BOOST_TEST(encoder.model().model().transformer() != nullptr);
  const auto plain = pipeline<"text-classification">(recorded::folder("classes"));
  BOOST_TEST(encoder("great story")[0].score == plain("great story")[0].score);
}

BOOST_AUTO_TEST_CASE(answers_stand_where_transformers_sees_them) {
  const auto ask = pipeline<"question-answering", Cpu, Seq2SeqFamilies>(recorded::folder("pair_answers"));
  const Json wanted = recorded::expected("pair-answers");
  const std::string question = recorded::text(wanted, "question"), context = recorded::text(wanted, "context");
  const Encoding pair = unwrap(ask.model().tokenizer().try_encode_pair(question, context, {}));
  const TaskOutput said = unwrap(ask.model().try_run({&pair, 1}, 1));
  const auto start = recorded::numbers(*wanted.find("start")), end = recorded::numbers(*wanted.find("end"));
  BOOST_REQUIRE(std::size_t(said.rows(0)) == start.size());
  for (std::size_t t = 0; t < start.size(); ++t) {
    recorded::check_near(said.row(0, std::int32_t(t))[0], start[t]);
    recorded::check_near(said.row(0, std::int32_t(t))[1], end[t]);
  }
  const auto answers = ask(question, context, {.top_k = 2});
  BOOST_REQUIRE(answers.size() == 2u);
  BOOST_TEST(context.find(answers[0].answer) != std::string::npos);
  BOOST_TEST(answers[0].score > answers[1].score);
}

BOOST_AUTO_TEST_CASE(auto_classes_of_a_list_of_families) {
  using Classes = BasicAutoModelWithHead<HeadKind::sequence_class, Cpu, Seq2SeqFamilies>;
  const auto model = Classes::from_pretrained(recorded::folder("pair_classes"));
  BOOST_TEST(model.spec().labels == 3);
  BOOST_TEST((model.spec().pooling == Pooling::last_eos));
  const auto either = BasicAutoModelWithHead<HeadKind::sequence_class, Cpu, EveryFamily>::from_pretrained(
      recorded::folder("pair_classes"));
  BOOST_TEST(either.vocab_size() == 3);
  const auto alone = AutoModelForSequenceClassification::try_from_pretrained(recorded::folder("pair_classes"));
  BOOST_REQUIRE(!alone);
  BOOST_TEST(alone.error().message().find("EveryFamily") != std::string::npos);
  const auto other = Classes::try_from_pretrained(recorded::folder("pair_answers"));
  BOOST_REQUIRE(!other);
  BOOST_TEST(other.error().message().find("found BartForQuestionAnswering: load it with "
                                          "AutoModelForQuestionAnswering") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
