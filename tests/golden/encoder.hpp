// What needs no cache: last hidden states and pooler outputs of encoders, heads over one step, what a tap sees.
#pragma once
#include <fstream>
#include <iterator>

#include "forward.hpp"
#include "temporary_folder.hpp"

namespace golden {

template <class M, class Tap>
auto encoded(const M& model, const skald::RaggedBatch& batch, Tap& tap) {
  using B = typename M::Backend;
  const index_t width = model.spec().hidden_size;
  typename M::Queue queue = model.backend().queue();
  const Floats<B> hidden(index_t(batch.tokens.size()) * width), pooled(index_t(batch.rows.size()) * width);
  check(model.encode(queue, batch.step({}), hidden.data(), pooled.data(), tap), "encode");
  return std::pair(hidden.read(queue), pooled.read(queue));
}

/// What a head says: of every token, or of every row.
template <class M>
std::vector<float> head_of(const M& model, const skald::RaggedBatch& batch) {
  using B = typename M::Backend;
  const bool rows = model.spec().head == skald::HeadKind::sequence_class;
  const std::size_t outputs = rows ? batch.rows.size() : batch.tokens.size();
  typename M::Queue queue = model.backend().queue();
  const Floats<B> logits(index_t(outputs) * model.vocab_size());
  const auto at = every(batch.tokens.size());
  check(model.forward(queue, batch.step(at), logits.data()), "forward");
  return logits.read(queue);
}

/// `logits`, or a column of what a head for questions says.
template <class M>
void head_case(Case& c, const Fixture& f, const M& model, const std::string& key, const Json& entry, const Inputs& in,
               const Choice& choice, const Tolerance& bound) {
  const auto batch = unpadded(model, in);
  const auto found = head_of(model, batch);
  if (model.spec().head == skald::HeadKind::sequence_class)
    return near_or_shown(c, key, found, f.tensor(entry, 2).values, choice, bound);
  if (key == "logits") return near_or_shown(c, key, found, at_places(f.tensor(entry, 3), batch, in), choice, bound);
  Tensor expected = f.tensor(entry, 2);
  expected.shape.push_back(1);
  std::vector<float> column;
  for (std::size_t i = key == "end_logits"; i < found.size(); i += 2) column.push_back(found[i]);
  near_or_shown(c, key, column, at_places(expected, batch, in), choice, bound);
}

inline bool of_a_head(std::string_view key) {
  return key == "logits" || key == "start_logits" || key == "end_logits";
}

/// `no_pad_token` is a refusal for rows of a padded batch; rows here know their own ends.
template <class B>
void no_pad_token_cases(const Fixture& f, const B& backend, const Options& o, const std::string& key, const Json& value,
                        Report& report) {
  if (key == "no_pad_token") return report.skip(key, "rows know where they end: nothing is to be refused");
  const TemporaryFolder copy(f.folder());
  std::string text;
  {
    std::ifstream from(copy.path() / "config.json", std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(from), {});
  }
  const std::string pad = "\"pad_token_id\": ";
  const std::size_t at = text.find(pad);
  if (at == std::string::npos) return report.skip(key, "config.json has no pad_token_id");
  text.replace(at + pad.size(), text.find_first_of(",\n", at) - at - pad.size(), "null");
  std::filesystem::remove(copy.path() / "config.json");
  std::ofstream(copy.path() / "config.json", std::ios::binary) << text;
  report.run(key, [&](Case& c) {
    Models<B, skald::BasicAutoModel> models(copy.path(), backend);
    const Choice choice = choose(o, "auto", Grade::fp32);
    const Tolerance bound = choice.grade == Grade::fp32 ? Tolerance{1e-4} : hidden_tolerance(choice.grade);
    head_case(c, f, models.get(choice.dtype), "logits", member(value, "logits"), f.inputs("single"), choice, bound);
  });
}

template <class B>
void encoder_cases(const Fixture& f, const B& backend, const Options& o, Report& report) {
  Models<B, skald::BasicAutoModel> models(f.folder(), backend);
  const Choice choice = choose(o, "auto", Grade::fp32);
  const Json forward = member(f.root(), "forward");
  const Tolerance bound = choice.grade == Grade::fp32 ? Tolerance{1e-4} : hidden_tolerance(choice.grade);
  for (std::size_t i = 0; i < forward.size(); ++i) {
    const std::string label(forward.key(i)), name = "forward." + label;
    const Json entry = forward[i];
    const Inputs in = f.inputs(label);
    for (std::size_t k = 0; k < entry.size(); ++k) {
      const std::string key(entry.key(k));
      if (key == "hidden_states" || key == "attentions") continue;
      if (key != "last_hidden_state" && key != "pooler_output" && !of_a_head(key)) {
        report.skip(name + "." + key, "this program does not know the key");
        continue;
      }
      report.run(name + "." + key, [&](Case& c) {
        const auto& model = models.get(choice.dtype);
        if (of_a_head(key)) return head_case(c, f, model, key, entry[k], in, choice, bound);
        const auto batch = unpadded(model, in);
        skald::NoTap none;
        const auto [hidden, pooled] = encoded(model, batch, none);
        if (key == "pooler_output")
          return near_or_shown(c, key, pooled, f.tensor(entry[k], 2).values, choice, bound);
        near_or_shown(c, key, hidden, at_places(f.tensor(entry[k], 3), batch, in), choice, bound);
      });
    }
    if (!entry.find("hidden_states") && !entry.find("attentions")) continue;
    const auto& model = models.get(choice.dtype);
    const auto batch = unpadded(model, in);
    internals_cases<typename B::Space>(f, name, entry, batch, in, choice, report,
                                       [&](auto& tap) { encoded(model, batch, tap); });
  }
}

}  // namespace golden
