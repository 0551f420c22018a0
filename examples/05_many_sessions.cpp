// One model, many sessions: each thread has a queue and a cache of its own, the weights are shared.
#include <skald/skald.hpp>

#include <iostream>
#include <thread>

#include "check.hpp"

int main(int argc, char** argv) {
  using namespace skald;
  const char* folder = argc > 1 ? argv[1] : SKALD_EXAMPLE_MODELS "/skald-tales-260k";
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder, {.backend = {.threads = 2}});
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const char* prompts[] = {"Once upon a time", "The fox", "A poor man", "The wolf said"};
  const GenerateOptions options{.max_new_tokens = 24};

  std::vector<std::string> together(4), alone(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      auto out = generate(lm, tok(prompts[i]), chain(), Multinomial{.seed = i}, options);
      together[i] = tok.decode(out.sequences[0], {.skip_special_tokens = true});
    });
  for (auto& t : threads) t.join();

  for (std::size_t i = 0; i < 4; ++i) {
    auto out = generate(lm, tok(prompts[i]), chain(), Multinomial{.seed = i}, options);
    alone[i] = tok.decode(out.sequences[0], {.skip_special_tokens = true});
    std::cout << together[i] << "\n";
  }
  check(together == alone, "what runs beside a session does not change it");
}
