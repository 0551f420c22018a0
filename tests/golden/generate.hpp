// generate(): tokens, beams, scores and refusals, compared in the padded form transformers returns.
#pragma once
#include <map>

#include "forward.hpp"
#include "skald/generation/stop_strings.hpp"
#include "skald/pipelines/generate.hpp"

namespace golden {

/// Scores by row and step, as a processor saw them.
using Recorded = std::map<std::pair<std::int32_t, std::int32_t>, std::vector<float>>;

struct Recorder {
  using LogitsLink = void;
  Recorded* to;

  void operator()(skald::LogitsRow& row, const skald::RowContext& c) const {
    std::vector<float> all(std::size_t(row.vocab()), -INFINITY);
    row.for_each([&](float x, token_id t) { all[std::size_t(t)] = x; });
    (*to)[{c.row, std::int32_t(c.ids.size()) - c.prompt_length}] = std::move(all);
  }
};

struct Generated {
  skald::GenerateOutput out;
  Recorded logits, scores;  ///< before and after the processors
  std::vector<token_id> eos;
  token_id pad = -1;
};

/// What pipelines/generate.hpp does, with recorders around the processors and rows that know of their padding.
template <class M>
skald::Result<Generated> run_generate(const M& model, const Inputs& in, skald::GenerationConfig config,
                                      const skald::StopStrings::Piece& piece) {
  if (!model.generation_config()) return model.generation_config().error();
  config.fill_from(*model.generation_config());
  skald::GenerateOptions options = config.options();
  options.padded_batch = true;
  for (std::size_t i = 0; i < in.mask.size() && !options.pad_token_id; ++i)
    if (in.mask[i] == 0) options.pad_token_id = in.ids[i];  // what the caller padded with
  Generated g;
  const auto& special = model.special_tokens();
  if (options.eos_token_id) g.eos = *options.eos_token_id;
  else g.eos.assign(special.eos.begin(), special.eos.end());
  g.pad = config.pad_token_id.value_or(special.pad >= 0 || g.eos.empty() ? special.pad : g.eos[0]);

  const auto ragged = unpadded(model, in);
  std::vector<Tokens> prompts;
  for (const skald::Row& row : ragged.rows)
    prompts.emplace_back(ragged.tokens.begin() + row.first, ragged.tokens.begin() + row.first + row.count);
  const auto rule = chain(Recorder{&g.logits}, processors_of(config), Recorder{&g.scores});
  const skald::StopStrings stop(config.stop_strings.value_or(std::vector<std::string>()), piece);
  auto out = try_generate(model, skald::Prompts(prompts), rule,
                          skald::ConfiguredSampler{config.do_sample.value_or(false), config.seed, true}, options, stop);
  if (!out) return std::move(out).error();
  g.out = *std::move(out);
  return g;
}

/// Sequences as transformers returns them: padded prompts in front, short rows filled with the pad id; beams with the
/// pad id if it is not 0, else the first end token, -1 without one.
inline std::vector<Tokens> padded_sequences(const Generated& g, const Inputs& in, bool beams) {
  token_id fill = g.pad;
  if (beams) fill = g.eos.empty() ? -1 : g.pad > 0 ? g.pad : g.eos[0];
  const std::size_t returned = g.out.sequences.size() / std::size_t(in.rows);
  std::vector<Tokens> all;
  std::size_t width = 0;
  for (std::size_t i = 0; i < g.out.sequences.size(); ++i) {
    const auto row = in.ids.begin() + index_t(i / returned) * in.cols;
    Tokens& ids = all.emplace_back(row, row + in.cols);
    const auto fresh = g.out.new_tokens(i);
    ids.insert(ids.end(), fresh.begin(), fresh.end());
    width = std::max(width, ids.size());
  }
  for (Tokens& ids : all) ids.resize(width, fill);
  return all;
}

/// Recorded rows against a tensor [steps, rows, vocabulary]; rows that had ended were not computed.
inline void compare_recorded(Case& c, const char* what, const Recorded& found, const Tensor& expected, bool beams,
                             const Choice& choice) {
  const index_t steps = expected.shape[0], rows = expected.shape[1], vocab = expected.shape[2];
  std::vector<float> ours, theirs;
  for (index_t s = 0; s < steps; ++s)
    for (index_t r = 0; r < rows; ++r) {
      // At the first step all beams are the same, and one is run.
      const auto at = found.find({beams && s == 0 ? 0 : std::int32_t(r), std::int32_t(s)});
      if (at == found.end()) continue;
      ours.insert(ours.end(), at->second.begin(), at->second.end());
      const auto from = expected.values.begin() + (s * rows + r) * vocab;
      theirs.insert(theirs.end(), from, from + vocab);
    }
  c.expect(!ours.empty(), std::string(what) + ": nothing was recorded");
  if (choice.grade != Grade::fp32) c.skip(tokens_differ);
  near_or_shown(c, what, ours, theirs, choice, logits_tolerance(choice.grade));
}

/// An argument of generate that read_generation_config passed over: it must not pass as done. It refuses others by
/// itself; the list holds what it reads, and what changes no result.
inline std::string unknown_argument(const Json& kwargs) {
  for (std::size_t i = 0; i < kwargs.size(); ++i) {
    bool known = false;
    for (const char* name :
         {"do_sample", "max_new_tokens", "max_length", "eos_token_id", "pad_token_id", "bos_token_id", "temperature",
          "top_k", "top_p", "min_p", "repetition_penalty", "num_beams", "num_return_sequences", "length_penalty",
          "early_stopping", "prompt_lookup_num_tokens", "max_matching_ngram_size", "stop_strings", "use_cache", "top_h",
          "typical_p", "epsilon_cutoff", "eta_cutoff", "encoder_repetition_penalty", "no_repeat_ngram_size",
          "encoder_no_repeat_ngram_size", "min_length", "min_new_tokens", "bad_words_ids", "sequence_bias",
          "forced_bos_token_id", "forced_eos_token_id", "suppress_tokens", "begin_suppress_tokens",
          "exponential_decay_length_penalty", "remove_invalid_values", "renormalize_logits", "watermarking_config"})
      known = known || kwargs.key(i) == name;
    if (!known) return std::string(kwargs.key(i));
  }
  return {};
}

/// The config, or why the case cannot run: `skip` is then not empty.
inline skald::Result<skald::GenerationConfig> read_kwargs(const Json& kwargs, std::string& skip) {
  auto config = skald::read_generation_config(skald::JsonConfig(kwargs, "kwargs"));
  if (!config) {
    bool later = true;
    for (const std::string& line : config.error().all())
      later = later && line.find("is not supported yet") != std::string::npos;
    if (later) skip = config.error().message();
  } else if (const std::string name = unknown_argument(kwargs); !name.empty()) {
    skip = "kwargs: " + name + ": read_generation_config does not know it";
  }
  return config;
}

template <class M>
void refused_case(Case& c, const M& model, const Inputs& in, const Json& kwargs) {
  std::string ignored;
  const auto config = read_kwargs(kwargs, ignored);
  if (!config) return c.note("refused: " + config.error().message());
  const auto g = run_generate(model, in, *config, {});
  if (g) return c.fail("expected an error, found sequences");
  c.note("refused: " + g.error().message());
}

/// One entry of `generate` or of `stop_strings.cases`.
template <class B>
void generate_case(const Fixture& f, Models<B>& models, const std::string& group, const Json& entry, const Options& o,
                   Report& report, const skald::StopStrings::Piece& piece = {}) {
  const std::string name = group + "." + text_of(member(entry, "name"));
  const Json kwargs = member(entry, "kwargs");
  const Choice choice = choose(o, "auto", Grade::fp32);
  if (!report.wanted(name)) return;
  if (entry.find("raises")) {
    report.run(name, [&](Case& c) {
      refused_case(c, models.get(choice.dtype), f.inputs(text_of(member(entry, "inputs"))), kwargs);
    });
    return;
  }
  std::string skip;
  const auto config = read_kwargs(kwargs, skip);
  if (!skip.empty()) return report.skip(name, skip);
  const bool beams = config && config->num_beams.value_or(1) > 1;
  std::optional<Generated> g;
  report.run(name, [&](Case& c) {
    const auto& model = models.get(choice.dtype);
    const Inputs in = f.inputs(text_of(member(entry, "inputs")));
    g = unwrap(run_generate(model, in, unwrap(skald::Result(config)), piece));
    if (choice.grade != Grade::fp32) c.skip(tokens_differ);
    c.equal("sequences", padded_sequences(*g, in, beams), rows_of(member(entry, "sequences")));
    if (const auto scores = entry.find("sequences_scores")) {
      std::vector<float> expected;
      for (const double s : list_of(*scores, number_of)) expected.push_back(float(s));
      c.near("sequences_scores", g->out.sequences_scores, expected, score_tolerance);
    }
    if (const auto indices = entry.find("beam_indices")) {
      auto found = g->out.beam_indices;
      std::size_t width = 0;
      for (const auto& row : found) width = std::max(width, row.size());
      for (auto& row : found) row.resize(width, -1);
      c.equal("beam_indices", found, rows_of(*indices));
    }
  });
  for (std::size_t i = 0; i < entry.size(); ++i) {
    const std::string key(entry.key(i)), part = name + "." + key;
    if (key == "scores" || key == "logits") {
      report.run(part, [&](Case& c) {
        if (!g) return c.fail("generate failed");
        compare_recorded(c, key.c_str(), key == "logits" ? g->logits : g->scores, f.tensor(entry[i], 3), beams, choice);
      });
    } else if (key.starts_with("transition_scores")) {
      report.skip(part, "compute_transition_scores is not there yet");
    } else if (key != "name" && key != "inputs" && key != "kwargs" && key != "note" && key != "sequences" &&
               key != "sequences_scores" && key != "beam_indices") {
      report.skip(part, "this program does not know the key");
    }
  }
}

/// One entry of `sampled`: the tokens behind torch.manual_seed.
template <class B>
void sampled_case(const Fixture& f, Models<B>& models, std::size_t number, const Json& entry, const Options& o,
                  Report& report) {
  const std::string name = "sampled." + std::to_string(number);
  const Choice choice = choose(o, "auto", Grade::fp32);
  std::string skip;
  auto config = read_kwargs(member(entry, "kwargs"), skip);
  if (skip.empty() && config && config->num_beams.value_or(1) > 1) skip = "beams do not draw yet";
  if (!skip.empty()) return report.skip(name, skip);
  report.run(name, [&](Case& c) {
    const Inputs in = f.inputs(text_of(member(entry, "inputs")));
    skald::GenerationConfig sampled = unwrap(std::move(config));
    sampled.seed = std::uint64_t(integer_of(member(entry, "manual_seed")));
    const auto g = unwrap(run_generate(models.get(choice.dtype), in, sampled, {}));
    if (choice.grade != Grade::fp32) c.skip(tokens_differ);
    c.equal("sequences", padded_sequences(g, in, false), rows_of(member(entry, "sequences")));
  });
}

/// `greedy`: tokens, and the five best logits of every step.
template <class B>
void greedy_case(const Fixture& f, Models<B>& models, const Json& entry, const Options& o, Report& report) {
  const std::string label = text_of(member(entry, "inputs")), name = "greedy." + label;
  const Choice choice = choose(o, "auto", Grade::fp32);
  std::optional<Generated> g;
  report.run(name, [&](Case& c) {
    const auto& model = models.get(choice.dtype);
    const Inputs in = f.inputs(label);
    const skald::JsonConfig kwargs(member(entry, "kwargs"), "kwargs");
    g = unwrap(run_generate(model, in, unwrap(skald::read_generation_config(kwargs)), {}));
    if (choice.grade != Grade::fp32) c.skip(tokens_differ);
    c.equal("sequences", padded_sequences(*g, in, false), rows_of(member(entry, "sequences")));
  });
  report.run(name + ".top5", [&](Case& c) {
    if (!g) return c.fail("generate failed");
    const std::vector<std::int64_t> ids = f.integers(text_of(member(entry, "top5_ids")));
    const Tensor logits = f.tensor(member(entry, "top5_logits"), 3);
    if (ids.size() != logits.values.size()) malformed("top5_ids and top5_logits differ in size");
    const auto rows = std::size_t(logits.shape[1]), best = std::size_t(logits.shape[2]);
    std::vector<float> found, expected;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto at = g->logits.find({std::int32_t(i / best % rows), std::int32_t(i / best / rows)});
      if (at == g->logits.end()) continue;  // the row had ended
      if (ids[i] < 0 || std::size_t(ids[i]) >= at->second.size()) malformed("top5_ids: beyond the vocabulary");
      found.push_back(at->second[std::size_t(ids[i])]);
      expected.push_back(logits.values[i]);
    }
    c.expect(!found.empty(), "nothing was recorded");
    if (choice.grade != Grade::fp32) c.skip(tokens_differ);
    near_or_shown(c, "logits", found, expected, choice, logits_tolerance(choice.grade));
  });
}

}  // namespace golden
