// Checkpoints quantised by bitsandbytes: logits by what they compute in, and tokens.
#pragma once
#include "files.hpp"
#include "generate.hpp"

namespace golden {

inline constexpr const char* no_int8_activations = "LLM.int8() quantises activations too, which is not done yet";

/// What a run of the recorded ones was: "compute_bfloat16", "as_stored", "dequantised_fp64".
struct QuantisedRun {
  std::string name, skip;
  Grade grade = Grade::fp32;

  QuantisedRun(const Fixture& f, std::string run) : name(std::move(run)) {
    constexpr std::string_view compute = "compute_";
    if (name == "as_stored") skip = no_int8_activations;
    else if (name.starts_with(compute))
      grade = std::max(grade_of(f.text("model_dtype")), grade_of(std::string_view(name).substr(compute.size())));
    else if (name != "dequantised_fp64") skip = "this program does not know the run " + name;
  }
};

template <class B>
void quantised_cases(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  const Json forward = member(f.root(), "forward");
  for (std::size_t i = 0; i < forward.size(); ++i) {
    const std::string label(forward.key(i)), name = "forward." + label;
    const auto other = forward[i].find("run");
    const QuantisedRun run(f, other ? text_of(*other) : label);
    if (!run.skip.empty()) {
      report.skip(name, run.skip);
      continue;
    }
    const Choice choice = choose(o, "auto", run.grade);
    report.run(name, [&](Case& c) {
      const auto& model = models.get(choice.dtype);
      const Inputs in = f.inputs(inputs_label(label));
      const auto batch = unpadded(model, in);
      const auto expected = at_places(f.tensor(member(forward[i], "logits"), 3), batch, in);
      near_or_shown(c, "logits", logits_of(model, batch), expected, choice, four_bit_tolerance(choice.grade));
    });
  }
  const Json greedy = member(f.root(), "greedy_single");
  const QuantisedRun run(f, text_of(member(greedy, "run")));
  const Choice choice = choose(o, "auto", run.grade);
  if (!run.skip.empty()) return report.skip("greedy_single", run.skip);
  if (choice.grade != Grade::fp32) return report.skip("greedy_single", tokens_differ);
  report.run("greedy_single", [&](Case& c) {
    const Inputs in = f.inputs("single");
    const skald::GenerationConfig config{.max_new_tokens = 16, .do_sample = false};
    const Generated g = unwrap(run_generate(models.get(choice.dtype), in, config, {}));
    c.equal("sequences", padded_sequences(g, in, false), rows_of(member(greedy, "sequences")));
  });
}

/// `greedy_single` of checkpoints in 16 bits: tokens of the run in float32.
template <class B>
void greedy_single_cases(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  const Json greedy = member(f.root(), "greedy_single");
  for (std::size_t i = 0; i < greedy.size(); ++i) {
    const std::string label(greedy.key(i)), name = "greedy_single." + label;
    const bool single = label == "fp32";
    const Choice choice = choose(o, single ? "fp32" : "auto", single ? Grade::fp32 : grade_of(f.text("dtype")));
    if (choice.grade != Grade::fp32) {
      report.skip(name, tokens_differ);
      continue;
    }
    report.run(name, [&](Case& c) {
      const Inputs in = f.inputs("single");
      const skald::GenerationConfig config{.max_new_tokens = 24, .do_sample = false};
      const Generated g = unwrap(run_generate(models.get(choice.dtype), in, config, {}));
      c.equal("sequences", padded_sequences(g, in, false), rows_of(member(greedy[i], "sequences")));
    });
  }
}

}  // namespace golden
