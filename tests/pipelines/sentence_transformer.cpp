#include "skald/pipelines/sentence_transformer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

#include "pipelines/recorded.hpp"
#include "skald/pipelines/sentence_similarity.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_sentence_transformer)

using namespace skald;

namespace {

/// A folder as sentence-transformers saves it.
struct SentenceFolder {
  support::TemporaryDirectory directory;

  explicit SentenceFolder(const std::string& pooling, bool dense = false, const std::string& config = "{}",
                          const std::string& transformer = R"({"max_seq_length": 40})", const char* model = "body") {
    recorded::write_model(directory.path(), model);
    write("sentence_bert_config.json", transformer);
    write("config_sentence_transformers.json", config);
    std::filesystem::create_directory(directory.path() / "1_Pooling");
    write("1_Pooling/config.json", pooling);
    std::string modules = R"([{"path": "", "type": "sentence_transformers.models.Transformer"},
                              {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"})";
    if (dense) {
      std::filesystem::create_directory(directory.path() / "2_Dense");
      recorded::link_files(SKALD_TEST_DATA "/pipelines/dense", directory.path() / "2_Dense");
      modules += R"(, {"path": "2_Dense", "type": "sentence_transformers.models.Dense"},
                      {"path": "3_Normalize", "type": "sentence_transformers.models.Normalize"})";
    }
    write("modules.json", modules + "]");
  }

