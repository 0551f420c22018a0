// `assisted`: a smaller model guesses for the folder's.
#pragma once
#include "generate.hpp"
#include "skald/generation/draft_model.hpp"

namespace golden {

template <class B>
void assisted_cases(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  const Json entry = member(f.root(), "assisted");
  const auto folder = f.folder() / ".." / text_of(member(entry, "assistant"));
  const Choice choice = choose(o, "auto", Grade::fp32);
  Models<B> assistants(folder, models.backend());
  for (const Json& each : elements(member(entry, "cases"))) {
    const std::string name = "assisted." + text_of(member(each, "name"));
    if (!report.wanted(name)) continue;
    std::string skip;
    const auto config = read_kwargs(member(each, "kwargs"), skip);
    if (!skip.empty()) {
      report.skip(name, skip);
      continue;
    }
    report.run(name, [&](Case& c) {
      const Inputs in = f.inputs(text_of(member(each, "inputs")));
      const skald::GenerationConfig asked = unwrap(skald::Result(config));
      const skald::DraftModel assistant(assistants.get(choice.dtype), asked.assistant(), chain(processors_of(asked)));
      const Generated g = unwrap(run_generate(models.get(choice.dtype), in, asked, {}, assistant));
      if (choice.grade != Grade::fp32) c.skip(tokens_differ);
      c.equal("sequences", padded_sequences(g, in, false), rows_of(member(each, "sequences")));
    });
  }
}

}  // namespace golden
