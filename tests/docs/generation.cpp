// The code of docs/generation.md.
#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include "skald/generation/draft_model.hpp"
#include "skald/generation/guided_model.hpp"
#include "skald/generation/recorded_states.hpp"
#include "skald/generation/session_file.hpp"
#include "skald/pipelines/auto_model_for_seq2seq_lm.hpp"
#include "skald/pipelines/generate_with_scores.hpp"
#include "skald/skald.hpp"

BOOST_AUTO_TEST_SUITE(docs_generation)

using namespace skald;

namespace {

const char* const folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";

}  // namespace

BOOST_AUTO_TEST_CASE(calls) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  // [typed]
  auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  auto rule = RepetitionPenalty{1.1f} | Temperature{0.7f} | TopK{50};
  auto out = generate(lm, tok("Once upon a time"), rule, Multinomial{.seed = 42}, {.max_new_tokens = 24});
  std::string text = tok.decode(out.new_tokens(0), {.skip_special_tokens = true});
  // [/typed]
  BOOST_TEST(out.new_tokens(0).size() == 24u);
  BOOST_TEST(!text.empty());

  // [batch]
  const std::array<std::string_view, 2> prompts{"Once upon a time", "The fox"};
  auto both = generate(lm, tok(prompts), chain(), Greedy{}, {.max_new_tokens = 8});
  // both.sequences[1] is what generate gives for the second prompt alone
  // [/batch]
  BOOST_TEST((both.sequences[1] == generate(lm, tok(prompts[1]), chain(), Greedy{}, {.max_new_tokens = 8}).sequences[0]));

  // [data]
  auto any = AutoModelForCausalLM::from_pretrained(folder);
  GenerationConfig config{.max_new_tokens = 24, .do_sample = true, .temperature = 0.7f, .top_k = 50};
  config.seed = 42;
  auto again = generate(any, tok("Once upon a time"), config);
  // [/data]
  BOOST_TEST(again.new_tokens(0).size() == 24u);
}

BOOST_AUTO_TEST_CASE(scores) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto any = AutoModelForCausalLM::from_pretrained(folder);
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  const std::vector<token_id> ids = tok("The fox").ids;
  // [scores]
  auto scored = generate_with_scores(any, ids, {.output_scores = true, .top_logprobs = 3}, {.max_new_tokens = 8});
  auto transitions = compute_transition_scores(scored, true);          // [sequences][new tokens]: ln p(token)
  TokenLogProbs first = scored.logprobs[0][0];                         // of the token chosen, and of the three likeliest
  // [/scores]
  BOOST_TEST(transitions[0][0] < 0);
  BOOST_TEST(first.top.size() == 3u);
  BOOST_TEST(first.top[0].log_prob >= first.chosen.log_prob);  // the folder's penalty chose

  // [score]
  TextScore story = score(lm, tok("Once upon a time there was a king."), {.top_logprobs = 2}).at(0);
  double nats = story.log_prob(), how_surprised = story.perplexity();
  float of_second = story.tokens[0].chosen.log_prob;                   // of the first token nothing can be said
  // [/score]
  BOOST_TEST((nats < 0 && how_surprised > 1 && of_second < 0));

  // [states]
  RecordedStates states;
  auto out = generate(WithStates(lm, states), ids, chain(), Greedy{}, {.max_new_tokens = 8});
  const auto layer = lm.spec().decoder.layers, position = states.positions(0) - 1;
  std::span<const float> last = states.hidden(0, layer, position);     // of row 0: [hidden_size]
  // [/states]
  BOOST_TEST(states.positions(0) == std::int32_t(out.sequences[0].size()) - 1);
  BOOST_TEST(last.size() == std::size_t(lm.spec().hidden_size));
}