  void write(const char* name, const std::string& text) const { std::ofstream(directory.path() / name) << text; }
  SentenceTransformer load() const { return SentenceTransformer::from_pretrained(directory.path()); }
  std::string refusal() const {
    const auto loaded = SentenceTransformer::try_from_pretrained(directory.path());
    return loaded ? "no error" : loaded.error().message();
  }
};

std::string pooling_of(const Json& c) {
  const Json mode = *c.find("pooling_mode");
  std::string list;
  for (const auto& name : mode.string() ? std::vector{std::string(*mode.string())} : recorded::texts(mode))
    list.append(list.empty() ? "\"" : ", \"").append(name).append("\"");
  const auto include = c.find("include_prompt");
  return "{\"pooling_mode\": [" + list + "], \"include_prompt\": " +
         (include && !include->boolean().value_or(true) ? "false}" : "true}");
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_encoder_of_t5_embeds) {
  const SentenceFolder folder(R"({"pooling_mode_mean_tokens": true})", true, "{}", R"({"max_seq_length": 40})",
                              "pair_encoder");
  const auto model = folder.load();
  const Embeddings found = model.encode({"Anna lives in Paris.", "great story"});
  const Json wanted = recorded::expected("pair-sentences");
  for (std::size_t i = 0; i < 2; ++i) {
    const auto row = recorded::numbers(wanted[i]);
    BOOST_REQUIRE(found[i].size() == row.size());
    for (std::size_t k = 0; k < row.size(); ++k) recorded::check_near(found[i][k], row[k]);
  }
  // As transformers 4 wrote it, and of a folder of the whole model: the encoder alone.
  std::string config = recorded::config_of("pair_encoder");
  const auto as = [&](const char* from, const char* to) {
    const std::size_t at = config.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    config.replace(at, std::string_view(from).size(), to);
    std::filesystem::remove(folder.directory.path() / "config.json");
    folder.write("config.json", config);
    return folder.load().encode("great story");
  };
  const std::vector<float> second = model.encode("great story");
  BOOST_TEST(as("\"is_encoder_decoder\": false", "\"is_encoder_decoder\": true") == second, boost::test_tools::per_element());
  BOOST_TEST(as("T5EncoderModel", "T5ForConditionalGeneration") == second, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(embeddings_are_the_python_librarys) {
  const Json cases = recorded::expected("sentences");
  const auto texts = recorded::texts(recorded::expected("texts"));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Json c = cases[i], wanted = *c.find("outputs");
    EncodeSentenceOptions o;
    o.prompt_name = recorded::text(c, "prompt_name");
    o.normalize_embeddings = c.find("normalize_embeddings").has_value();
    if (c.find("truncate_dim")) o.truncate_dim = int(recorded::number(c, "truncate_dim"));
    const SentenceFolder folder(pooling_of(c), c.find("dense").has_value(), R"({"prompts": {"query": "who is "}})");
    for (int batch_size : {1, 3}) BOOST_TEST_CONTEXT("case " << i) {
      o.batch_size = batch_size;
      const auto found = folder.load().encode(texts, o);
      BOOST_REQUIRE(found.size() == wanted.size());
      for (std::size_t t = 0; t < found.size(); ++t) {
        const auto row = recorded::numbers(wanted[t]);
        BOOST_REQUIRE(found[t].size() == row.size());
        for (std::size_t k = 0; k < row.size(); ++k) recorded::check_near(found[t][k], row[k]);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(how_alike_they_are) {
  const auto texts = recorded::texts(recorded::expected("texts"));
  const Json cases = recorded::expected("similarity");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string name(cases.key(i));
    const SentenceFolder folder(R"({"pooling_mode": "mean"})", true, R"({"similarity_fn_name": ")" + name + "\"}");
    const auto model = folder.load();
    const Embeddings e = model.encode(texts), found = model.similarity(e, e);
    for (std::size_t r = 0; r < e.size(); ++r) {
      const auto row = recorded::numbers(cases[i][r]);
      BOOST_REQUIRE(found[r].size() == row.size());
      for (std::size_t k = 0; k < row.size(); ++k) recorded::check_near(found[r][k], row[k], 1e-4);
    }
  }
  const SentenceFolder folder(R"({"pooling_mode": "mean"})", true);
  const auto alike = SentenceSimilarity::from_pretrained(folder.directory.path())(texts[0], {texts[1], texts[0]});
  recorded::check_near(alike[0], recorded::numbers(cases[0][0])[1]);
  recorded::check_near(alike[1], 1);
}

BOOST_AUTO_TEST_CASE(older_folders_and_plain_ones) {
  const auto texts = recorded::texts(recorded::expected("texts"));
  const SentenceFolder older(R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true,
                                 "word_embedding_dimension": 16})"),
      newer(R"({"pooling_mode": ["cls", "mean"]})");
  BOOST_TEST(older.load().encode(texts).values == newer.load().encode(texts).values, boost::test_tools::per_element());
  const SentenceFolder mean(R"({"pooling_mode": "mean"})");
  const auto plain = SentenceTransformer::from_pretrained(recorded::folder("body"));  // without modules.json
  BOOST_TEST(plain.max_seq_length() == 48);
  BOOST_TEST(mean.load().max_seq_length() == 40);
  BOOST_TEST(plain.encode("great story") == mean.load().encode("great story"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(prompts_and_lower_case) {
  const SentenceFolder folder(R"({"pooling_mode": "mean"})", false,
                              R"({"prompts": {"query": "who is ", "passage": "the "},
                                  "default_prompt_name": "passage"})",
                              R"({"max_seq_length": 40, "do_lower_case": true})");
  const auto model = folder.load();
  const auto same = [](const Embeddings& a, const Embeddings& b) { return a.values == b.values; };
  BOOST_TEST(same(model.encode({"ANNA"}), model.encode({"the anna"}, {.prompt = ""})));
  BOOST_TEST(same(model.encode_query({"anna"}), model.encode({"who is anna"}, {.prompt = ""})));
  BOOST_TEST(same(model.encode_document({"anna"}), model.encode({"anna"}, {.prompt = "the "})));
  BOOST_TEST(!same(model.encode({"anna"}, {.prompt = ""}), model.encode({"anna"})));
  const auto wrong = model.try_encode({"anna"}, {.prompt_name = "question"});
  BOOST_REQUIRE(!wrong);
  BOOST_TEST(wrong.error().message() ==
             "prompt_name: expected one of the folder's prompts (query, passage), found question");
}

BOOST_AUTO_TEST_CASE(what_is_not_done_is_named) {
  BOOST_TEST(SentenceFolder(R"({"pooling_mode": "median"})").refusal() ==
             "1_Pooling/config.json: pooling_mode: expected cls, max, mean, mean_sqrt_len_tokens, weightedmean or "
             "lasttoken, found \"median\"");
  const SentenceFolder folder(R"({"pooling_mode": "mean"})");
  folder.write("modules.json", R"([{"path": "", "type": "a.Transformer"}, {"path": "1", "type": "a.WordWeights"}])");
  BOOST_TEST(folder.refusal() == "modules.json: [1]: type: expected Transformer, Pooling, Dense, Normalize or Dropout, "
                                 "found a.WordWeights");
  folder.write("modules.json", R"([{"path": "../x", "type": "a.Transformer"}])");
  BOOST_TEST(folder.refusal() == "modules.json: [0]: path: expected a path inside the folder, found \"../x\"");
  folder.write("modules.json", R"([{"path": "", "type": "a.Transformer"}])");
  BOOST_TEST(folder.refusal() == "modules.json: expected a Pooling behind the Transformer, found none");
}

/// What golden/check_sentence_embeddings.py asks for: a folder, a file of texts, and the embeddings of another library.
BOOST_AUTO_TEST_CASE(real_weights) {
  const char *folder = std::getenv("SKALD_SENTENCE_FOLDER"), *lines = std::getenv("SKALD_SENTENCE_TEXTS"),
             *numbers = std::getenv("SKALD_SENTENCE_EMBEDDINGS");
  if (!folder || !lines || !numbers) return;
  std::vector<std::string> texts;
  std::ifstream in(lines);
  for (std::string line; std::getline(in, line);) texts.push_back(line);
  const Embeddings found = SentenceTransformer::from_pretrained(folder).encode(texts);
  std::vector<float> wanted(found.values.size());
  std::ifstream(numbers, std::ios::binary).read(reinterpret_cast<char*>(wanted.data()),
                                                std::streamsize(wanted.size() * sizeof(float)));
  float worst = 1;
  for (std::size_t i = 0; i < found.size(); ++i)
    worst = std::min(worst, similarity(found[i], std::span(wanted).subspan(i * found.width, found.width)));
  BOOST_TEST_MESSAGE(found.size() << " texts, worst cosine 1 - " << 1 - double(worst));
  BOOST_TEST(worst >= 0.99999f);
}

BOOST_AUTO_TEST_SUITE_END()
