// Encoder-decoders: every family in every precision, saved and counted; what sequences share; what is refused.
#include "skald/model/encoder_decoder.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "skald/backend/reference.hpp"
#include "skald/cpu.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/model/encoder_decoder_footprint.hpp"
#include "skald/model/save_encoder_decoder.hpp"
#include "support/forward.hpp"
#include "support/random_encoder_decoder.hpp"

BOOST_AUTO_TEST_SUITE(model_encoder_decoder)

using namespace skald;
using support::TemporaryDirectory;

namespace {

template <class B> using Model = EncoderDecoder<B, OneOf<fp32, bf16, int8, nf4>>;

struct Variant {
  const char *type, *more;
};
constexpr Variant variants[] = {
    {"t5", ""},
    {"t5", R"(,"feed_forward_proj":"gated-gelu","tie_word_embeddings":false)"},
    {"bart", ""},
    {"mbart", R"(,"scale_embedding":true)"},
    {"marian", R"(,"activation_function":"swish")"},
    {"marian", R"(,"share_encoder_decoder_embeddings":false,"decoder_vocab_size":48,"d_model":36)"},
};

template <class B>
Model<B> load(const TemporaryDirectory& folder, const char* dtype = "") {
  LoadOptions<B> options;
  options.dtype = dtype;
  return Model<B>::from_pretrained(folder.path().string(), options);
}

template <class M>
std::vector<float> outputs(const M& model) {
  return support::logits_of(model, support::some_tokens(9, 64), support::some_tokens(6, 48));
}

/// The largest difference, as a part of the largest number.
float apart(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = 0, most = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    largest = std::max(largest, std::abs(a[i]));
    most = std::max(most, std::abs(a[i] - b[i]));
  }
  return most / largest;
}

constexpr Variant heads[] = {
    {"bart", R"(,"architectures":["BartForSequenceClassification"],"num_labels":3)"},
    {"mbart", R"(,"architectures":["MBartForQuestionAnswering"])"},
    {"t5", R"(,"architectures":["T5ForSequenceClassification"],"num_labels":1)"},
    {"t5", R"(,"architectures":["T5ForQuestionAnswering"],"feed_forward_proj":"gated-gelu")"},
};

/// What a head says of rows: one a row, or one a token.
template <class M>
Fault ask(const M& model, std::initializer_list<std::span<const token_id>> texts, std::vector<float>& said) {
  std::vector<token_id> ids;
  std::vector<std::int32_t> positions, at;
  std::vector<Row> rows;
  for (const auto& text : texts) {
    rows.push_back({.sequence = std::int32_t(rows.size()), .first = std::int32_t(ids.size()),
                    .count = std::int32_t(text.size())});
    for (std::size_t i = 0; i < text.size(); ++i) positions.push_back(std::int32_t(i));
    ids.insert(ids.end(), text.begin(), text.end());
  }
  for (std::size_t i = 0; i < ids.size(); ++i) at.push_back(std::int32_t(i));
  const bool classes = model.spec().head == HeadKind::sequence_class;
  said.assign((classes ? rows.size() : ids.size()) * std::size_t(model.vocab_size()), 0.0f);
  auto queue = model.backend().queue();
  return model.forward(queue, {ids, positions, rows, at}, said.data());
}
template <class M>
std::vector<float> asked(const M& model, std::initializer_list<std::span<const token_id>> texts) {
  std::vector<float> said;
  const Fault f = ask(model, texts, said);
  BOOST_REQUIRE_MESSAGE(!f, f.what);
  return said;
}

std::string message(const Result<Model<Reference>>& loaded) { return loaded ? "" : loaded.error().message(); }

}  // namespace

