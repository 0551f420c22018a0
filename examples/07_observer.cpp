// Where the time of a model goes: an observer of your own sees every operation with its shape, bytes and time.
#include <skald/ops/observed.hpp>
#include <skald/skald.hpp>

#include <cstdio>
#include <map>
#include <string>

#include "check.hpp"

struct Profile {
  struct Sum {
    long calls = 0;
    double microseconds = 0, megabytes = 0;
  };
  std::map<std::string, Sum> operations;

  void operator()(const skald::Operation& op, std::chrono::nanoseconds time) {
    Sum& sum = operations[op.name];
    ++sum.calls;
    sum.microseconds += double(time.count()) * 1e-3;
    sum.megabytes += op.bytes * 1e-6;
  }
};

int main(int argc, char** argv) {
  const char* folder = argc > 1 ? argv[1] : SKALD_EXAMPLE_MODELS "/skald-tales";
  using Backend = skald::Observed<skald::Cpu, Profile>;

  Profile profile;
  auto lm = skald::BasicAutoModelForCausalLM<Backend>::from_pretrained(folder, {.backend = {{.threads = 1}, &profile}});
  auto tok = skald::AutoTokenizer::from_pretrained(folder);
  auto out = skald::generate(lm, tok("Once upon a time"), {.max_new_tokens = 20, .do_sample = false});

  double all = 0;
  for (const auto& [name, sum] : profile.operations) all += sum.microseconds;
  for (const auto& [name, sum] : profile.operations)
    std::printf("%-16s %6ld calls %9.0f us %5.1f %% %8.1f MB\n", name.c_str(), sum.calls, sum.microseconds,
                100 * sum.microseconds / all, sum.megabytes);

  const int layers = lm.spec().decoder.layers, steps = 20;
  check(out.new_tokens(0).size() == steps, "20 tokens");
  check(profile.operations["attention"].calls == layers * steps, "one attention a layer and step");
  check(profile.operations["linear"].calls == (4 * layers + 1) * steps, "four products a layer, and the head");
  check(profile.operations["linear"].microseconds > 0, "they take time");
}