BOOST_AUTO_TEST_CASE(an_encoder_decoder) {
  const std::string folder = SKALD_SOURCE_DIR "/tests/golden/models/t5";
  // [seq2seq]
  auto t5 = AutoModelForSeq2SeqLM::from_pretrained(folder);   // #include <skald/pipelines/auto_model_for_seq2seq_lm.hpp>
  auto beams = generate(t5, {12, 7, 30, 1}, GenerationConfig{.max_new_tokens = 8, .num_beams = 4});
  beams.new_tokens(0);                                        // without the start token
  // [/seq2seq]
  BOOST_TEST(beams.sequences[0].front() == 0);
  BOOST_TEST(beams.sequences_scores.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_rule) {
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  const std::vector<token_id> ids{0, 20, 30};
  // [rule]
  auto rule = RepetitionPenalty{1.1f} | Temperature{0.7f} | TopK{50} | TopP{0.9};
  auto out  = generate(lm, ids, rule, Multinomial{.seed = 42}, {.max_new_tokens = 50});
  // [/rule]
  BOOST_TEST(out.new_tokens(0).size() == 50u);
}

BOOST_AUTO_TEST_CASE(guidance) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto any = AutoModelForCausalLM::from_pretrained(folder);
  const std::vector<token_id> ids = tok("The fox").ids;
  // [guided]
  const Guided guided(any, {.guidance_scale = 1.5f, .negative_prompt_ids = {tok("A sad story.").ids}});
  auto away = generate(guided, ids, {.max_new_tokens = 8});
  // [/guided]
  BOOST_TEST(away.new_tokens(0).size() == 8u);
  const auto refused = try_generate(any, ids, {.max_new_tokens = 8, .guidance_scale = 1.5f});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() ==
             "guidance_scale: the model is run twice for it; write generate(Guided(model, {.guidance_scale = ...}), "
             "...), skald/generation/guided_model.hpp");
}

BOOST_AUTO_TEST_CASE(an_assistant) {
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  const auto& small = lm;
  const std::vector<token_id> ids{0, 20, 30};
  const auto rule = RepetitionPenalty{1.1f};
  // [assistant]
  DraftModel assistant(small, {.num_assistant_tokens = 5, .assistant_confidence_threshold = 0.4f}, chain(rule));
  auto fast = generate(lm, ids, rule, Greedy{}, {.max_new_tokens = 24}, assistant);     // the tokens of a call without it
  // [/assistant]
  BOOST_TEST((fast.sequences == generate(lm, ids, rule, Greedy{}, {.max_new_tokens = 24}).sequences));
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_goes_on) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  const std::vector<token_id> prompt = tok("Once upon a time").ids;
  const auto whole = generate(lm, prompt, Temperature{0.8f}, Multinomial{.seed = 3}, {.max_new_tokens = 20});

  std::atomic<bool> cancel = false;
  struct AfterFive {
    std::atomic<bool>& cancel;
    std::size_t n = 0;
    void put(std::int32_t, std::span<const token_id> tokens) { cancel = (n += tokens.size()) >= 5; }
    void end(std::int32_t, FinishReason) {}
  } after_five{cancel};
  // [cancel]
  GenerateOptions options{.max_new_tokens = 20, .cancel = &cancel};  // set by another thread, or by a streamer
  auto part = generate(lm, prompt, Temperature{0.8f}, Multinomial{.seed = 3}, options, after_five);
  if (part.finish_reasons[0] == FinishReason::cancelled) {
    cancel = false;
    options.max_new_tokens -= std::int32_t(part.new_tokens(0).size());
    part = generate(lm, part.sequences[0], Temperature{0.8f}, Multinomial{.seed = 3}, options);
  }
  // part.sequences[0] is what one call without the interruption gives
  // [/cancel]
  BOOST_TEST((part.sequences[0] == whole.sequences[0]));
  BOOST_TEST(part.new_tokens(0).size() == 15u);
}

