// generate(): tokens, beams, scores and refusals, compared in the padded form transformers returns.
#pragma once
#include "forward.hpp"
#include "skald/generation/encoded_prompts.hpp"
#include "skald/generation/guided_model.hpp"
#include "skald/generation/stop_strings.hpp"
#include "skald/pipelines/generate_with_scores.hpp"

namespace golden {

struct Generated {
  skald::ScoredOutput out;
  std::vector<token_id> eos;
  token_id pad = -1;
  bool encoded = false;  ///< the prompts went to an encoder
};

/// What pipelines/generate_with_scores.hpp does, with rows that know of their padding.
/// What a case asks for beside a GenerationConfig.
struct Beside {
  skald::StopStrings::Piece piece{};             ///< of stop_strings
  std::vector<Tokens> negative_prompt_ids{};
};

template <class M, class... Extras>
skald::Result<Generated> run_generate(const M& model, const Inputs& in, skald::GenerationConfig config,
                                      const Beside& beside, Extras&&... extras) {
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
  const skald::StopStrings stop(config.stop_strings.value_or(std::vector<std::string>()), beside.piece);
  const skald::ConfiguredSampler sampler{config.do_sample.value_or(false), config.seed, true};
  const auto run = [&](const auto& m) {
    return try_generate_with_scores(m, skald::Prompts(prompts), {.output_scores = true, .output_logits = true},
                                    processors_of(config), sampler, options, stop, extras...);
  };
  const float scale = config.guidance_scale.value_or(1.0f);
  auto out = [&] {
    if (scale == 1.0f) return run(model);
    return run(skald::Guided(model, {scale, beside.negative_prompt_ids, true}));
  }();
  if (!out) return std::move(out).error();
  g.encoded = skald::EncodingModel<M>;
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
    Tokens& ids = all.emplace_back(g.out.sequences[i]);
    if (!g.encoded) {
      const auto row = in.ids.begin() + index_t(i / returned) * in.cols;
      const auto own = ids.begin() + g.out.prompt_lengths[i];
      ids.erase(ids.begin(), own);
      ids.insert(ids.begin(), row, row + in.cols);
    }
    width = std::max(width, ids.size());
  }
  for (Tokens& ids : all) ids.resize(width, fill);
  return all;
}

/// One row of a step; empty where it was not computed.
inline const std::vector<float>& recorded(const skald::StepScores& scores, index_t step, index_t row) {
  static const std::vector<float> none;
  if (step >= index_t(scores.size()) || row >= index_t(scores[std::size_t(step)].size())) return none;
  return scores[std::size_t(step)][std::size_t(row)];
}

/// transformers' compute_transition_scores against ours: rows that had ended count only as far as they went.
inline void compare_transitions(Case& c, const skald::ScoredOutput& out, bool normalised, const Json& expected) {
  const auto found = unwrap(try_compute_transition_scores(out, normalised));
  const auto rows = elements(expected);
  if (rows.size() != found.size()) malformed("transition_scores: rows");
  std::vector<float> ours, theirs;
  for (std::size_t r = 0; r < found.size(); ++r) {
    const auto row = list_of(rows[r], number_of);
    if (found[r].size() > row.size()) return c.fail("more new tokens than transition scores");
    ours.insert(ours.end(), found[r].begin(), found[r].end());
    for (std::size_t t = 0; t < found[r].size(); ++t) theirs.push_back(float(row[t]));
  }
  c.near("transition scores", ours, theirs, logits_tolerance(Grade::fp32));
}

/// Recorded rows against a tensor [steps, rows, vocabulary]; rows that had ended were not computed.
inline void compare_recorded(Case& c, const char* what, const skald::StepScores& found, const Tensor& expected,
                              bool beams, const Choice& choice) {
  const index_t steps = expected.shape[0], rows = expected.shape[1], vocab = expected.shape[2];
  std::vector<float> ours, theirs;
  for (index_t s = 0; s < steps; ++s)
    for (index_t r = 0; r < rows; ++r) {
      // At the first step all beams are the same, and one is run.
      const std::vector<float>& row = recorded(found, s, beams && s == 0 ? 0 : r);
      if (row.empty()) continue;
      ours.insert(ours.end(), row.begin(), row.end());
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
          "exponential_decay_length_penalty", "remove_invalid_values", "renormalize_logits", "watermarking_config",
          "num_assistant_tokens", "num_assistant_tokens_schedule", "assistant_confidence_threshold", "guidance_scale",
          "negative_prompt_ids"})
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
template <class Loaded>
void generate_case(const Fixture& f, Loaded& models, const std::string& group, const Json& entry, const Options& o,
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
    Beside beside{piece, {}};
    if (const auto negative = kwargs.find("negative_prompt_ids")) beside.negative_prompt_ids = rows_of(*negative);
    g = unwrap(run_generate(model, in, unwrap(skald::Result(config)), beside));
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
        const skald::StepScores& found = key == "logits" ? g->out.logits : g->out.scores;
        compare_recorded(c, key.c_str(), found, f.tensor(entry[i], 3), beams, choice);
      });
    } else if (key.starts_with("transition_scores")) {
      report.run(part, [&](Case& c) {
        if (!g) return c.fail("generate failed");
        if (choice.grade != Grade::fp32) return c.skip(tokens_differ);
        compare_transitions(c, g->out, key == "transition_scores_normalized", entry[i]);
      });
    } else if (key != "name" && key != "inputs" && key != "kwargs" && key != "note" && key != "sequences" &&
               key != "sequences_scores" && key != "beam_indices") {
      report.skip(part, "this program does not know the key");
    }
  }
}

/// One entry of `sampled`: the tokens behind torch.manual_seed.
template <class Loaded>
void sampled_case(const Fixture& f, Loaded& models, std::size_t number, const Json& entry, const Options& o,
                  Report& report) {
  const std::string name = "sampled." + std::to_string(number);
  const Choice choice = choose(o, "auto", Grade::fp32);
  std::string skip;
  auto config = read_kwargs(member(entry, "kwargs"), skip);
  if (skip.empty() && config && config->num_beams.value_or(1) > 1)
    skip = "beams draw by numbers of their own, not by those of torch";
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
template <class Loaded>
void greedy_case(const Fixture& f, Loaded& models, const Json& entry, const Options& o, Report& report) {
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
      const auto& row = recorded(g->out.logits, index_t(i / best / rows), index_t(i / best % rows));
      if (row.empty()) continue;  // the row had ended
      if (ids[i] < 0 || std::size_t(ids[i]) >= row.size()) malformed("top5_ids: beyond the vocabulary");
      found.push_back(row[std::size_t(ids[i])]);
      expected.push_back(logits.values[i]);
    }
    c.expect(!found.empty(), "nothing was recorded");
    if (choice.grade != Grade::fp32) c.skip(tokens_differ);
    near_or_shown(c, "logits", found, expected, choice, logits_tolerance(choice.grade));
  });
}

}  // namespace golden
