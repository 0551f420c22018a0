// Everything chosen at run time: precision, strategy and options are data, as a server reads them from a request.
#include <skald/skald.hpp>

#include <iostream>

#include "check.hpp"

int main(int argc, char** argv) {
  using namespace skald;
  const char* folder = argc > 1 ? argv[1] : SKALD_EXAMPLE_MODELS "/skald-tales";
  auto tok = AutoTokenizer::from_pretrained(folder);
  const auto prompt = tok("The princess said");

  for (const char* dtype : {"float32", "bfloat16", "int8", "nf4"}) {
    auto lm = AutoModelForCausalLM::try_from_pretrained(folder, {.dtype = dtype});
    if (!lm) {
      std::cerr << lm.error().what() << "\n";
      return 1;
    }
    GenerationConfig config{.max_new_tokens = 12, .do_sample = false, .repetition_penalty = 1.0f};
    auto greedy = generate(*lm, prompt, config);
    config.num_beams = 3;
    auto beams = generate(*lm, prompt, config);
    std::cout << dtype << ":\n  greedy: " << tok.decode(greedy.new_tokens(0)) << "\n  beams:  "
              << tok.decode(beams.new_tokens(0)) << "  (" << beams.sequences_scores[0] << ")\n";
    check(greedy.new_tokens(0).size() == 12, "greedy gives what was asked for");
    check(beams.sequences_scores.size() == 1, "beam search gives a score");
  }

  // What a caller gets wrong is a sentence, and everything stays usable.
  auto lm = AutoModelForCausalLM::from_pretrained(folder);
  auto refused = try_generate(lm, prompt, GenerationConfig{.do_sample = true, .temperature = 0.0f});
  std::cout << "refused: " << refused.error().what() << "\n";
  check(!refused, "temperature 0 with sampling is refused, as transformers does");
  check(bool(try_generate(lm, prompt, GenerationConfig{.max_new_tokens = 1})), "and the model goes on");
}
