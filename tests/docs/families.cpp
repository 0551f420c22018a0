// The code of docs/families.md.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "skald/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/model/fixed_config.hpp"
#include "skald/model/padded_batch.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/pipelines/auto_model.hpp"
#include "skald/pipelines/auto_model_for_seq2seq_lm.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(docs_families)

using namespace skald;

namespace {

// [fixed]
inline constexpr ModelSpec tales = spec_of<families::Llama>({
    {"vocab_size", 512}, {"hidden_size", 64}, {"intermediate_size", 172}, {"num_hidden_layers", 5},
    {"num_attention_heads", 8}, {"num_key_value_heads", 4}, {"max_position_embeddings", 256},
    {"rms_norm_eps", 1e-5}, {"tie_word_embeddings", true}});
static_assert(tales.stack().kinds[0].attention.head_dim == 8);

using Lm = Transformer<Cpu, fp32, Fixed<tales>>;   // sizes are constants; from_pretrained checks the folder against them
// [/fixed]

}  // namespace

BOOST_AUTO_TEST_CASE(an_arch_may_be_a_constant) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";
  const auto fixed = Lm::from_pretrained(folder);
  const auto read = Transformer<Cpu, fp32>::from_pretrained(folder);
  const std::vector<token_id> prompt{0, 20, 30};
  BOOST_TEST((generate(fixed, prompt).sequences[0] == generate(read, prompt).sequences[0]));
  const auto other = Lm::try_from_pretrained(SKALD_SOURCE_DIR "/examples/models/skald-tales");
  BOOST_REQUIRE(!other);
  BOOST_TEST(other.error().message() == "config.json: describes another model than the spec this type is fixed to");
}

BOOST_AUTO_TEST_CASE(an_encoder) {
  const support::TemporaryDirectory bert;
  support::write_folder(bert, support::config_text("bert", support::bert_fields),
                        support::random_tensors<families::Bert>(support::small_bert));
  const std::string folder = bert.path().string();
  const std::vector<token_id> ids{1, 5, 9, 2,
                                  1, 7, 2, 0};
  const std::vector<std::int32_t> mask{1, 1, 1, 1,
                                       1, 1, 1, 0};
  // [encoder]
  auto model = AutoModel::from_pretrained(folder);
  const RaggedBatch batch = unpad(PaddedBatch{.rows = 2, .cols = 4, .input_ids = ids, .attention_mask = mask},
                                  model.spec().position_count, model.spec().padding_id);
  const auto width = model.spec().hidden_size;
  std::vector<float> hidden(batch.tokens.size() * std::size_t(width)), pooled(batch.rows.size() * std::size_t(width));
  auto queue = model.backend().queue();
  Fault f = model.encode(queue, batch.step({}), hidden.data(), pooled.data());
  if (!f) f = queue.wait();
  std::vector<float> padded(ids.size() * std::size_t(width));          // [2, 4, width], zero where the padding was
  batch.scatter(std::span<const float>(hidden), width, 4, std::span<float>(padded));
  // [/encoder]
  BOOST_TEST(!f);
  BOOST_TEST(padded[3 * std::size_t(width)] == hidden[3 * std::size_t(width)]);
  BOOST_TEST(padded[7 * std::size_t(width)] == 0.0f);
  BOOST_TEST(pooled[0] != 0.0f);
}

BOOST_AUTO_TEST_CASE(an_encoder_decoder) {
  const std::string folder = SKALD_SOURCE_DIR "/tests/golden/models/t5";
  // [seq2seq]
  const auto model = AutoModelForSeq2SeqLM::from_pretrained(folder);
  auto session = Session<AutoModelForSeq2SeqLM::Base>::create(model, {.context = 32});
  auto& cache = session.engine().cache();
  auto& queue = session.engine().queue();
  const std::vector<token_id> read{12, 7, 30, 1}, written{0, 14};
  const std::vector<std::int32_t> positions{0, 1, 2, 3}, last{1};
  const Row source{.sequence = cache.create(), .count = 4}, target{.sequence = source.sequence, .count = 2};
  Fault f = model.encode(queue, {read, positions, {&source, 1}, {}}, cache);        // once; forks of the sequence share it
  std::vector<float> logits(std::size_t(model.vocab_size()));
  const std::span at = std::span(positions).first(2);
  if (!f) f = model.forward(queue, {written, at, {&target, 1}, last}, cache, logits.data());
  if (!f) f = queue.wait();
  // [/seq2seq]
  BOOST_TEST(!f);
  BOOST_TEST(logits[0] != logits[1]);
}

BOOST_AUTO_TEST_CASE(a_head) {
  const std::string folder = SKALD_SOURCE_DIR "/tests/golden/models/bert_sequence_classification";
  // [head]
  const auto model = AutoModelForSequenceClassification::from_pretrained(folder);
  const std::vector<token_id> ids{1, 5, 9, 2, 7};                      // two rows: of three tokens and of two
  const std::vector<std::int32_t> positions{0, 1, 2, 0, 1};
  const std::vector<Row> rows{{.sequence = 0, .first = 0, .count = 3}, {.sequence = 1, .first = 3, .count = 2}};
  std::vector<float> logits(rows.size() * std::size_t(model.vocab_size()));     // [rows, labels]
  auto queue = model.backend().queue();
  Fault f = model.forward(queue, {ids, positions, rows, {}}, logits.data());    // no cache
  if (!f) f = queue.wait();
  // [/head]
  BOOST_TEST(!f);
  BOOST_TEST(model.spec().labels == 3);
  BOOST_TEST(logits[0] != logits[3]);
}

BOOST_AUTO_TEST_SUITE_END()
