// The code of docs/stopping.md.
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "skald/generation/text_iterator_streamer.hpp"
#include "skald/skald.hpp"

BOOST_AUTO_TEST_SUITE(docs_stopping)

using namespace skald;

BOOST_AUTO_TEST_CASE(strings_end_a_text) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  const auto ids = tok("Once upon a time").ids;
  // [strings]
  const std::vector<std::string> pieces = token_pieces(tok);       // once a tokenizer: the bytes of every token
  const StopStrings at_comma({","}, [&](token_id t) { return pieces[std::size_t(t)]; });
  auto out = generate(lm, ids, chain(), Greedy{}, {.max_new_tokens = 80}, at_comma);
  // [/strings]
  const std::string text = tok.decode(out.new_tokens(0));
  BOOST_TEST((out.finish_reasons[0] == FinishReason::stop));
  BOOST_TEST(text.find(",") + 1 == text.size());

  // [pipeline]
  const TextGeneration gen{folder};
  auto story = gen.try_run("Once upon a time", {.do_sample = false, .stop_strings = {{","}}});
  // [/pipeline]
  BOOST_REQUIRE(bool(story));
  BOOST_TEST((story->at(0).finish_reason == FinishReason::stop));
}

BOOST_AUTO_TEST_CASE(text_from_another_thread) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  const auto ids = tok("Once upon a time").ids;
  GenerateOutput out;
  std::string text;
  // [iterator]
  TextIteratorStreamer streamer(tok, {.skip_prompt = true, .timeout = 60.0});
  std::thread worker([&] { out = generate(lm, ids, chain(), Greedy{}, {.max_new_tokens = 20}, streamer); });
  for (std::string_view piece : streamer) text += piece;
  worker.join();
  // [/iterator]
  BOOST_TEST(text == tok.decode(out.new_tokens(0)));
}

BOOST_AUTO_TEST_SUITE_END()
