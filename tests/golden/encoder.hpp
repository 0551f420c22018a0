// Encoders without a head: last hidden state, pooler output, what a tap sees.
#pragma once
#include "forward.hpp"

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
      if (key != "last_hidden_state" && key != "pooler_output") {
        report.skip(name + "." + key, "this program does not know the key");
        continue;
      }
      report.run(name + "." + key, [&](Case& c) {
        const auto& model = models.get(choice.dtype);
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
