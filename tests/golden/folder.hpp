// One folder of recorded numbers: what is in it, which cases that makes, and what nobody can run yet.
#pragma once
#include "assisted.hpp"
#include "encoder.hpp"
#include "quantised.hpp"
#include "seq2seq.hpp"
#include "stop_strings.hpp"
#include "temporary_folder.hpp"
#include "trained.hpp"

namespace golden {

/// The reason why no model of the folder can run; empty: it can.
inline std::string why_not(const Fixture& f, const Options& o) {
  const std::string kind = f.text("kind");
  if (f.root().find("peft") || f.root().find("base")) return "adapters are not there yet";
  const skald::JsonDocument config = unwrap(skald::read_json(f.folder() / "config.json", {.nan = true}));
  const std::string type = text_of(member(config.root(), "model_type"));
  const auto known = [&](auto family) { return decltype(family)::type::model_type == type; };
  if (!skald::AllFamilies::any(known) && !skald::Seq2SeqFamilies::any(known))
    return "the family " + type + " is not there yet";
  const bool quantised = config.root().find("quantization_config").has_value();
  if (quantised && o.dtype != "auto" && choose(o, "", Grade::fp32).grade == Grade::none) return "is quantised already";
  return {};
}

/// config.json as transformers 4 wrote it must give the same model: the same spec, and so the same numbers.
template <class B>
void old_config_case(const Fixture& f, const B& backend, const Options& o, Report& report) {
  constexpr const char* old = "config.4.57.6.json";
  const auto single = member(f.root(), "forward").find("single");
  if (!std::filesystem::exists(f.folder() / old) || !single) return;
  const std::string name = std::string("forward.single.") + old;
  if (!report.wanted(name)) return;
  const TemporaryFolder copy(f.folder());
  std::filesystem::rename(copy.path() / old, copy.path() / "config.json");
  Models<B> models(copy.path(), backend);
  const Choice choice = forward_choice(o, f, "single");
  forward_case(f, models, name, *single, f.inputs("single"), choice, report);
  report.run(name + ".spec", [&](Case& c) {
    Models<B> as_new(f.folder(), backend);
    c.expect(as_new.get(choice.dtype).spec() == models.get(choice.dtype).spec(), "another ModelSpec");
  });
}

/// One top-level key of a causal_lm.
template <class B>
void causal_key(const Fixture& f, Models<B>& models, const std::string& key, const Json& value, const Options& o,
                Report& report) {
  if (key == "forward") return forward_cases(f, models, o, report);
  if (key == "loss") return loss_case(f, models, o, report);
  if (key == "cache") return cache_cases(f, models, o, report);
  if (key == "warped") return warped_cases(f, report);
  if (key == "stop_strings") return stop_string_cases(f, models, o, report);
  if (key == "greedy_single") return greedy_single_cases(f, models, o, report);
  if (key == "sampled") {
    for (std::size_t i = 0; i < value.size(); ++i) sampled_case(f, models, i, value[i], o, report);
    return;
  }
  if (key == "assisted") return assisted_cases(f, models, o, report);
  if (key != "greedy" && key != "generate") return report.skip(key, "this program does not know the key");
  for (const Json& entry : elements(value))
    if (key == "greedy") greedy_case(f, models, entry, o, report);
    else generate_case(f, models, key, entry, o, report);
}

template <class B>
void run_folder(const Fixture& f, const B& backend, const Options& o, Report& report) {
  const std::string kind = f.text("kind");
  const auto each = [&](auto&& one) {
    for (std::size_t i = 0; i < f.root().size(); ++i)
      if (const std::string key(f.root().key(i)); !describes(key)) {
        // A malformed entry must not hide the others.
        try {
          one(key, f.root()[i]);
        } catch (const std::exception& e) {
          report.fail(key, e.what());
        }
      }
  };
  if (kind == "quantize_golden") return quantize_cases(f, report);
  if (const std::string reason = why_not(f, o); !reason.empty())
    return each([&](const std::string& key, const Json&) { report.skip(key, reason); });
  if (kind == "seq2seq_lm") {
    Seq2SeqModels<B> models(f.folder(), backend);
    each([&](const std::string& key, const Json& value) { seq2seq_key(f, models, key, value, o, report); });
    return old_seq2seq_config_case(f, backend, o, report);
  }
  Models<B> models(f.folder(), backend);
  if (kind == "causal_lm") {
    each([&](const std::string& key, const Json& value) { causal_key(f, models, key, value, o, report); });
    return old_config_case(f, backend, o, report);
  }
  if (kind == "quantised_causal_lm") {
    stored_cases(f, report);
    quantised_cases(f, models, o, report);
    if (f.root().find("first_linear")) first_linear_case(f, models, o, report);
    return each([&](const std::string& key, const Json&) {
      for (const char* known : {"forward", "greedy_single", "tensors", "quant_states", "quantised_modules",
                                "dequantised_weight", "first_linear"})
        if (key == known) return;
      report.skip(key, "this program does not know the key");
    });
  }
  if (kind == "encoder" || kind == "decoder_sequence_classification")
    return each([&](const std::string& key, const Json& value) {
      if (key == "forward") encoder_cases(f, backend, o, report);
      else if (key.starts_with("no_pad_token")) no_pad_token_cases(f, backend, o, key, value, report);
      else report.skip(key, "this program does not know the key");
    });
  if (kind == "seq2seq_head") return seq2seq_head_cases(f, backend, o, report);
  if (kind.empty() && f.root().find("rules")) return trained_cases(f, models, o, report);
  report.skip("*", "this program does not know the kind " + kind);
}

}  // namespace golden
