// What was written is what was read: specs, images, tables.
#include <boost/test/unit_test.hpp>

#include <set>

#include "gemma3.hpp"
#include "gpt2.hpp"
#include "llama.hpp"
#include "phi3.hpp"
#include "skald/pipelines/auto_tokenizer.hpp"
#include "skald/pipelines/embed.hpp"
#include "specs.hpp"
#include "support/bare_on_heap.hpp"
#include "support/forward.hpp"
#include "tables.hpp"

BOOST_AUTO_TEST_SUITE(embed)

using namespace skald;

namespace {

std::string model(const char* folder) { return std::string(SKALD_TEST_DATA "/models/") + folder; }

/// The image where it lies against the folder, converted while it is loaded: the same bits.
template <const ModelSpec& S, class P, class Linear, class Table>
void check_image(const char* folder, const ImageBytes& image, const SpecialTokens& special) {
  using Loaded = Transformer<support::BareOnHeap, Plan<OneOf<Linear>, OneOf<Table>, OneOf<Table>, Linear>>;
  using Tiny = Transformer<Bare, P, Fixed<S>>;
  typename Tiny::Weights weights;
  BOOST_REQUIRE(!read_image<Tiny>(S, image, weights));
  const Tiny tiny({}, {}, weights, special);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(image.data()) % image_alignment == 0u);
  FixedSession<Tiny, Chain<>, Greedy, 24, 4> session(tiny, chain(), Greedy{});
  const auto tokens = support::some_tokens(6, S.vocab_size);
  BOOST_REQUIRE(!session.start(tokens, 1));
  while (!session.finished()) BOOST_REQUIRE(!session.step());
  BOOST_TEST(session.new_ids().size() == 1u);

  std::vector<std::byte> keys(contiguous_cache_bytes(S, 1, 8)), scratch(tiny.plan(6, 6, 1).scratch);
  ContiguousCache<Bare> cache(S, 8, BorrowedMemory(keys));
  Bare::Queue queue{BorrowedMemory(scratch)};
  FixedStepBuilder<8> step;
  step.add(cache, cache.create(), tokens, 1);
  std::vector<float> logits(std::size_t(S.vocab_size));
  BOOST_REQUIRE(!tiny.forward(queue, step.batch(), cache, logits.data()));
  if constexpr (std::is_same_v<Linear, Table>) {
    const auto loaded = Pretrained<Loaded>::try_load(model(folder));
    BOOST_REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().what()));
    BOOST_TEST(loaded->special_tokens().bos == special.bos);
    BOOST_TEST(std::equal(special.eos.begin(), special.eos.end(), loaded->special_tokens().eos.begin(),
                          loaded->special_tokens().eos.end()));
    const auto expected = support::logits_of(*loaded, tokens);
    BOOST_TEST(std::equal(logits.begin(), logits.end(), expected.end() - S.vocab_size), folder);
  } else {
    for (const float x : logits) BOOST_REQUIRE(x - x == 0);
  }
}

template <class T>
void check_tables(const char* name, const T& fixed, const char* (*piece)(token_id)) {
  const auto full = AutoTokenizer::from_pretrained(std::string(SKALD_TEST_DATA "/tokenizers/") + name);
  BOOST_REQUIRE(fixed.vocab_size() == full.vocab_size());
  for (const char* text : {"", "Once upon a time, there's 12345 things  to do.\n\n\tWE'LL see\r\n",
                           "h\u00e9llo w\u00f6rld\u3000\u4F60\u597D \U0001F600", "<|endoftext|>a<|bos|>",
                           "CamelCaseWords_and_snake __init__(self)   "}) {
    std::vector<token_id> ids(200);
    std::size_t n = 0;
    BOOST_REQUIRE(!fixed.encode(text, ids, n));
    ids.resize(n);
    BOOST_TEST(ids == full(text).ids, name << ": " << text);
    std::string told;
    for (const token_id t : ids) told += piece(t);
    DecodeOptions plain;
    plain.clean_up_tokenization_spaces = false;
    plain.skip_special_tokens = true;
    BOOST_TEST(told == full.decode(ids, plain), name << ": " << text);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_spec_comes_back) {
  std::set<HeadKind> heads;
  std::set<RopeScaling> scalings;
  for (const auto& [folder, spec] : specs) {
    const auto lm = Pretrained<Transformer<Reference, AnyPrecision>>::try_load(model(folder));
    BOOST_REQUIRE(lm);
    BOOST_TEST((lm->spec() == *spec), folder);
    heads.insert(spec->head);
    scalings.insert(spec->ropes[0].scaling);
  }
  BOOST_TEST(std::size(specs) > 40u);
  BOOST_TEST(heads.size() > 4u);
  BOOST_TEST(scalings.size() > 3u);
}

BOOST_AUTO_TEST_CASE(images_run_where_they_lie) {
  check_image<llama::spec, llama::Plan, int8, int8>("llama_gqa", llama::image, llama::special_tokens);
  check_image<gpt2::spec, gpt2::Plan, fp16, fp16>("gpt2", gpt2::image, gpt2::special_tokens);
  check_image<gemma3::spec, gemma3::Plan, nf4, int8>("gemma3_text", gemma3::image, gemma3::special_tokens);
  check_image<phi3::spec, phi3::Plan, fp32, fp32>("phi3_longrope", phi3::image, phi3::special_tokens);
}

BOOST_AUTO_TEST_CASE(tables_say_what_the_tokenizer_says) {
  check_tables("bpe_gpt2", bpe_gpt2::tokenizer, bpe_gpt2::piece);
  check_tables("bpe_llama3_ignore_merges", bpe_llama3_ignore_merges::tokenizer, bpe_llama3_ignore_merges::piece);
  check_tables("bpe_o200k", bpe_o200k::tokenizer, bpe_o200k::piece);
  check_tables("bpe_tekken", bpe_tekken::tokenizer, bpe_tekken::piece);
  check_tables("bpe_bytelevel_noregex", bpe_bytelevel_noregex::tokenizer, bpe_bytelevel_noregex::piece);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_embedded) {
  const auto refused = [](const std::string& folder, const char* out, EmbedOptions options) {
    const auto made = try_embed(folder, out, std::move(options));
    return made ? std::string("made") : std::string(made.error().what());
  };
  BOOST_TEST(refused(model("gpt2"), "x.cpp", {}) ==
             "out: expected a name that ends in .hpp, .S or .bin, found x.cpp");
  BOOST_TEST(refused(model("gpt2"), "x.hpp", {.precision = "int4"}) ==
             "precision: expected int8, nf4, fp16 or fp32, found int4");
  BOOST_TEST(refused(model("gpt2"), "my-model.hpp", {}) ==
             "name: expected letters, digits and _, found \"my-model\"");
  BOOST_TEST(refused(model("bert"), "x.hpp", {.tokenizer = false}) ==
             model("bert") + ": expected a model that generates text");
  BOOST_TEST(refused(model("gpt2"), "/nowhere/x.hpp", {.tokenizer = false}) == "/nowhere/x.hpp: cannot be written");
  BOOST_TEST(refused(model("none"), "x.hpp", {}).starts_with(model("none")));
}

BOOST_AUTO_TEST_SUITE_END()
