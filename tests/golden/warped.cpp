// Next-token distributions after the sampling processors.
#include "files.hpp"
#include "generate.hpp"

namespace golden {

namespace {

/// Scores through a rule: probabilities, and how many tokens are left.
std::pair<std::vector<float>, std::int64_t> warp(const skald::AnyProcessor& rule, std::vector<float> scores,
                                                 const Tokens& ids, const Tokens& read) {
  check(rule.check(), "processors");
  Tokens room(scores.size());
  std::vector<float> values(scores.size());
  skald::LogitsRow row(scores, room, values);
  const auto length = std::int32_t(ids.size());
  const skald::RowContext context{.ids = ids, .prompt_length = length, .max_length = length + 2,
                                  .encoder_ids = read};
  auto state = rule.start(context);
  rule(row, context, state);
  std::vector<float> p(scores.size(), 0.0f);
  const double top = row.max();
  std::int64_t left = 0;
  double total = 0;
  row.for_each([&](float x, token_id) { total += std::exp(double(x) - top), left += x != -INFINITY; });
  row.for_each([&](float x, token_id t) { p[std::size_t(t)] = float(std::exp(double(x) - top) / total); });
  return {p, left};
}

}  // namespace

void warped_cases(const Fixture& f, Report& report) {
  const Json entry = member(f.root(), "warped");
  const auto each = elements(member(entry, "kwargs"));
  const auto kept = integers_of(member(entry, "kept"));
  Tokens ids = f.inputs(text_of(member(entry, "inputs"))).ids, read;
  if (f.text("kind") == "seq2seq_lm") {  // what is written begins with one token
    read = std::exchange(ids, rows_of(member(elements(member(f.root(), "greedy")).at(0), "sequences")).at(0));
    ids.resize(1);
  }
  const Tensor logits = f.tensor(member(entry, "logits"), 1), expected = f.tensor(member(entry, "probabilities"), 2);
  const auto vocab = logits.values.size();
  if (kept.size() != each.size() || expected.shape[0] != index_t(each.size()) || expected.shape[1] != index_t(vocab))
    malformed("warped: kwargs, kept and probabilities differ in size");
  for (std::size_t i = 0; i < each.size(); ++i) {
    const std::string name = "warped." + std::to_string(i);
    std::string skip;
    auto config = read_kwargs(each[i], skip);
    if (!skip.empty()) {
      report.skip(name, skip);
      continue;
    }
    report.run(name, [&](Case& c) {
      skald::GenerationConfig sampled = unwrap(std::move(config));
      sampled.do_sample = true;
      const auto [p, left] = warp(processors_of(sampled), logits.values, ids, read);
      c.near("probabilities", p, std::span(expected.values).subspan(i * vocab, vocab), {.absolute = 1e-6});
      c.expect(left == kept[i], "tokens left: expected " + std::to_string(kept[i]) + ", found " + std::to_string(left));
    });
  }
}

}  // namespace golden
