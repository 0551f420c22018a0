// Which tokenizer_class a model gets where its files name none, or the wrong one.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Which class a model_type of config.json has in transformers. "" is the generic class, which changes nothing.
struct ModelTokenizers {
  std::string_view tokenizer_class, model_types;
};

inline constexpr ModelTokenizers model_tokenizers[] = {
    {"",
                     " EvollaModel arctic aria beam bigbird_pegasus camembertv2-base canary chatlm cohere_asr "
                     "ernie4_5 ernie4_5_moe flex_olmo fuyu glm glm4 glm4_moe glm4_moe_lite glm4v glm4v_moe "
                     "glm_image glmasr got_ocr2 gpt_bigcode gradium_phonon_tts granite granitemoe "
                     "granitemoehybrid granitemoeshared h2ovl_chat hyperclovax hyperclovax_vlm internlm2 "
                     "internlm3 iquestcoder jamba kimi_k25 kimi_linear kosmos-2 llava llava_next "
                     "mimo_v2_flash minicpm3 minicpm_ocr minicpmv minicpmv4_6 minicpmv4_7 minimax_m2 "
                     "ministral ministral3 mistral mistral3 mistral_large4 mixtral modernbert "
                     "modernbert-decoder molmo molmo2 nemo_speechlm nemotron nvfp4 nystromformer olmo2 olmo3 "
                     "olmo_hybrid opencua openvla paddleocr_vl pegasus_x persimmon phi3 phi3_v phimoe "
                     "pix2struct pixtral pocket_tts smolvlm stablelm step3_vl umt5 vipllava voxtral "
                     "voxtral_realtime xlm-roberta-xl "},
    {"LlamaTokenizer",
                     " idefics idefics2 "},
    {"GemmaTokenizer",
                     " diffusion_gemma gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma "
                     "shieldgemma2 t5gemma zaya "},
    {"GPT2Tokenizer",
                     " blip-2 codegen dbrx emu3 gpt2 gpt_neo gptj hyperclovax_vision_v2 instructblip "
                     "instructblipvideo jais2 opt phi starcoder2 "},
    {"GPTNeoXTokenizer",
                     " falcon_mamba gpt_neox mamba mamba2 mpt olmo olmoe rwkv xlstm "},
    {"Qwen2Tokenizer",
                     " audioflamingo3 colqwen2 cosmos3_omni dots3_note fun_asr_nano hunyuan_vl internvl "
                     "lighton_ocr moss_transcribe_diarize ovis2 qianfan_ocr qwen2 qwen2_5_omni qwen2_5_vl "
                     "qwen2_audio qwen2_moe qwen2_vl qwen3 qwen3_asr qwen3_moe qwen3_next qwen3_omni_moe "
                     "qwen3_vl qwen3_vl_moe vibevoice "},
    {"Qwen3_5Tokenizer",
                     " qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen3_5_text qwen4_exp "},
    {"RobertaTokenizer",
                     " bart bridgetower clap data2vec-text ibert lilt longformer mega mra roberta "
                     "roberta-prelayernorm "},
    {"BartTokenizer",
                     " florence2 "},
    {"CLIPTokenizer",
                     " aimv2 clip clipseg groupvit omdet-turbo oneformer owlv2 owlvit sam3 sam3_video xclip "},
    {"BertTokenizer",
                     " align bark bert blip bros chinese_clip convbert distilbert electra ernie flava git "
                     "grounding-dino layoutlm megatron-bert mm-grounding-dino nezha nomic_bert qdqbert realm "
                     "retribert squeezebert tvp vilt visual_bert "},
    {"T5Tokenizer",
                     " mt5 musicgen musicgen_melody switch_transformers t5 "},
    {"XLMRobertaTokenizer",
                     " gte jina_embeddings_v3 metaclip_2 trocr xlm-roberta xmod "},
};

/// Models whose files name a class that they should not: the class of the model counts.
inline constexpr std::string_view wrongly_named_models =
    " arctic camembertv2-base chatlm cohere_asr ernie4_5 ernie4_5_moe fuyu h2ovl_chat hyperclovax "
    "hyperclovax_vision_v2 hyperclovax_vlm internlm2 internlm3 iquestcoder jamba llava llava_next minicpm3 "
    "minicpmv minimax_m2 modernbert modernbert-decoder molmo molmo2 nemotron nvfp4 opencua openvla "
    "paddleocr_vl phi3 phi3_v phimoe qwen2 qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen4_exp siglip2 smolvlm "
    "step3_vl vipllava ";

/// Models that may have a tokenizer of the mistral-common package.
inline constexpr std::string_view mistral_models =
    " ministral ministral3 mistral mistral3 mistral_large4 mixtral pixtral voxtral voxtral_realtime ";

inline bool names_word(std::string_view list, std::string_view word) {
  return list.find(std::string(" ").append(word).append(" ")) != list.npos;
}

/// The class that transformers' AutoTokenizer would take; "" for the generic one. `named` is the class in the files,
/// `byte_level` tells whether tokenizer.json is byte-level.
inline std::string choose_tokenizer_class(std::string_view named, std::string_view model_type, bool byte_level) {
  if (named.ends_with("Fast")) named.remove_suffix(4);
  std::optional<std::string_view> registered;
  for (const ModelTokenizers& entry : model_tokenizers) {
    if (names_word(entry.model_types, model_type)) registered = entry.tokenizer_class;
  }
  const bool wrongly_named = names_word(wrongly_named_models, model_type);
  const bool mistral = names_word(mistral_models, model_type);
  if (named == "LlamaTokenizer" && byte_level && !mistral && !wrongly_named) return "";
  if (named.empty()) return std::string(registered.value_or(""));
  if (registered && *registered != named) {
    if (registered->empty()) return "";
    if (wrongly_named) return std::string(*registered);
  }
  return std::string(named);
}

}  // namespace detail
}  // namespace skald
