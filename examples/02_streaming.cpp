// Text as it comes: as a range, and by callback. Both give the same words, whole characters at a time.
#include <skald/skald.hpp>

#include <iostream>

#include "check.hpp"

int main(int argc, char** argv) {
  using namespace skald;
  const char* folder = argc > 1 ? argv[1] : SKALD_EXAMPLE_MODELS "/skald-tales";
  auto lm = Transformer<Cpu, bf16>::from_pretrained(folder);
  auto tok = AutoTokenizer::from_pretrained(folder);
  auto rule = RepetitionPenalty{1.1f} | Temperature{0.7f} | TopK{50} | TopP{0.9};
  const GenerateOptions options{.max_new_tokens = 60};

  std::string from_range;
  for (std::string_view piece : stream(lm, tok, "The old king", rule, Multinomial{.seed = 7}, options)) {
    std::cout << piece << std::flush;
    from_range += piece;
  }
  std::cout << "\n";

  std::string from_callback;
  TextStreamer streamer(tok, [&](std::string_view piece) { from_callback += piece; }, {.skip_special_tokens = true});
  auto out = generate(lm, tok("The old king"), rule, Multinomial{.seed = 7}, options, streamer);

  check(!from_range.empty(), "some text came");
  check(from_range == from_callback, "range and callback give the same text");
  check(from_range == tok.decode(out.new_tokens(0), {.skip_special_tokens = true}), "pieces join to the whole");
}
