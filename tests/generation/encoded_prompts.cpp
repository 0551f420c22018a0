// generate() of encoder-decoders: what it begins with, what is read once, what processors see.
#include "skald/generation/encoded_prompts.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/generation/draft_model.hpp"
#include "skald/generation/guided_model.hpp"
#include "skald/generation/stream.hpp"
#include "skald/logits/encoder_no_repeat_ngram.hpp"
#include "skald/logits/forced_bos.hpp"
#include "skald/sampling/multinomial.hpp"
#include "skald/text/tokenizer.hpp"
#include "support/forward.hpp"
#include "support/random_encoder_decoder.hpp"

BOOST_AUTO_TEST_SUITE(generation_encoded_prompts)

using namespace skald;
using support::TemporaryDirectory;
using Tokens = std::vector<token_id>;

namespace {

using Model = EncoderDecoder<Reference, fp32>;

Model model_of(const char* type, const char* more = "") {
  const TemporaryDirectory folder;
  support::write_encoder_decoder(folder, type, more);
  return Model::from_pretrained(folder.path().string());
}

const Tokens first{3, 14, 15, 9, 26, 5, 35, 8, 1}, second{27, 18, 1};

template <class M, class... Args>
std::vector<Tokens> written(const M& model, const Prompts& prompts, const Args&... args) {
  return generate(model, prompts, args...).sequences;
}
template <class... Args>
std::string refused(const Model& model, const Prompts& prompts, const Args&... args) {
  const auto out = try_generate(model, prompts, args...);
  return out ? "" : out.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(greedy_is_the_best_token_behind_the_start_and_what_was_written) {
  const Model model = model_of("bart");
  Tokens ids{3};
  while (ids.size() < 9) {
    const auto all = support::logits_of(model, first, ids);
    const auto last = all.end() - model.vocab_size();
    ids.push_back(token_id(std::max_element(last, all.end()) - last));
  }
  const GenerateOptions options{.max_new_tokens = 8, .eos_token_id = Tokens{}};
  const auto out = generate(model, first, chain(), Greedy{}, options);
  BOOST_TEST(out.sequences.at(0) == ids);
  BOOST_TEST(out.prompt_lengths.at(0) == 1);
  // Lengths count what is written, not what is read.
  BOOST_TEST(written(model, first, chain(), Greedy{}, GenerateOptions{.max_length = 5, .eos_token_id = Tokens{}})[0].size() == 5u);
  BOOST_TEST(written(model, first, chain(), Greedy{}, GenerateOptions{.eos_token_id = Tokens{}})[0].size() == 21u);
  BOOST_TEST((written(model, first, chain(), Greedy{},
                      GenerateOptions{.max_new_tokens = 8, .eos_token_id = Tokens{}, .prompt_lookup_num_tokens = 3})[0] == ids));
}

BOOST_AUTO_TEST_CASE(a_row_does_not_depend_on_its_neighbours) {
  const Model model = model_of("t5");
  for (const GenerateOptions& o :
       {GenerateOptions{.max_new_tokens = 7}, GenerateOptions{.max_new_tokens = 7, .num_beams = 3, .num_return_sequences = 2},
        GenerateOptions{.max_new_tokens = 7, .padded_batch = true}}) {
    auto expected = written(model, first, chain(), Greedy{}, o);
    for (auto& ids : written(model, second, chain(), Greedy{}, o)) expected.push_back(ids);
    BOOST_TEST((written(model, std::vector{first, second}, chain(), Greedy{}, o) == expected));
  }
}

BOOST_AUTO_TEST_CASE(samples_of_one_prompt_share_what_was_read) {
  const Model model = model_of("mbart");
  auto session = Session<Model>::create(model, {.context = 32});
  const GenerateOptions options{.max_new_tokens = 6, .eos_token_id = Tokens{}, .num_return_sequences = 3};
  const auto out = unwrap(try_generate_on(session, first, chain(), Multinomial{.seed = 7}, options));
  BOOST_TEST(out.sequences.size() == 3u);
  BOOST_TEST((out.sequences[0] != out.sequences[1]));
  // Nothing stays: another prompt on the same session reads its own.
  BOOST_TEST(session.kept().all().empty());
  const SeqId s = session.engine().cache().create();
  BOOST_TEST(s == 0);
  session.engine().cache().drop(s);
  const GenerateOptions greedy{.max_new_tokens = 6};
  const auto again = unwrap(try_generate_on(session, second, chain(), Greedy{}, greedy));
  BOOST_TEST((again.sequences == written(model, second, chain(), Greedy{}, greedy)));
}

BOOST_AUTO_TEST_CASE(caches_of_other_elements_hold_what_was_read_too) {
  const Model model = model_of("t5");
  const GenerateOptions options{.max_new_tokens = 6, .eos_token_id = Tokens{}};
  auto half = Session<Model, fp16_t>::create(model, {.context = 32});
  const auto out = unwrap(try_generate_on(half, first, chain(), Greedy{}, options));
  BOOST_TEST((out.sequences == written(model, first, chain(), Greedy{}, options)));
}

BOOST_AUTO_TEST_CASE(processors_see_what_the_encoder_read) {
  const Model model = model_of("bart");
  const GenerateOptions options{.max_new_tokens = 10, .eos_token_id = Tokens{}};
  const auto in_first = [](token_id t) { return std::find(first.begin(), first.end(), t) != first.end(); };
  const Tokens plain = written(model, first, chain(), Greedy{}, options)[0];
  const Tokens banned = written(model, first, chain(EncoderNoRepeatNgram{1}), Greedy{}, options)[0];
  BOOST_TEST(std::none_of(banned.begin() + 1, banned.end(), in_first));
  const Tokens forced = written(model, first, chain(ForcedBos{9}), Greedy{}, options)[0];
  BOOST_TEST(forced.at(1) == 9);
  Tokens read;
  const auto looks = [&read](LogitsRow&, const RowContext& c) { read.assign(c.encoder_ids.begin(), c.encoder_ids.end()); };
  written(model, std::vector{first, second}, chain(looks), Greedy{}, options);
  BOOST_TEST(read == second);
  GenerateOptions padded = options;
  padded.padded_batch = true;
  written(model, std::vector{first, second}, chain(looks), Greedy{}, padded);
  Tokens filled = second;
  filled.resize(first.size(), 0);
  BOOST_TEST(read == filled);
}

BOOST_AUTO_TEST_CASE(a_small_encoder_decoder_guesses_for_a_large_one) {
  const Model model = model_of("t5"), other = model_of("bart");
  const GenerateOptions options{.max_new_tokens = 12, .eos_token_id = Tokens{}};
  const std::vector<Tokens> prompts{first, second};
  const auto plain = written(model, prompts, chain(), Greedy{}, options);
  AssistantOptions guesses{.num_assistant_tokens = 3, .num_assistant_tokens_schedule = AssistantSchedule::heuristic};
  guesses.assistant_confidence_threshold = 0;
  const DraftModel right(model, guesses), wrong(other, guesses);
  BOOST_TEST((written(model, prompts, chain(), Greedy{}, options, right) == plain));
  BOOST_TEST((written(model, prompts, chain(), Greedy{}, options, wrong) == plain));
  BOOST_TEST(right.num_assistant_tokens() > 3);  // the same model guesses right, so it read the same
  BOOST_TEST(wrong.num_assistant_tokens() < 3);
  const auto away = written(Guided(model, {2.0f, {second}}), first, chain(), Greedy{}, options);
  BOOST_TEST((written(Guided(model, {2.0f, {second}}), first, chain(), Greedy{}, options, right) == away));
  DraftModel alone(model);
  BOOST_TEST(alone.draft(first, 3).empty());
  BOOST_TEST((alone.last_fault().code == FaultCode::invalid_argument));
}

BOOST_AUTO_TEST_CASE(what_is_written_streams) {
  const Tokenizer tokenizer = Tokenizer::from_pretrained(SKALD_SOURCE_DIR "/examples/models/skald-tales-260k");
  const Model model = model_of("bart", R"(,"vocab_size":512)");
  const GenerateOptions options{.max_new_tokens = 9, .eos_token_id = Tokens{}};
  const char* const text = "Once upon a time";
  const auto rule = EncoderNoRepeatNgram{1};
  const auto out = generate(model, tokenizer(text), rule, Greedy{}, options);
  auto found = unwrap(try_stream(model, tokenizer, text, rule, Greedy{}, options));
  auto moved = std::move(found);  // and what was read with it
  std::string pieces;
  for (const std::string_view piece : moved) pieces += piece;
  BOOST_TEST(std::ranges::equal(moved.new_ids(), out.new_tokens(0)));
  BOOST_TEST(pieces == tokenizer.decode(out.new_tokens(0), {true}));
  BOOST_TEST((moved.reason() == FinishReason::length));
  BOOST_TEST(moved.ids().size() == 10u);
  const Model silent = model_of("bart", R"(,"vocab_size":512,"decoder_start_token_id":null)");
  const auto refused = try_stream(silent, tokenizer, text, rule, Greedy{}, options);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message().find("decoder_start_token_id: expected in the options") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_writing_begins_with) {
  const Model model = model_of("marian"), silent = model_of("marian", R"(,"decoder_start_token_id":null)"),
              bos = model_of("marian", R"(,"decoder_start_token_id":null,"bos_token_id":6)");
  const GenerateOptions options{.max_new_tokens = 2}, other{.max_new_tokens = 2, .decoder_start_token_id = 5};
  BOOST_TEST(written(model, first, chain(), Greedy{}, options)[0][0] == 3);
  BOOST_TEST(written(model, first, chain(), Greedy{}, other)[0][0] == 5);
  BOOST_TEST(written(bos, first, chain(), Greedy{}, options)[0][0] == 6);
  BOOST_TEST(written(silent, first, chain(), Greedy{}, other)[0][0] == 5);
  BOOST_TEST(refused(silent, first, chain(), Greedy{}, options).find("decoder_start_token_id: expected in the options") !=
             std::string::npos);
  BOOST_TEST(refused(model, Tokens{}, chain(), Greedy{}, options).find("the prompt holds no token") != std::string::npos);
  BOOST_TEST(refused(model, Tokens{64}, chain(), Greedy{}, options).find("64") != std::string::npos);
  BOOST_TEST(written(model, std::vector<Tokens>{}, chain(), Greedy{}, options).empty());
}

BOOST_AUTO_TEST_SUITE_END()
