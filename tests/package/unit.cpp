// Loads, generates and reports, as plain data. Compiled several times with different flags; RUN is the function's name.
#include "skald/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/logits/repetition_penalty.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"
#include "skald/model/pretrained.hpp"

extern "C" int RUN(const char* folder, int* ids, int room) {
  const auto lm = skald::Transformer<skald::Cpu, skald::fp32, skald::FromConfig>::try_from_pretrained(folder);
  if (!lm) return 0;
  const auto rule = skald::RepetitionPenalty{1.1f} | skald::Temperature{0.8f} | skald::TopK{20};
  const auto out = skald::try_generate(*lm, {3, 5, 7, 9, 11, 13}, rule, skald::Greedy{}, {.max_new_tokens = room - 6});
  if (!out) return 0;
  std::copy(out->sequences[0].begin(), out->sequences[0].end(), ids);
  return int(out->sequences[0].size());
}
