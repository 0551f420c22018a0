// The models that the tests of this folder load, once.
#pragma once
#include <string>

#include "skald/skald.hpp"

inline const std::string tales = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";

inline const skald::AutoModelForCausalLM& tales_model() {
  static const auto model = skald::AutoModelForCausalLM::from_pretrained(tales, {.backend = {.threads = 1}});
  return model;
}

inline const skald::Tokenizer& tales_tokenizer() {
  static const auto tokenizer = skald::AutoTokenizer::from_pretrained(tales);
  return tokenizer;
}

inline const skald::TextGeneration& tales_pipeline() {
  static const skald::TextGeneration pipeline(tales, {.backend = {.threads = 1}});
  return pipeline;
}
