#include "skald/pipelines/text_classification.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_text_classification)

using namespace skald;

namespace {

void check_labels(const std::vector<LabelScore>& found, const Json& wanted) {
  BOOST_REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    BOOST_TEST(found[i].label == recorded::text(wanted[i], "label"));
    recorded::check_near(found[i].score, recorded::number(wanted[i], "score"));
  }
}

TextClassification without_types() {
  const support::TemporaryDirectory folder;
  recorded::write_model(folder.path(), "classes");
  std::ifstream in(folder.path() / "tokenizer_config.json");
  std::string config{std::istreambuf_iterator<char>(in), {}};
  config.replace(config.find("\"token_type_ids\""), 16, "\"position_ids\"");
  std::filesystem::remove(folder.path() / "tokenizer_config.json");
  std::ofstream(folder.path() / "tokenizer_config.json") << config;
  return TextClassification::from_pretrained(folder.path());
}

TextClassification with_problem(const std::string& problem) {
  std::string config = recorded::config_of("score");
  if (!problem.empty()) config.insert(config.find('{') + 1, "\"problem_type\": \"" + problem + "\",");
  const support::TemporaryDirectory folder;
  recorded::write_model(folder.path(), "score", config);
  return TextClassification::from_pretrained(folder.path());
}

}  // namespace

BOOST_AUTO_TEST_CASE(labels_and_scores_are_transformers) {
  const auto classify = TextClassification::from_pretrained(recorded::folder("classes"));
  const Json cases = recorded::expected("text-classification");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json c = cases[i], options = *c.find("options"), inputs = *c.find("inputs"), wanted = *c.find("outputs");
    BOOST_TEST_CONTEXT("case " << i) {
      TextClassificationOptions o;
      if (const auto k = options.find("top_k")) {
        o.top_k.reset();
        if (k->integer()) o.top_k = int(*k->integer());
      }
      if (options.find("function_to_apply")) o.function_to_apply = recorded::text(options, "function_to_apply");
      if (c.find("model")) check_labels(with_problem(recorded::text(c, "problem_type"))(*inputs.string(), o), wanted);
      else if (inputs.string()) check_labels(classify(*inputs.string(), o), wanted);
      else {
        const TextPair pair{*inputs[0].string(), *inputs[1].string()};
        check_labels(c.find("without_types") ? without_types()(pair, o) : classify(pair, o), wanted);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(many_texts_are_as_one_after_the_other) {
  const auto classify = TextClassification::from_pretrained(recorded::folder("classes"));
  const std::vector<std::string> texts{"great story", "the city was near the river and the food is bad", "who?"};
  for (int batch_size : {1, 2, 32}) {
    const auto all = classify(texts, {.batch_size = batch_size});
    BOOST_REQUIRE(all.size() == 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      const auto one = classify(texts[i]);
      BOOST_TEST(all[i][0].label == one[0].label);
      recorded::check_near(all[i][0].score, one[0].score, 1e-6);
    }
  }
  BOOST_TEST(classify({"great story", "who?"}).size() == 2u);
  BOOST_TEST(classify(Texts{}).empty());
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_says_so) {
  const auto classify = TextClassification::from_pretrained(recorded::folder("classes"));
  std::string text;
  for (int i = 0; i < 70; ++i) text += "bad ";
  const auto message = [&](TextClassificationOptions o, const std::string& of = "bad") {
    const auto found = classify.try_run(of, o);
    return found ? std::string("no error") : found.error().message();
  };
  BOOST_TEST(message({}, text) ==
             "text 0: tokens that the model has positions for (truncation cuts): expected 64, found 72");
  BOOST_TEST(message({.truncation = true}, text) == "no error");
  BOOST_TEST(message({.top_k = 0}) == "top_k: at least: expected 1, found 0");
  BOOST_TEST(message({.batch_size = 0}) == "batch_size: at least: expected 1, found 0");
  BOOST_TEST(message({.function_to_apply = "tanh"}) ==
             "function_to_apply: expected default, sigmoid, softmax or none, found tanh");
  const auto other = TextClassification::try_from_pretrained(recorded::folder("tokens"));
  BOOST_REQUIRE(!other);
  BOOST_TEST(other.error().message().ends_with("load it with AutoModelForTokenClassification"));
}

BOOST_AUTO_TEST_SUITE_END()
