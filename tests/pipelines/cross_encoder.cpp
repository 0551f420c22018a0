#include "skald/pipelines/cross_encoder.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_cross_encoder)

using namespace skald;

namespace {

CrossEncoder with_activation(const std::string& name) {
  const support::TemporaryDirectory folder;
  recorded::write_model(folder.path(), "score");
  std::ofstream(folder.path() / "config_sentence_transformers.json") << "{\"activation_fn\": \"" + name + "\"}";
  return CrossEncoder::from_pretrained(folder.path());
}

}  // namespace

BOOST_AUTO_TEST_CASE(documents_are_in_the_python_librarys_order) {
  const auto ranker = CrossEncoder::from_pretrained(recorded::folder("score"));
  const auto texts = recorded::texts(recorded::expected("texts"));
  const std::string query(*recorded::expected("query").string());
  const Json wanted = recorded::expected("rank");
  const auto found = ranker.rank(query, texts, {.return_documents = true});
  BOOST_REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    BOOST_TEST(found[i].corpus_id == recorded::number(wanted[i], "corpus_id"));
    BOOST_TEST(found[i].text == texts[std::size_t(found[i].corpus_id)]);
    recorded::check_near(found[i].score, recorded::number(wanted[i], "score"));
  }
  const auto best = ranker.rank(query, texts, {.top_k = 2});
  BOOST_REQUIRE(best.size() == 2u);
  BOOST_TEST(best[1].corpus_id == found[1].corpus_id);
  BOOST_TEST(best[1].text.empty());
}

BOOST_AUTO_TEST_CASE(several_labels_are_predicted_not_ranked) {
  const auto classes = CrossEncoder::from_pretrained(recorded::folder("classes"));
  const auto texts = recorded::texts(recorded::expected("texts"));
  const std::string query(*recorded::expected("query").string());
  std::vector<TextPair> pairs;
  for (const auto& text : texts) pairs.push_back({query, text});
  const auto found = classes.predict(pairs);
  const Json wanted = recorded::expected("predict");
  for (std::size_t i = 0; i < pairs.size(); ++i)
    for (std::size_t k = 0; k < 3; ++k) recorded::check_near(found[i][k], recorded::numbers(wanted[i])[k]);
  const auto ranked = classes.try_rank(query, texts);
  BOOST_REQUIRE(!ranked);
  BOOST_TEST(ranked.error().message() == "rank: labels of a model that ranks: use predict: expected 1, found 3");
}

BOOST_AUTO_TEST_CASE(the_folder_names_the_activation) {
  const TextPair pairs[] = {{"who?", "great story"}};
  const float plain = with_activation("torch.nn.modules.linear.Identity").predict(pairs)[0][0];
  recorded::check_near(with_activation("torch.nn.modules.activation.Sigmoid").predict(pairs)[0][0],
                       1 / (1 + std::exp(-plain)));
  recorded::check_near(with_activation("torch.nn.modules.activation.Tanh").predict(pairs)[0][0], std::tanh(plain));
  recorded::check_near(CrossEncoder::from_pretrained(recorded::folder("score")).predict(pairs)[0][0],
                       1 / (1 + std::exp(-plain)));
}

BOOST_AUTO_TEST_SUITE_END()
