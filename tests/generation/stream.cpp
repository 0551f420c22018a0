#include "skald/generation/stream.hpp"

#include "generation/searches.hpp"
#include "skald/generation/text_streamer.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/text/tokenizer.hpp"

BOOST_AUTO_TEST_SUITE(generation_stream)

using namespace test;

namespace {

const Tokenizer& tokenizer() {
  static const Tokenizer t = Tokenizer::from_pretrained(SKALD_SOURCE_DIR "/examples/models/skald-tales-260k");
  return t;
}
constexpr std::int32_t vocab = 512;

/// Says what is in the script, whatever it heard.
FakeModel::Rule script(Tokens tokens, std::size_t prompt) {
  return [=](std::span<const token_id> ids, std::span<float> scores) {
    std::fill(scores.begin(), scores.end(), 0.0f);
    const std::size_t at = ids.size() - prompt;
    scores[std::size_t(at < tokens.size() ? tokens[at] : 0)] = 1;
  };
}

bool whole_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t n = c < 0x80                ? 1
                          : c >= 0xC2 && c < 0xE0 ? 2
                          : c >= 0xE0 && c < 0xF0 ? 3
                          : c >= 0xF0 && c < 0xF5 ? 4
                                                  : 0;
    if (n == 0 || i + n > text.size()) return false;
    for (std::size_t k = 1; k < n; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    i += n;
  }
  return true;
}

template <class Stream>
std::string all_of(Stream& stream, int* pieces = nullptr) {
  std::string text;
  for (std::string_view piece : stream) {
    BOOST_TEST(!piece.empty());
    BOOST_TEST(whole_characters(piece));
    text += piece;
    if (pieces) ++*pieces;
  }
  return text;
}

const char* const prompt = "Once upon a time";

}  // namespace

BOOST_AUTO_TEST_CASE(pieces_are_whole_characters_and_join_to_the_text) {
  const std::size_t length = tokenizer()(prompt).size();
  std::vector<Tokens> scripts;
  for (const char* text : {" there was a king.", "\xC3\xA4\xC3\xB6\xC3\xBC",
                           "\xE2\x82\xAC 5 \xF0\x9F\x90\x89\xF0\x9F\x90\x89!", "tabs\tand\n\nlines  "})
    scripts.push_back(tokenizer()(text, {.add_special_tokens = false}).ids);
  for (std::uint32_t i = 0; i < 40; ++i) {  // any bytes at all, special tokens among them
    scripts.emplace_back();
    for (std::uint32_t n = 0; n < 30; ++n)
      scripts.back().push_back(token_id(random_bits({i, 0, n}) % (i % 2 ? 512 : 259)));
  }
  for (const Tokens& tokens : scripts)
    for (const bool skip : {true, false}) {
      const FakeModel model(vocab, {}, script(tokens, length));
      const GenerateOptions options{.max_new_tokens = std::int32_t(tokens.size())};
      const DecodeOptions decoding{.skip_special_tokens = skip};
      const std::string text = tokenizer().decode(tokens, decoding);
      auto range = stream(model, tokenizer(), prompt, chain(), Greedy{}, options, decoding);
      BOOST_TEST(all_of(range) == text);
      BOOST_TEST((range.reason() == FinishReason::length));
      BOOST_TEST(Tokens(range.new_ids().begin(), range.new_ids().end()) == tokens);
      BOOST_TEST(range.ids().size() == length + tokens.size());
      BOOST_TEST(!unwrap(range.next()));  // and nothing behind its end

      std::string called;
      TextStreamer streamer(tokenizer(), [&](std::string_view piece) {
        BOOST_TEST(whole_characters(piece));
        called += piece;
      }, decoding);
      generate(model, tokenizer()(prompt), chain(), Greedy{}, options, streamer);
      BOOST_TEST(called == text);
    }
}

BOOST_AUTO_TEST_CASE(pieces_come_as_tokens_come) {
  const std::size_t length = tokenizer()(prompt).size();
  const Tokens tokens = tokenizer()(" a b c d", {.add_special_tokens = false}).ids;
  const FakeModel model(vocab, {}, script(tokens, length));
  auto range = stream(model, tokenizer(), prompt, chain(), Greedy{}, {.max_new_tokens = std::int32_t(tokens.size())});
  for (std::size_t i = 1; i <= tokens.size(); ++i) {
    BOOST_TEST(unwrap(range.next()).has_value());
    BOOST_TEST(range.new_ids().size() == i);
    BOOST_TEST(model.forwards == std::int64_t(i));
  }
  BOOST_TEST(!unwrap(range.next()));
}

