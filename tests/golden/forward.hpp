// Decoders: logits, hidden states and attentions of single forwards; losses; the same through a cache in pieces.
#pragma once
#include "model.hpp"
#include "skald/generation/score.hpp"

namespace golden {

inline constexpr const char* tokens_differ = "tokens of runs in 16 bits or fewer need not agree";

/// Judges numbers; where none are recorded for a precision they are shown.
inline void near_or_shown(Case& c, std::string_view what, std::span<const float> found, std::span<const float> expected,
                          const Choice& choice, const Tolerance& bound) {
  if (choice.grade == Grade::none) c.skip("no numbers are recorded for " + choice.dtype);
  c.near(what, found, expected, choice.grade == Grade::none ? Tolerance{unbounded} : bound);
}
inline void logits_near(Case& c, std::span<const float> found, std::span<const float> expected, const Choice& choice) {
  near_or_shown(c, "logits", found, expected, choice, logits_tolerance(choice.grade));
}

/// What a causal_lm's forward entry wants: checkpoints of 16 bits were run in their own precision and in float32.
inline Choice forward_choice(const Options& o, const Fixture& f, std::string_view label) {
  const Grade own = grade_of(f.text("dtype"));
  return label.ends_with("_fp32") ? choose(o, "fp32", Grade::fp32) : choose(o, "auto", own);
}

inline std::string_view inputs_label(std::string_view label) { return label.starts_with("batch") ? "batch" : "single"; }

/// [rows, heads, query, key] at the places of the tokens, as a tap shows it: [tokens, heads, context]. `keys`: what the
/// tokens look at, row for row.
inline std::vector<float> attention_at_places(const Tensor& t, const skald::RaggedBatch& batch, const Inputs& in,
                                              const skald::RaggedBatch& keys, const Inputs& keys_in) {
  if (t.shape.size() != 4 || t.shape[0] != in.rows || t.shape[2] != in.cols || t.shape[3] != keys_in.cols)
    malformed("attentions: a tensor is not of the shape of its inputs");
  const index_t heads = t.shape[1];
  index_t context = 0;
  for (const skald::Row& row : keys.rows) context = std::max(context, index_t(row.count));
  std::vector<float> all(batch.tokens.size() * std::size_t(heads * context), 0.0f);
  for (std::size_t r = 0; r < batch.rows.size(); ++r)
    for (index_t q = batch.rows[r].first; q < batch.rows[r].first + batch.rows[r].count; ++q)
      for (index_t h = 0; h < heads; ++h)
        for (index_t k = 0; k < keys.rows[r].count; ++k) {
          const auto query = batch.places[std::size_t(q)], key = keys.places[std::size_t(keys.rows[r].first + k)];
          all[std::size_t((q * heads + h) * context + k)] =
              t.values[std::size_t(((query.row * heads + h) * in.cols + query.column) * keys_in.cols + key.column)];
        }
  return all;
}

/// hidden_states and attentions of an entry against what a tap saw; `run(tap)` does the forward.
template <class Space, class F>
void internals_cases(const Fixture& f, const std::string& name, const Json& entry, const skald::RaggedBatch& batch,
                     const Inputs& in, const Choice& choice, Report& report, F&& run) {
  const auto layers = [&](const char* key, auto&& seen, auto&& expected) {
    const auto names = entry.find(key);
    if (!names) return;
    report.run(name + "." + key, [&](Case& c) {
      Recording<Space> tap;
      run(tap);
      const auto& found = seen(tap);
      const auto wanted = texts_of(*names);
      if (found.size() != wanted.size())
        malformed(std::to_string(wanted.size()) + " layers expected, " + std::to_string(found.size()) + " seen");
      for (std::size_t l = 0; l < wanted.size(); ++l)
        near_or_shown(c, wanted[l], found[l], expected(f.tensor(wanted[l])), choice, hidden_tolerance(choice.grade));
    });
  };
  layers("hidden_states", [](const auto& tap) -> const auto& { return tap.states; },
         [&](const Tensor& t) { return at_places(t, batch, in); });
  layers("attentions", [](const auto& tap) -> const auto& { return tap.probabilities; },
         [&](const Tensor& t) { return attention_at_places(t, batch, in, batch, in); });
}

template <class M>
bool routed(const M& model) {
  const auto& stack = model.spec().stack();
  for (int k = 0; k < stack.kinds_used(); ++k)
    if (stack.kinds[k].feed_forward.experts > 0) return true;
  return false;
}

template <class B>
void forward_case(const Fixture& f, Models<B>& models, const std::string& name, const Json& entry, Inputs in,
                  const Choice& choice, Report& report) {
  report.run(name, [&](Case& c) {
    const auto& model = models.get(choice.dtype);
    const auto batch = unpadded(model, in);
    if (choice.grade != Grade::fp32 && routed(model)) c.skip("rounded weights may choose other experts");
    logits_near(c, logits_of(model, batch), at_places(f.tensor(member(entry, "logits"), 3), batch, in), choice);
  });
  if (!entry.find("hidden_states") && !entry.find("attentions")) return;
  const auto& model = models.get(choice.dtype);
  const auto batch = unpadded(model, in);
  internals_cases<typename B::Space>(f, name, entry, batch, in, choice, report,
                                     [&](auto& tap) { logits_of(model, batch, tap); });
}

/// `forward` of a causal_lm.
template <class B>
void forward_cases(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  const Json forward = member(f.root(), "forward");
  for (std::size_t i = 0; i < forward.size(); ++i) {
    const std::string label(forward.key(i)), name = "forward." + label;
    const Json entry = forward[i];
    Inputs in = f.inputs(inputs_label(label));
    if (const auto positions = entry.find("position_ids"))
      for (const auto& row : rows_of(*positions)) in.positions.insert(in.positions.end(), row.begin(), row.end());
    forward_case(f, models, name, entry, in, forward_choice(o, f, label), report);
    for (std::size_t k = 0; k < entry.size(); ++k)
      if (const auto key = entry.key(k);
          key != "logits" && key != "position_ids" && key != "hidden_states" && key != "attentions")
        report.skip(name + "." + std::string(key), "this program does not know the key");
  }
}

/// `loss`: the labels say which places count.
template <class B>
void loss_case(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  report.run("loss", [&](Case& c) {
    const Json entry = member(f.root(), "loss");
    const Choice choice = choose(o, "auto", Grade::fp32);
    const auto& model = models.get(choice.dtype);
    const Inputs in = f.inputs(text_of(member(entry, "inputs")));
    if (in.rows != 1) malformed("loss: one row expected");
    const auto logits = logits_of(model, unpadded(model, in));
    Loss some;
    some.add(logits, model.vocab_size(), rows_of(member(entry, "labels")).at(0));
    const skald::TextScore all = skald::score(model, in.ids, {.chunk_size = 5}).at(0);
    if (choice.grade != Grade::fp32) c.skip("losses are recorded for fp32");
    const double perplexity = number_of(member(entry, "all_labels_perplexity")), bound = score_tolerance.absolute;
    c.near("loss", some.mean(), number_of(member(entry, "loss")), bound);
    c.near("all_labels_loss", all.loss(), number_of(member(entry, "all_labels_loss")), bound);
    c.near("all_labels_perplexity", all.perplexity(), perplexity, bound * perplexity);
  });
}

/// `cache`: the library told how its own runs differ; ours must give the recorded logits and tokens by every path.
template <class B>
void cache_cases(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  const Json entry = member(f.root(), "cache");
  const Choice choice = choose(o, "auto", Grade::fp32);
  const Inputs in = f.inputs("single");
  const auto& model = models.get(choice.dtype);
  const auto vocab = std::size_t(model.vocab_size());
  const auto in_chunks = [&](Case& c, auto feeder, std::size_t size) {
    std::vector<float> all;
    for (std::size_t at = 0; at < in.ids.size(); at += size) {
      const auto part = feeder.feed(std::span(in.ids).subspan(at, std::min(size, in.ids.size() - at)));
      all.insert(all.end(), part.begin(), part.end());
    }
    logits_near(c, all, f.tensor("single.logits").values, choice);
  };
  const auto same_tokens = [&](Case& c, auto feeder, bool again) {
    const Tokens expected = rows_of(member(elements(member(f.root(), "greedy")).at(0), "sequences")).at(0);
    Tokens ids = in.ids;
    std::size_t fed = 0;
    while (ids.size() < expected.size()) {
      if (again) feeder.forget(), fed = 0;
      const auto logits = feeder.feed(std::span(ids).subspan(fed));
      fed = ids.size();
      const auto last = logits.end() - std::ptrdiff_t(vocab);
      ids.push_back(token_id(std::max_element(last, logits.end()) - last));
    }
    if (choice.grade != Grade::fp32) c.skip(tokens_differ);
    c.equal("tokens", ids, expected);
  };
  constexpr std::int32_t context = 64;
  for (std::size_t i = 0; i < entry.size(); ++i) {
    const std::string key(entry.key(i)), chunks = "prefill_in_chunks_of_";
    const std::string name = "cache." + key;
    if (key.starts_with(chunks)) {
      const std::size_t size = std::max(1ul, std::strtoul(key.c_str() + chunks.size(), nullptr, 10));
      report.run(name, [&](Case& c) { in_chunks(c, paged_feeder(model, context), size); });
      report.run(name + ".contiguous", [&](Case& c) { in_chunks(c, contiguous_feeder(model, context), size); });
    } else if (key == "static_cache_same_tokens") {
      report.run(name, [&](Case& c) { same_tokens(c, contiguous_feeder(model, context), false); });
    } else if (key == "no_cache_same_tokens") {
      report.run(name, [&](Case& c) { same_tokens(c, paged_feeder(model, context), true); });
    } else {
      report.skip(name, "this program does not know the key");
    }
  }
}

}  // namespace golden
