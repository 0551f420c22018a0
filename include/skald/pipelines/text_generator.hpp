// Text generation with everything fixed at compile time: model type, chain, sampler.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "skald/generation/generate.hpp"
#include "skald/generation/stream.hpp"

namespace skald::inline SKALD_ABI {

/// TextGenerator gen{lm, tok, RepetitionPenalty{1.1f} | TopK{50}, Multinomial{.seed = 42}};
/// The model must outlive it.
template <class Model, class Tokenizer, class Rule = Chain<>, Sampler S = Greedy>
class TextGenerator {
 public:
  TextGenerator(const Model& model, Tokenizer tokenizer, Rule rule = chain(), S sampler = {})
      : model_(&model), tokenizer_(std::move(tokenizer)), rule_(std::move(rule)), sampler_(std::move(sampler)) {}

  /// The new text of one sequence, special tokens left out.
  Result<std::string> try_run(std::string_view prompt, const GenerateOptions& options = {}) const {
    auto encoding = tokenizer_.try_encode(prompt);
    if (!encoding) return std::move(encoding).error();
    auto out = try_generate(*model_, Prompts(*encoding), rule_, sampler_, options);
    if (!out) return std::move(out).error();
    return tokenizer_.try_decode(out->new_tokens(0), {true});
  }
  std::string operator()(std::string_view prompt, const GenerateOptions& options = {}) const {
    return unwrap(try_run(prompt, options));
  }

  /// The same as a range of pieces.
  auto stream(std::string_view prompt, const GenerateOptions& options = {}) const {
    return skald::stream(*model_, tokenizer_, prompt, rule_, sampler_, options);
  }

 private:
  const Model* model_;
  Tokenizer tokenizer_;
  SKALD_NO_UNIQUE_ADDRESS Rule rule_;
  SKALD_NO_UNIQUE_ADDRESS S sampler_;
};

}  // namespace skald