BOOST_AUTO_TEST_CASE(streams) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  std::string text;
  const auto show = [&](std::string_view piece) { text += piece; };
  // [next]
  auto pieces = try_stream(lm, tok, "The fox", chain(), Greedy{}, {.max_new_tokens = 12});
  if (!pieces) return show(pieces.error().message());
  for (;;) {
    auto piece = pieces->next();                                   // Result<std::optional<std::string>>
    if (!piece) return show(piece.error().message());              // call next() again to go on
    if (!*piece) break;                                            // the end: pieces->reason() says why
    show(**piece);
  }
  // [/next]
  BOOST_TEST((pieces->reason() == FinishReason::length));
  BOOST_TEST(pieces->new_ids().size() == 12u);
  BOOST_TEST(text == tok.decode(pieces->new_ids(), {.skip_special_tokens = true}));
}

BOOST_AUTO_TEST_CASE(sessions) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  const std::vector<token_id> prompt = tok("The fox").ids;
  // [session]
  auto session = Session<Transformer<Cpu, fp32>>::create(lm, {.context = 128, .positions = 1024});
  auto first = try_generate_on(session, prompt, chain(), Greedy{}, {.max_new_tokens = 8});
  auto second = try_generate_on(session, prompt, TopK{20}, Multinomial{.seed = 5}, {.max_new_tokens = 8});
  // [/session]
  BOOST_TEST((first && second));

  const auto path = std::filesystem::temp_directory_path() / ("skald_docs_session_" + std::to_string(::getpid()));
  // [save]
  auto saved = try_save_session(session, path, {.model = "tales"});          // Result<void>
  auto later = Session<Transformer<Cpu, fp32>>::create(lm, {.context = 128, .positions = 1024});
  auto restored = try_restore_session(later, path, {.model = "tales"});      // a call that begins alike goes on from there
  auto fork = try_fork_session(session);                                     // Result<Session>: independent from then on
  // [/save]
  std::filesystem::remove(path);
  BOOST_TEST((saved && restored && fork));
  BOOST_TEST(later.kept().all().size() == session.kept().all().size());

  const auto failed = [](const Fault& f) { BOOST_ERROR(f.what); };
  // [step]
  SampleSearch greedy(prompt, chain(), Greedy{}, stop_when(), {.max_length = 20});
  BeamSearch beams(prompt, chain(), stop_when(), {.max_length = 20}, {.num_beams = 3});
  AssistedSearch drafts(prompt, chain(), Greedy{}, stop_when(), PromptLookup{.num_tokens = 4}, {.max_length = 20});
  while (!greedy.finished() || !beams.finished() || !drafts.finished())
    if (const Fault f = session.step(greedy, beams, drafts)) return failed(f);    // one forward for all of them
  auto& cache = session.engine().cache();
  greedy.release(cache);                                                            // their places are free again
  beams.release(cache);
  drafts.release(cache);
  // [/step]
  BOOST_TEST(std::ranges::equal(greedy.ids(), drafts.ids()));
  BOOST_TEST(greedy.ids().size() == 20u);
  BOOST_TEST(beams.results().size() == 1u);
}

BOOST_AUTO_TEST_CASE(logits_without_a_loop) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  const std::vector<token_id> ids = tok("The fox").ids;
  Fault failed;
  std::vector<float> logits;
  const auto scores = [&]() -> Fault {
    // [forward]
    auto queue = lm.backend().queue();
    PagedCache<Cpu> cache;
    if (Fault f = PagedCache<Cpu>::allocate(lm.spec(), 256, 1024, cache)) return f;   // context, positions of all
    StepBuilder step;
    step.add(cache, cache.create(), ids, 1);                            // the last token wants logits
    logits.resize(std::size_t(lm.vocab_size()));
    if (Fault f = lm.forward(queue, step.batch(), cache, logits.data())) return f;
    return queue.wait();                                                // now they are there
    // [/forward]
  };
  failed = scores();
  BOOST_TEST(!failed);
  const auto next = std::ranges::max_element(logits) - logits.begin();
  BOOST_TEST(next == generate(lm, ids, chain(), Greedy{}, {.max_new_tokens = 1}).new_tokens(0)[0]);
}

BOOST_AUTO_TEST_SUITE_END()
