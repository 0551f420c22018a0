// What a search makes of a model's step: beams beside a batch of as many sequences, prompt lookup beside plain greedy.
// The forwards are timed without the prompt's, all searches of a round by turns; the medians of the rounds. Random weights
// write nothing that repeats itself, so a processor makes greedy and lookup go on with the prompt's eight tokens:
// what lookup gains where the guesses are right, which text decides.
//   bench_searches [FOLDER] [--dtype=bf16] [--threads=2] [--tokens=64] [--rounds=5] [--json]
#include <skald/skald.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace skald;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> v) {
  std::ranges::sort(v);
  return v[v.size() / 2];
}

/// Text that repeats itself, as code, tables and summaries do.
token_id repeating(std::size_t position) { return token_id(10 + position % 8); }

struct Repeat {
  using LogitsLink = void;
  void operator()(LogitsRow& row, const RowContext& context) const {
    const token_id next = repeating(context.ids.size());
    row.force({&next, 1});
  }
};

struct Timed {
  double step = 0;       // seconds a forward
  double per_token = 0;  // seconds a token of a sequence
};

struct Bench {
  const AutoModelForCausalLM& lm;
  int tokens;

  std::vector<token_id> prompt() const {
    std::vector<token_id> ids;
    for (std::size_t i = 0; i < 64; ++i) ids.push_back(repeating(i));
    return ids;
  }
  SequenceSettings settings(std::int32_t sequence = 0) const {
    SequenceSettings s;
    s.max_length = 64 + tokens;
    s.sequence = std::uint32_t(sequence);
    return s;
  }

  template <class Search>
  Timed run(std::vector<Search>& searches, int sequences) const {
    auto session = unwrap(Session<AutoModelForCausalLM>::try_create(lm, {64 + tokens + 32, sequences * (96 + tokens)}));
    const auto left = [&] { return !std::ranges::all_of(searches, [](const Search& s) { return s.finished(); }); };
    const auto step = [&] {
      if (const Fault f = session.step(searches)) std::fprintf(stderr, "%s\n", Error(f, "step").what()), std::exit(1);
    };
    step();
    int steps = 0;
    const double start = now();
    for (; left(); ++steps) step();
    const double seconds = now() - start;
    return {seconds / steps, seconds / (tokens - 1)};
  }

  Timed batch(int n) const {
    std::vector<SampleSearch<Chain<Repeat>, Greedy, decltype(stop_when())>> searches;
    for (int i = 0; i < n; ++i) searches.emplace_back(prompt(), chain(Repeat{}), Greedy{}, stop_when(), settings(i));
    return run(searches, n);
  }
  Timed beams(int n) const {
    std::vector<BeamSearch<Chain<>, decltype(stop_when())>> searches;
    BeamSettings beams;
    beams.num_beams = n;
    searches.emplace_back(prompt(), chain(), stop_when(), settings(), beams);
    return run(searches, 2 * n);
  }
  Timed lookup(int n, double& accepted) const {
    std::vector<AssistedSearch<Chain<Repeat>, Greedy, decltype(stop_when()), PromptLookup>> searches;
    searches.emplace_back(prompt(), chain(Repeat{}), Greedy{}, stop_when(), PromptLookup{n, 2}, settings());
    const Timed t = run(searches, 2);
    accepted = double(searches[0].accepted()) / double(std::max<std::int64_t>(1, searches[0].drafted()));
    return t;
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string folder = SKALD_EXAMPLE_MODELS "/skald-tales", dtype = "bf16";
  int threads = 2, tokens = 64, rounds = 5;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    if (a.starts_with("--dtype=")) dtype = a.substr(8);
    else if (a.starts_with("--threads=")) threads = std::atoi(a.c_str() + 10);
    else if (a.starts_with("--tokens=")) tokens = std::max(2, std::atoi(a.c_str() + 9));
    else if (a.starts_with("--rounds=")) rounds = std::max(1, std::atoi(a.c_str() + 9));
    else if (a == "--json") json = true;
    else folder = a;
  }
  auto lm = AutoModelForCausalLM::try_from_pretrained(folder, {.dtype = dtype, .backend = {.threads = threads}});
  if (!lm) return std::fprintf(stderr, "%s\n", lm.error().what()), 1;
  const Bench bench{*lm, tokens};
  std::vector<double> one, four, beams, lookup, lookup_step;
  double accepted = 0;
  for (int r = 0; r < rounds; ++r) {
    one.push_back(bench.batch(1).step);
    four.push_back(bench.batch(4).step);
    beams.push_back(bench.beams(4).step);
    const Timed t = bench.lookup(10, accepted);
    lookup.push_back(t.per_token);
    lookup_step.push_back(t.step);
  }
  const double plain = median(one), batch = median(four), beam = median(beams), guessed = median(lookup);
  if (json) {
    std::printf("{\"dtype\": \"%s\", \"threads\": %d, \"greedy\": %.4g, \"batch_of_4\": %.4g, \"beams_4\": %.4g, "
                "\"prompt_lookup\": %.4g, \"beams_to_batch\": %.3f, \"lookup_gain\": %.2f, \"accepted\": %.2f}\n",
                dtype.c_str(), threads, plain, batch, beam, guessed, beam / batch, plain / guessed, accepted);
    return 0;
  }
  std::printf("%s, %s, %d threads, milliseconds\n", folder.c_str(), dtype.c_str(), threads);
  std::printf("  greedy, a step                %8.3f\n", 1e3 * plain);
  std::printf("  4 sequences, a step           %8.3f\n", 1e3 * batch);
  std::printf("  4 beams, a step               %8.3f  %.3f of a batch of 4\n", 1e3 * beam, beam / batch);
  std::printf("  prompt lookup of 10, a step   %8.3f  %.0f %% of the guesses were right\n", 1e3 * median(lookup_step),
              100 * accepted);
  std::printf("  prompt lookup of 10, a token  %8.3f  %.2f times as fast as greedy\n", 1e3 * guessed, plain / guessed);
}
