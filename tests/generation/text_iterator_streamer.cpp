#include "skald/generation/text_iterator_streamer.hpp"

#include <thread>

#include "generation/searches.hpp"
#include "skald/generation/generate.hpp"
#include "skald/text/tokenizer.hpp"

BOOST_AUTO_TEST_SUITE(generation_text_iterator_streamer)

using namespace test;

namespace {

const Tokenizer& tokenizer() {
  static const Tokenizer t = Tokenizer::from_pretrained(SKALD_SOURCE_DIR "/examples/models/skald-tales-260k");
  return t;
}

template <class Streamer>
std::string read(Streamer& streamer) {
  std::string text;
  for (std::string_view piece : streamer) text += piece;
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(from_thread_to_thread) {
  const FakeModel model(512, {}, FakeModel::hashed(3));
  const Tokens prompt = tokenizer()("Once upon a time").ids;
  const auto expected = generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 40});
  for (const bool skip_prompt : {true, false}) {
    TextIteratorStreamer streamer(tokenizer(), {.skip_prompt = skip_prompt});
    for (int again = 0; again < 2; ++again) {  // it is as new once it was read to its end
      GenerateOutput out;
      std::thread worker([&] { out = generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 40}, streamer); });
      const std::string text = read(streamer);
      worker.join();
      BOOST_TEST((out.sequences == expected.sequences));
      BOOST_TEST(text == tokenizer().decode(skip_prompt ? Tokens(out.new_tokens(0).begin(), out.new_tokens(0).end())
                                                        : out.sequences[0]));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_cancels) {
  const FakeModel model(512, {}, FakeModel::hashed(3));
  const Tokens prompt = tokenizer()("Once").ids;
  std::atomic<bool> cancel = false;
  TextIteratorStreamer streamer(tokenizer(), {.skip_prompt = true});
  GenerateOutput out;
  const GenerateOptions options{.max_new_tokens = 100000, .eos_token_id = Tokens{}, .cancel = &cancel};
  std::thread worker([&] { out = generate(model, prompt, chain(), Greedy{}, options, streamer); });
  std::string text;
  for (std::string_view piece : streamer) text += piece, cancel = cancel || text.size() > 20;
  worker.join();
  BOOST_TEST((out.finish_reasons[0] == FinishReason::cancelled));
  BOOST_TEST(out.new_tokens(0).size() < 100000u);
  BOOST_TEST(text == tokenizer().decode(out.new_tokens(0)));
}

BOOST_AUTO_TEST_CASE(failures_reach_the_reader) {
  const FakeModel model(512, {}, [](std::span<const token_id> ids, std::span<float> scores) {
    for (float& s : scores) s = ids.size() < 6 ? 0.0f : NAN;
  });
  TextIteratorStreamer streamer(tokenizer(), {.skip_prompt = true, .timeout = 0.0});
  const auto nothing = streamer.next();
  BOOST_REQUIRE(!nothing);
  BOOST_TEST(nothing.error().message() == "TextIteratorStreamer: no text came within the timeout");
  const auto failed = try_generate(model, Tokens{1, 2, 3}, chain(), Greedy{}, {}, streamer);
  BOOST_TEST(!failed);
  read(streamer);  // ends, without a timeout

  const std::vector<Tokens> two{{1, 2}, {1, 2}};
  static_cast<void>(try_generate(model, two, chain(), Greedy{}, {.max_new_tokens = 1}, streamer));
  auto refused = streamer.next();
  while (refused && *refused) refused = streamer.next();  // what the first one said
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() == "TextIteratorStreamer: one sequence at a time");
}

BOOST_AUTO_TEST_SUITE_END()
