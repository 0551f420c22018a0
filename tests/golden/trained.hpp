// Trained models: text in, text out, and the perplexity of a passage.
#pragma once
#include <fstream>
#include <iterator>

#include "quantised.hpp"
#include "skald/pipelines/auto_tokenizer.hpp"

namespace golden {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) malformed(path.string() + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// One prompt: ids, the next token's logits, 64 tokens without and with the folder's generation_config.json.
template <class B>
void prompt_case(const skald::Tokenizer& tokenizer, Models<B>& models, const std::string& name, const Json& entry,
                 const Choice& choice, Report& report) {
  const Tokens prompt = integers_of(member(entry, "prompt_ids"));
  const Inputs in{1, index_t(prompt.size()), prompt, {}, {}, {}};
  report.run(name + ".prompt_ids", [&](Case& c) {
    c.equal("ids", unwrap(tokenizer.try_encode(text_of(member(entry, "prompt")))).ids, prompt);
  });
  report.run(name + ".logits", [&](Case& c) {
    const auto& model = models.get(choice.dtype, choice.int8_activations);
    auto logits = logits_of(model, unpadded(model, in));
    logits.erase(logits.begin(), logits.end() - model.vocab_size());
    std::vector<float> found, expected;
    for (const Json& each : elements(member(entry, "top10"))) {
      if (each.size() != 2) malformed("top10: expected pairs");
      found.push_back(logits.at(std::size_t(integer_of(each[0]))));
      expected.push_back(float(number_of(each[1])));
    }
    logits_near(c, found, expected, choice);
    if (choice.grade != Grade::fp32) return;
    double sum = 0;
    for (const float x : logits) sum += x;
    const double away = std::abs(sum - number_of(member(entry, "logits_sum"))) / double(logits.size());
    c.near("logits_sum, a token", away, 0, logits_tolerance(Grade::fp32).median);
  });
  const auto tokens = [&](const char* key, skald::GenerationConfig config) {
    report.run(name + "." + key, [&](Case& c) {
      if (choice.grade != Grade::fp32) return c.skip(tokens_differ);
      config.do_sample = false;
      config.max_new_tokens = 64;
      const Generated g = unwrap(run_generate(models.get(choice.dtype, choice.int8_activations), in, config, {}));
      const auto fresh = g.out.new_tokens(0);
      c.equal("tokens", Tokens(fresh.begin(), fresh.end()), integers_of(member(entry, key)));
      if (std::string_view(key) == "greedy_ids")
        c.equal("text", unwrap(tokenizer.try_decode(fresh, {})), text_of(member(entry, "greedy_text")));
    });
  };
  tokens("greedy_ids", {.repetition_penalty = 1.0f});
  tokens("greedy_ids_generation_config", {});
}

/// passage.txt in consecutive windows, each on its own.
template <class B>
void perplexity_case(const Fixture& f, const skald::Tokenizer& tokenizer, Models<B>& models, const std::string& name,
                     const Json& entry, const Choice& choice, Report& report) {
  report.run(name, [&](Case& c) {
    const auto& model = models.get(choice.dtype, choice.int8_activations);
    const Tokens ids = unwrap(tokenizer.try_encode(read_text(f.folder() / "passage.txt"))).ids;
    c.expect(std::int64_t(ids.size()) == integer_of(member(entry, "tokens")),
             "passage.txt: " + std::to_string(ids.size()) + " tokens");
    const auto context = std::size_t(std::max(2, integer_of(member(entry, "context"))));
    Loss loss;
    for (std::size_t at = 0; at + 1 < ids.size(); at += context) {
      const auto window = std::span(ids).subspan(at, std::min(context, ids.size() - at));
      loss.add(paged_feeder(model, std::int32_t(context)).feed(window), model.vocab_size(), window);
    }
    if (choice.grade != Grade::fp32) c.skip("perplexities are recorded for fp32");
    c.expect(loss.count == integer_of(member(entry, "predicted")), "predicted: " + std::to_string(loss.count));
    c.near("loss", loss.mean(), number_of(member(entry, "loss")), score_tolerance.absolute);
    const double perplexity = number_of(member(entry, "perplexity"));
    c.near("perplexity", std::exp(loss.mean()), perplexity, score_tolerance.absolute * perplexity);
  });
}

/// What a run of a trained model was; nothing where it cannot run here.
inline std::optional<Choice> trained_choice(std::string_view run, bool four_bit, const Options& o) {
  if (run == "float32") return choose(o, "fp32", Grade::fp32);
  if (run == "bfloat16" || run == "as_run") {
    Choice choice = choose(o, "auto", Grade::bf16);
    choice.int8_activations = run == "as_run" && !four_bit;
    return choice;
  }
  if (run == "dequantised_float32" && !four_bit) return choose(o, "auto", Grade::fp32);
  // bitsandbytes dequantises four bits to the checkpoint's own bfloat16.
  if (run == "dequantised_float32") return choose(o, "bf16", o.dtype == "auto" ? Grade::fp32 : Grade::bf16);
  return std::nullopt;
}

/// expected.json of a trained model: one object a run.
template <class B>
void trained_cases(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  const skald::Tokenizer tokenizer = unwrap(skald::AutoTokenizer::try_from_pretrained(f.folder()));
  const auto checkpoint = skald::Checkpoint::open(f.folder());
  const bool four_bit = checkpoint.quantization() && checkpoint.quantization()->load_in_4bit;
  for (std::size_t i = 0; i < f.root().size(); ++i) {
    const std::string run(f.root().key(i));
    const Json entry = f.root()[i];
    if (describes(run)) continue;
    const auto choice = trained_choice(run, four_bit, o);
    if (!choice) {
      report.skip(run, "this program does not know the key");
      continue;
    }
    if (choice->int8_activations && o.dtype != "auto") {
      report.skip(run, only_as_stored);
      continue;
    }
    const auto cases = elements(member(entry, "cases"));
    for (std::size_t k = 0; k < cases.size(); ++k)
      prompt_case(tokenizer, models, run + "." + std::to_string(k), cases[k], *choice, report);
    if (const auto p = entry.find("perplexity"))
      perplexity_case(f, tokenizer, models, run + ".perplexity", *p, *choice, report);
  }
}

}  // namespace golden
