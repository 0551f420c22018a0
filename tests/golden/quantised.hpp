// Checkpoints quantised by bitsandbytes: logits by what they compute in, and tokens.
#pragma once
#include "files.hpp"
#include "generate.hpp"

namespace golden {

inline constexpr const char* only_as_stored = "LLM.int8() is what weights do as they are stored";

/// What a run of the recorded ones was: "compute_bfloat16", "as_stored", "dequantised_fp64".
struct QuantisedRun {
  std::string name, skip;
  Grade grade = Grade::fp32;
  bool int8_activations = false;

  QuantisedRun(const Fixture& f, std::string run) : name(std::move(run)) {
    constexpr std::string_view compute = "compute_";
    if (name == "as_stored") int8_activations = true;
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
    QuantisedRun run(f, other ? text_of(*other) : label);
    if (run.int8_activations && o.dtype != "auto") run.skip = only_as_stored;
    if (!run.skip.empty()) {
      report.skip(name, run.skip);
      continue;
    }
    const Choice choice = choose(o, "auto", run.grade);
    report.run(name, [&](Case& c) {
      const auto& model = models.get(choice.dtype, run.int8_activations);
      const Inputs in = f.inputs(inputs_label(label));
      const auto batch = unpadded(model, in);
      const auto expected = at_places(f.tensor(member(forward[i], "logits"), 3), batch, in);
      near_or_shown(c, "logits", logits_of(model, batch), expected, choice,
                    run.int8_activations ? int8_tolerance(grade_of(f.text("model_dtype"))) : four_bit_tolerance(choice.grade));
    });
  }
  const Json greedy = member(f.root(), "greedy_single");
  QuantisedRun run(f, text_of(member(greedy, "run")));
  if (run.int8_activations && o.dtype != "auto") run.skip = only_as_stored;
  const Choice choice = choose(o, "auto", run.grade);
  if (!run.skip.empty()) return report.skip("greedy_single", run.skip);
  if (choice.grade != Grade::fp32) return report.skip("greedy_single", tokens_differ);
  report.run("greedy_single", [&](Case& c) {
    const Inputs in = f.inputs("single");
    const skald::GenerationConfig config{.max_new_tokens = 16, .do_sample = false};
    const Generated g = unwrap(run_generate(models.get(choice.dtype, run.int8_activations), in, config, {}));
    c.equal("sequences", padded_sequences(g, in, false), rows_of(member(greedy, "sequences")));
  });
}

/// Input and output of the first quantised layer, all rows at once and each by itself.
template <class B>
void first_linear_case(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  const Json entry = member(f.root(), "first_linear");
  const Choice choice = choose(o, "auto", grade_of(f.text("model_dtype")));
  if (o.dtype != "auto") return report.skip("first_linear", only_as_stored);
  const bool fused = text_of(member(entry, "name")).ends_with("c_attn");
  const Tensor input = f.tensor(member(entry, "input"), 2);
  const auto run = [&](const auto& model, index_t from, index_t rows) {
    using K = typename B::Kernels;
    using Matrix = skald::MatrixView<typename B::Space>;
    const auto& a = model.weights().blocks[0].attention;
    const auto& spec = model.spec().stack()[0].attention;
    const index_t in = input.shape[1], q = spec.q_width(), kv = spec.kv_width(), out = fused ? q + 2 * kv : q;
    auto queue = model.backend().queue();
    const Floats<B> x(rows * in), y(rows * out);
    queue.write(x.data(), input.values.data() + from * in, rows * in);
    const Matrix to(x.data(), rows, in), whole(y.data(), rows, q, out);
    if (fused) {
      K::template linear<K>(queue, to, a.query.to(whole), a.key.to(Matrix(y.data() + q, rows, kv, out)),
                            a.value.to(Matrix(y.data() + (q + kv), rows, kv, out)));
    } else {
      K::template linear<K>(queue, to, a.query.to(whole));
    }
    return y.read(queue);
  };
  const Tolerance bound{.absolute = choice.grade == Grade::fp32 ? 1e-5 : 0.02};
  report.run("first_linear.output", [&](Case& c) {
    const auto found = run(models.get(choice.dtype, true), 0, input.shape[0]);
    c.near("output", found, f.tensor(member(entry, "output"), 2).values, bound);
  });
  report.run("first_linear.output_row_by_row", [&](Case& c) {
    std::vector<float> found;
    for (index_t i = 0; i < input.shape[0]; ++i) {
      const auto row = run(models.get(choice.dtype, true), i, 1);
      found.insert(found.end(), row.begin(), row.end());
    }
    c.near("output", found, f.tensor(member(entry, "output_row_by_row"), 2).values, bound);
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
