// A folder as save_pretrained wrote it, and a prompt: a story.
#include <skald/skald.hpp>

#include <iostream>

#include "check.hpp"

int main(int argc, char** argv) {
  const char* folder = argc > 1 ? argv[1] : SKALD_EXAMPLE_MODELS "/skald-tales";

  auto lm = skald::AutoModelForCausalLM::from_pretrained(folder);
  auto tok = skald::AutoTokenizer::from_pretrained(folder);
  auto out = skald::generate(lm, tok("Once upon a time"), skald::GenerationConfig{.max_new_tokens = 40, .do_sample = false});
  std::cout << tok.decode(out.sequences[0], {.skip_special_tokens = true}) << "\n";

  check(out.new_tokens(0).size() == 40, "40 tokens were asked for");
  check(tok.decode(out.sequences[0], {.skip_special_tokens = true}).starts_with("Once upon a time"), "the prompt stays");
}