BOOST_AUTO_TEST_CASE(every_family_in_every_precision) {
  for (const Variant& v : variants) {
    const TemporaryDirectory folder;
    support::write_encoder_decoder(folder, v.type, v.more);
    const auto exact = outputs(load<Reference>(folder));
    BOOST_TEST(exact.size() == 6u * std::size_t(load<Cpu>(folder).vocab_size()));
    for (const char* dtype : {"", "bf16", "int8", "nf4"}) {
      const auto found = outputs(load<Cpu>(folder, dtype));
      BOOST_TEST(apart(outputs(load<Reference>(folder, dtype)), found) < 1e-5f, v.type << v.more << dtype);
      const float bound = *dtype == 0 ? 1e-5f : *dtype == 'n' ? 2.0f : 0.15f;
      BOOST_TEST(apart(exact, found) < bound, v.type << v.more << dtype);
      BOOST_TEST((*dtype == 0 || found != exact), v.type << v.more << dtype);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_saved_loads_again_and_takes_what_was_foretold) {
  for (const Variant& v : variants) {
    const TemporaryDirectory folder, saved;
    support::write_encoder_decoder(folder, v.type, v.more);
    const auto model = load<Reference>(folder, "int8");
    model.save_pretrained(saved.path().string());
    BOOST_TEST((outputs(load<Reference>(saved)) == outputs(model)), v.type << v.more);
    const auto foretold =
        unwrap(encoder_decoder_footprint(Checkpoint::open(folder.path()), {.dtype = "int8"}));
    const auto size = std::filesystem::file_size(saved / "model.safetensors");
    BOOST_TEST(double(foretold.file) < 1.1 * double(size), v.type << v.more);
    BOOST_TEST(double(foretold.file) > 0.9 * double(size), v.type << v.more);
    const auto width = std::uint64_t(model.spec().decoder.kv_width());
    BOOST_TEST(foretold.cross_per_token == 2 * 3 * width * sizeof(float));
    BOOST_TEST(foretold.cache_per_token == foretold.cross_per_token);
    // A step reads the decoder, but for what made the keys and values of the encoder's.
    std::uint64_t bytes = 0;
    const auto written = Checkpoint::open(saved.path());
    for (const StoredTensor& t : written.tensors())
      if (t.name.find("decoder.") != t.name.npos && !t.name.starts_with("model.decoder.embed_positions"))
        bytes += t.bytes.size();
    BOOST_TEST(foretold.read_per_token < bytes + 64 * 64 * 4);
    BOOST_TEST(foretold.read_per_token > bytes / 2);
  }
}

BOOST_AUTO_TEST_CASE(heads_in_every_precision_saved_and_row_by_row) {
  const std::vector<token_id> text{5, 1, 22, 9, 31, 1}, other{7, 40, 1};
  for (const Variant& v : heads) {
    const TemporaryDirectory folder, saved;
    support::write_encoder_decoder(folder, v.type, v.more);
    const auto exact = load<Reference>(folder);
    const auto said = asked(exact, {text, other}), alone = asked(exact, {other});
    BOOST_TEST(apart({said.end() - std::ptrdiff_t(alone.size()), said.end()}, alone) < 1e-6f, v.type << v.more);
    BOOST_TEST(apart(said, asked(load<Cpu>(folder), {text, other})) < 1e-5f, v.type << v.more);
    const auto stored = load<Reference>(folder, "int8");
    BOOST_TEST(apart(asked(load<Cpu>(folder, "int8"), {text, other}), asked(stored, {text, other})) < 1e-5f);
    stored.save_pretrained(saved.path().string());
    BOOST_TEST((asked(load<Reference>(saved), {text, other}) == asked(stored, {text, other})), v.type << v.more);
  }
}

BOOST_AUTO_TEST_CASE(classes_are_told_from_the_last_end_token) {
  const TemporaryDirectory folder;
  support::write_encoder_decoder(folder, heads[0].type, heads[0].more);
  const auto model = load<Reference>(folder);
  const std::vector<token_id> text{5, 1, 22, 1}, longer{5, 1, 22, 1, 9}, none{5, 22};
  std::vector<float> said;
  BOOST_TEST((ask(model, {text, none}, said).code == FaultCode::invalid_argument));
  BOOST_TEST(ask(model, {text, none}, said).index == 1);
  // The decoder sees no token behind it, the encoder does.
  std::vector<float> states(5 * 32), shorter(4 * 32);
  auto queue = model.backend().queue();
  const std::vector<std::int32_t> positions{0, 1, 2, 3, 4};
  const Row row{.count = 5}, cut{.count = 4};
  BOOST_REQUIRE(!model.encode(queue, {longer, positions, {&row, 1}, {}}, states.data()));
  BOOST_REQUIRE(!model.encode(queue, {text, std::span(positions).first(4), {&cut, 1}, {}}, shorter.data()));
  BOOST_TEST(asked(model, {longer}) != asked(model, {text}), boost::test_tools::per_element());
  BOOST_TEST(apart({states.begin(), states.begin() + 32}, {shorter.begin(), shorter.begin() + 32}) > 1e-3f);
  // A language model has a cache.
  const TemporaryDirectory writes;
  support::write_encoder_decoder(writes, "bart", "");
  BOOST_TEST((ask(load<Reference>(writes), {text}, said).code == FaultCode::unsupported));
}

BOOST_AUTO_TEST_CASE(a_shared_table_is_held_once) {
  const TemporaryDirectory folder;
  support::write_encoder_decoder(folder, "t5", "");
  const auto model = load<Reference>(folder, "bf16");
  const auto at = [](const auto& half) {
    return half.weights().tokens.visit([](auto, const auto& parts) -> const void* {
      if constexpr (requires { parts.data; }) return parts.data;
      else return nullptr;
    });
  };
  BOOST_TEST(at(model.encoder()) == at(model.decoder()));
  BOOST_TEST(at(model.encoder()) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_wo_of_t5_is_never_quantised_by_a_config) {
  const TemporaryDirectory folder;
  support::write_encoder_decoder(folder, "t5", "");
  LoadOptions<Reference> options;
  options.quantization_config = BitsAndBytesConfig{.load_in_8bit = true};
  const auto model = Model<Reference>::from_pretrained(folder.path().string(), options);
  const auto& block = model.decoder().weights().blocks[0];
  BOOST_TEST(block.feed_forward.down.weight.precision() == "fp32");
  BOOST_TEST(block.feed_forward.up.weight.precision() == "int8");
  BOOST_TEST(block.cross.key.weight.precision() == "int8");
}

BOOST_AUTO_TEST_CASE(sequences_of_one_step_do_not_see_each_other) {
  const TemporaryDirectory folder;
  support::write_encoder_decoder(folder, "bart", "");
  const auto model = load<Cpu>(folder);
  const auto ids = support::some_tokens(20, 64);
  const std::span all(ids);
  const auto alone = support::logits_of(model, all.first(9), all.first(5));
  const auto other = support::logits_of(model, all.subspan(7, 3), all.subspan(4, 6));
  auto both = support::paged(model);
  const SeqId a = both.cache.create(), b = both.cache.create();
  BOOST_REQUIRE(!both.encode({{a, all.first(9)}, {b, all.subspan(7, 3)}}));
  BOOST_REQUIRE(!both.feed({{a, all.first(5)}, {b, all.subspan(4, 6)}}));
  const auto cut = std::ptrdiff_t(alone.size());
  BOOST_TEST(apart({both.logits.begin(), both.logits.begin() + cut}, alone) < 1e-6f);
  BOOST_TEST(apart({both.logits.begin() + cut, both.logits.end()}, other) < 1e-6f);
  BOOST_TEST(both.cache.cross_length(a) == 9);
  BOOST_TEST(both.cache.cross_length(b) == 3);
}

BOOST_AUTO_TEST_CASE(token_by_token_in_any_cache_and_from_a_fork) {
  const TemporaryDirectory folder;
  support::write_encoder_decoder(folder, "t5", "");
  const auto model = load<Reference>(folder);
  const auto ids = support::some_tokens(20, 64);
  const std::span all(ids);
  const auto whole = support::logits_of(model, all.first(9), all.first(5));
  const auto vocab = std::size_t(model.vocab_size());
  const auto last = std::vector<float>(whole.end() - std::ptrdiff_t(vocab), whole.end());
  const auto piecewise = [&](auto run) {
    const SeqId read = run.cache.create();
    BOOST_REQUIRE(!run.encode({{read, all.first(9)}}));
    const SeqId s = run.cache.fork(read);
    run.cache.drop(read);
    for (std::size_t i = 0; i < 4; ++i) BOOST_REQUIRE(!run.feed({{s, all.subspan(i, 1)}}));
    const SeqId t = run.cache.fork(s);
    BOOST_REQUIRE(!run.feed({{t, all.subspan(4, 1)}}));
    BOOST_TEST(apart(run.logits, last) < 1e-6f);
    BOOST_REQUIRE(run.cache.rewind(s, 2));
    BOOST_REQUIRE(!run.feed({{s, all.subspan(2, 3)}}));
    BOOST_TEST(apart({run.logits.end() - std::ptrdiff_t(vocab), run.logits.end()}, last) < 1e-6f);
  };
  piecewise(support::paged(model));
  HostMemory room;
  BOOST_REQUIRE(!HostMemory::allocate(contiguous_cache_bytes(model.spec(), 4, 32), room));
  using Inner = ContiguousCache<Reference>;
  using Cache = CrossCache<Inner>;
  piecewise(support::Seq2Seq<Model<Reference>, Cache>(model, Cache(model.spec(), Inner(model.spec(), 32, std::move(room)))));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_run_is_told) {
  const TemporaryDirectory folder;
  support::write_encoder_decoder(folder, "marian", "");
  const auto model = load<Reference>(folder);
  const auto ids = support::some_tokens(70, 64);
  const std::span all(ids);
  auto run = support::paged(model);
  const SeqId s = run.cache.create();
  BOOST_TEST(run.feed({{s, all.first(2)}}).what == "forward: nothing was read for this sequence: call encode first");
  BOOST_TEST((run.encode({{s, all.first(65)}}).code == FaultCode::out_of_range));  // sinusoids for 64 positions
  BOOST_TEST((run.encode({{99, all.first(2)}}).code == FaultCode::out_of_range));
  BOOST_REQUIRE(!run.encode({{s, all.first(64)}}));
  BOOST_REQUIRE(!run.feed({{s, all.first(2)}}));
  BOOST_TEST((run.encode({{s, all.first(2)}}).code == FaultCode::mismatch));
  BOOST_TEST(run.cache.cross_length(s) == 64);
  std::atomic<bool> stop = true;
  const SeqId t = run.cache.create();
  run.queue.cancel_on(&stop);
  BOOST_TEST((run.encode({{t, all.first(2)}}).code == FaultCode::cancelled));
  BOOST_TEST(run.cache.cross_length(t) == 0);
}

BOOST_AUTO_TEST_CASE(folders_of_other_models_are_refused_by_name) {
  const TemporaryDirectory folder, decoder;
  support::write_encoder_decoder(folder, "t5", "");
  const auto as_decoder = Transformer<Reference, fp32>::try_from_pretrained(folder.path().string());
  BOOST_REQUIRE(!as_decoder);
  BOOST_TEST(as_decoder.error().message().find("expected a decoder or an encoder, found t5, which is an "
                                               "encoder-decoder: load it with AutoModelForSeq2SeqLM") !=
             std::string::npos);
  const auto refused = [&](const char* config, std::optional<HeadKind> head) {
    folder.write("config.json", config);
    return message(Model<Reference>::try_from_pretrained(folder.path().string(), {.head = head}));
  };
  const char *classes = R"({"model_type":"t5","architectures":["T5ForSequenceClassification"]})",
             *writes = R"({"model_type":"t5","architectures":["T5ForConditionalGeneration"]})";
  BOOST_TEST(refused(classes, HeadKind::language) ==
             "config.json: architectures: expected a class that ends in ForConditionalGeneration, found "
             "T5ForSequenceClassification: load it with AutoModelForSequenceClassification");
  BOOST_TEST(refused(writes, HeadKind::question) ==
             "config.json: architectures: expected a class that ends in ForQuestionAnswering, found "
             "T5ForConditionalGeneration: load it with AutoModelForSeq2SeqLM");
  BOOST_TEST(refused(R"({"model_type":"t5","architectures":["T5Model"]})", {}) ==
             "config.json: architectures: expected a class that ends in ForConditionalGeneration, found T5Model");
  BOOST_TEST(refused(R"({"model_type":"t5"})", HeadKind::masked_language) ==
             "config.json: model_type names an encoder-decoder, which has no head for masked words or tokens");
  folder.write("config.json", R"({"model_type":"marian","d_model":1024,"max_position_embeddings":16777216})");
  BOOST_TEST(message(Model<Reference>::try_from_pretrained(folder.path().string()))
                 .find("sinusoids, at most: expected 67108864, found 17179869184") != std::string::npos);
  decoder.write("config.json", R"({"model_type":"llama"})");
  decoder.write("model.safetensors", support::TensorFile().add("x", {1}, {1}).file());
  BOOST_TEST(message(Model<Reference>::try_from_pretrained(decoder.path().string())) ==
             "config.json: model_type: expected one of bart, marian, mbart, t5, found llama, which is no "
             "encoder-decoder: load it with AutoModelForCausalLM or AutoModel");
}

BOOST_AUTO_TEST_SUITE_END()