BOOST_AUTO_TEST_CASE(a_stream_says_what_generate_says) {
  const FakeModel model(vocab, {1, 9}, FakeModel::hashed_with(3, {1, 9}, 3));
  const auto rule = chain(Temperature{0.8f});
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Multinomial sampler{.seed = seed};
    const GenerateOutput out = generate(model, tokenizer()(prompt), rule, sampler, {.max_new_tokens = 40});
    auto range = stream(model, tokenizer(), prompt, rule, sampler, {.max_new_tokens = 40});
    BOOST_TEST(all_of(range) == tokenizer().decode(out.new_tokens(0), {.skip_special_tokens = true}));
    BOOST_TEST((range.reason() == out.finish_reasons[0]));
  }
  const auto two = [](const RowContext& c) {
    return c.ids.size() == std::size_t(c.prompt_length) + 2 ? FinishReason::stop : FinishReason::none;
  };
  auto range =
      stream(model, tokenizer(), prompt, chain(), Greedy{}, {.max_new_tokens = 40, .eos_token_id = Tokens{}}, {}, two);
  all_of(range);
  BOOST_TEST(range.new_ids().size() == 2u);
  BOOST_TEST((range.reason() == FinishReason::stop));
}

BOOST_AUTO_TEST_CASE(several_sequences_by_callback) {
  const FakeModel model(vocab);
  std::vector<std::string> texts(3);
  TextStreamer streamer(tokenizer(),
                        [&](std::int32_t row, std::string_view piece) { texts[std::size_t(row)] += piece; });
  const std::vector<Tokens> prompts{{5, 6}, {7}, {8, 9, 10}};
  const GenerateOutput out = generate(model, prompts, chain(), Greedy{}, {.max_new_tokens = 12}, streamer);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(texts[i] == tokenizer().decode(out.new_tokens(i)));
}

BOOST_AUTO_TEST_CASE(a_cancelled_stream_ends) {
  FakeModel model(vocab, {}, FakeModel::hashed(4));
  std::atomic<bool> cancel{false};
  const GenerateOptions options{.max_new_tokens = 20, .cancel = &cancel};
  auto whole = stream(model, tokenizer(), prompt, chain(), Greedy{}, options);
  const std::string text = all_of(whole);
  for (const std::int64_t at : {1, 2, 9, 20}) {
    model.forwards = 0;
    model.within = [&] { cancel = model.forwards == at; };
    auto range = stream(model, tokenizer(), prompt, chain(), Greedy{}, options);
    const std::string part = all_of(range);
    BOOST_TEST((range.reason() == FinishReason::cancelled));
    BOOST_TEST(range.new_ids().size() == std::size_t(at) - 1);
    BOOST_TEST(part == tokenizer().decode(range.new_ids(), {.skip_special_tokens = true}));
    BOOST_TEST(!unwrap(range.next()));
    cancel = false;
  }
  BOOST_TEST(!text.empty());
}

BOOST_AUTO_TEST_CASE(code_that_throws_in_a_stream) {
  const FakeModel model(vocab);
  int calls = 0, at = -1;
  const auto rule = chain([&](LogitsRow&, const RowContext&) {
    if (++calls == at) throw 7;
  });
  const GenerateOptions options{.max_new_tokens = 15};
  auto whole = stream(model, tokenizer(), prompt, rule, Greedy{}, options);
  const std::string text = all_of(whole);
  for (at = 1; at <= 15; ++at) {
    calls = 0;
    auto range = stream(model, tokenizer(), prompt, rule, Greedy{}, options);
    std::string found;
    int thrown = 0;
    for (bool ended = false; !ended;) try {
        const auto piece = unwrap(range.next());
        if (piece) found += *piece;
        ended = !piece;
      } catch (int) {
        ++thrown;
      }
    BOOST_TEST(thrown == 1);
    BOOST_TEST(found == text);
  }
}

BOOST_AUTO_TEST_CASE(what_a_stream_refuses) {
  const FakeModel model(vocab);
  const auto refusal = [&](const char* text, const GenerateOptions& options, float temperature = 1) {
    const auto made = try_stream(model, tokenizer(), text, chain(Temperature{temperature}), Greedy{}, options);
    return made ? std::string("accepted") : made.error().message();
  };
  BOOST_TEST(refusal(prompt, {.max_new_tokens = -1}) == "stream: max_new_tokens: at least: expected 0, found -1");
  BOOST_TEST(refusal(prompt, {.num_beams = 2}) == "stream: num_beams: in a stream: expected 1, found 2");
  BOOST_TEST(refusal(prompt, {.prompt_lookup_num_tokens = 2}) ==
             "stream: prompt_lookup_num_tokens: in a stream: expected 0, found 2");
  BOOST_TEST(refusal(prompt, {}, 0).starts_with("stream: temperature"));
  BOOST_TEST(refusal(prompt, {.max_length = 2})
                 .starts_with("stream: generate: prompt tokens below max_length: expected 2, found "));
}

BOOST_AUTO_TEST_SUITE_END()
