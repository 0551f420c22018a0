// `skald generate` where more than a decoder writes: an encoder-decoder, an assistant model, a negative prompt.
#pragma once
#include <skald/grammar.hpp>
#include <skald/skald.hpp>

#include <optional>
#include <string>

struct GenerateArguments {
  std::string model, prompt, assistant_model;
  std::optional<std::string> negative_prompt;
  bool stream = true;
  skald::GenerationConfig config;
  skald::AutoOptions<skald::Cpu> load;
  std::optional<skald::Grammar> grammar;  ///< what may be said
};

/// Whether a folder holds an encoder and a decoder.
bool is_encoder_decoder(const std::string& model);

/// The exit code: 0 done, 1 failed, 130 interrupted.
int run_generate_beside(GenerateArguments a);
