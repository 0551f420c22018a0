// One row of scores to a token: microseconds of chains and samplers on one thread, scores in the cache. Each run works
// on a fresh copy of the row; what is printed is the median and the best.
//
//   bench_sampling [--json] [--vocab 128256] [--runs 101] [--only top_p]
//
// Rows of scores: `language` has forty likely tokens and a long tail, as a language model's; `normal` is drawn with
// deviation 1, so that thousands of tokens share the mass; `even` has nearly equal scores.
#include <skald/logits/any_processor.hpp>
#include <skald/logits/epsilon_cutoff.hpp>
#include <skald/logits/eta_cutoff.hpp>
#include <skald/logits/min_p.hpp>
#include <skald/logits/no_repeat_ngram.hpp>
#include <skald/logits/repetition_penalty.hpp>
#include <skald/logits/temperature.hpp>
#include <skald/logits/top_h.hpp>
#include <skald/logits/top_k.hpp>
#include <skald/logits/top_p.hpp>
#include <skald/logits/typical_p.hpp>
#include <skald/sampling/greedy.hpp>
#include <skald/sampling/multinomial.hpp>
#include <skald/sampling/torch_multinomial.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace skald;

struct Options {
  bool json = false;
  std::int32_t vocab = 128256;
  int runs = 101;
  std::string only;
};

Options options_of(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    if (key == "--json") {
      o.json = true;
      continue;
    }
    if (++i == argc) std::exit((std::fprintf(stderr, "%s: a value is missing\n", key.c_str()), 2));
    if (key == "--vocab") o.vocab = std::max(100, std::atoi(argv[i]));
    else if (key == "--runs") o.runs = std::max(1, std::atoi(argv[i]));
    else if (key == "--only") o.only = argv[i];
    else std::exit((std::fprintf(stderr, "%s: unknown\n", key.c_str()), 2));
  }
  return o;
}

struct Scores {
  const char* name;
  std::vector<float> values;
};

std::vector<Scores> rows_of(std::int32_t vocab) {
  std::mt19937 random(1);
  const auto draw = [&](float deviation) {
    std::normal_distribution<float> normal(0, deviation);
    std::vector<float> v(static_cast<std::size_t>(vocab));
    for (float& x : v) x = normal(random);
    return v;
  };
  std::vector<float> language = draw(2.0f);
  for (int rank = 0; rank < 40; ++rank)
    language[random() % language.size()] = 18.0f - 1.3f * std::log(1.0f + static_cast<float>(rank));
  return {{"language", std::move(language)}, {"normal", draw(1.0f)}, {"even", draw(0.01f)}};
}

class Bench {
 public:
  explicit Bench(const Options& o) : options_(o), rows_(rows_of(o.vocab)) {
    for (int i = 0; i < 512; ++i) ids_.push_back((i * 7919) % o.vocab);
  }

  template <class Rule, class S>
  void run(const char* name, const Rule& rule, const S& sampler) {
    if (std::string(name).find(options_.only) == std::string::npos) return;
    for (const Scores& scores : rows_) {
      const auto n = scores.values.size();
      std::vector<float> row(n), values(n);
      std::vector<token_id> room(n);
      std::vector<double> times;
      const RowContext context{.ids = ids_, .prompt_length = 256, .max_length = 1024};
      const auto links = chain(rule);
      auto state = links.start(context);
      auto draws = detail::start_sampler(sampler, 0, 1);
      std::int64_t left = 0, drawn = 0;
      for (int i = 0; i < options_.runs; ++i) {
        std::copy(scores.values.begin(), scores.values.end(), row.begin());
        const auto start = std::chrono::steady_clock::now();
        LogitsRow r(row, room, values);
        links(r, context, state);
        drawn += detail::draw(sampler, r, 0, static_cast<std::size_t>(i), draws);
        times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
        left = r.size();
      }
      std::sort(times.begin(), times.end());
      std::printf(options_.json ? "{\"chain\": \"%s\", \"scores\": \"%s\", \"vocab\": %zu, \"left\": %lld, "
                                  "\"microseconds\": %.1f, \"best\": %.1f}\n"
                                : "%-44s %-9s %7zu tokens  %7lld left  %8.1f us  best %8.1f us\n",
                  name, scores.name, n, static_cast<long long>(left), times[times.size() / 2], times[0]);
      std::fflush(stdout);
      used_ += drawn;
    }
  }

  std::int64_t used() const { return used_; }

 private:
  Options options_;
  std::vector<Scores> rows_;
  std::vector<token_id> ids_;
  std::int64_t used_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Bench bench(options_of(argc, argv));
  const Multinomial draw{.seed = 1};
  const auto lambda = [](float score, token_id t) { return t == 128001 ? score - 1.0f : score; };
  const auto usual = Temperature{0.8f} | TopK{50} | TopP{0.9};
  const auto eight = RepetitionPenalty{1.1f} | NoRepeatNgram{3} | Temperature{0.8f} | TopK{50} | TopP{0.95} |
                     MinP{0.01f} | TypicalP{0.95} | EpsilonCutoff{0.0003};
  AnyProcessor any;
  any.add(usual);
  bench.run("greedy", chain(), Greedy{});
  bench.run("multinomial", chain(), draw);
  bench.run("torch_multinomial", chain(), TorchMultinomial{1});
  bench.run("temperature+top_k+top_p", usual, draw);
  bench.run("temperature+top_k+top_p+torch_multinomial", usual, TorchMultinomial{1});
  bench.run("any(temperature+top_k+top_p)", any, draw);
  bench.run("lambda+temperature+top_k+top_p", lambda | usual, draw);
  bench.run("top_k", TopK{50}, draw);
  bench.run("top_p", TopP{0.9}, draw);
  bench.run("min_p", MinP{0.05f}, draw);
  bench.run("top_h", TopH{0.5}, draw);
  bench.run("typical_p", TypicalP{0.9}, draw);
  bench.run("eta_cutoff", EtaCutoff{0.0003}, draw);
  bench.run("eight", eight, draw);
  bench.run("eight_uncut", RepetitionPenalty{1.1f} | Temperature{0.8f} | TopP{0.95} | MinP{0.01f} | TypicalP{0.95} |
                               EpsilonCutoff{0.0003} | EtaCutoff{0.0003} | TopK{50}, draw);
  return bench.used() == 0;
}
