// tokenizer_class: some classes of transformers take only vocabulary, merges and added tokens from tokenizer.json and
// build the stages anew. What they build is data here, in the form of the file.
#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/core/result.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// `sections` take the place of tokenizer.json's; what is left out stays, null means none. Of "model", only vocab and
/// merges are the file's. `defaults` are members of tokenizer_config.json for those that are not there. $P and $T
/// stand for add_prefix_space (false if not configured) and trim_offsets (true).
struct TokenizerClass {
  std::string_view name, sections, defaults;
};

inline constexpr std::array<TokenizerClass, 5> tokenizer_classes{{
    {"GPT2Tokenizer",
     R"({"normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": $P, "trim_offsets": true},
         "decoder": {"type": "ByteLevel"}, "model": {}})",
     R"({"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"})"},
    {"Qwen2Tokenizer",
     R"x({"normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
           "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|)x"
     R"x( ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
          {"type": "ByteLevel", "add_prefix_space": $P, "trim_offsets": true, "use_regex": false}]},
         "decoder": {"type": "ByteLevel"}, "model": {}})x",
     R"({"eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"})"},
    {"GPTNeoXTokenizer",
     R"({"normalizer": {"type": "NFC"}, "post_processor": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": $P, "trim_offsets": true},
         "decoder": {"type": "ByteLevel"}, "model": {}})",
     R"({"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
         "pad_token": "<|padding|>"})"},
    {"RobertaTokenizer",
     R"({"normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": $P, "trim_offsets": true},
         "decoder": {"type": "ByteLevel"}, "model": {}, "post_processor": {"type": "RobertaProcessing",
         "sep": ["$sep_token", $sep_id], "cls": ["$cls_token", $cls_id], "trim_offsets": $T, "add_prefix_space": $P}})",
     R"({"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>",
         "cls_token": "<s>", "mask_token": {"content": "<mask>", "lstrip": true, "normalized": false}})"},
    {"GemmaTokenizer",
     R"({"normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
         "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious",
         "invert": false},
         "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"},
         "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]},
         "model": {"fuse_unk": true, "byte_fallback": true, "unk_token": "$unk_token"}})",
     R"({"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>",
         "mask_token": "<mask>", "padding_side": "left"})"},
}};

/// Classes that build stages which do not exist here yet.
inline constexpr std::array<std::string_view, 6> missing_tokenizer_classes{
    "LlamaTokenizer", "BertTokenizer", "DistilBertTokenizer", "T5Tokenizer", "XLMRobertaTokenizer", "CLIPTokenizer"};

/// Which class a model_type of config.json has in transformers. "" is the generic class, which changes nothing.
struct ModelTokenizers {
  std::string_view tokenizer_class, model_types;
};

inline constexpr std::array<ModelTokenizers, 7> model_tokenizers{{
    {"", " EvollaModel aria arctic beam bigbird_pegasus camembertv2-base canary chatlm cohere_asr ernie4_5 "
         "ernie4_5_moe flex_olmo fuyu glm glm4 glm4_moe glm4_moe_lite glm4v glm4v_moe glm_image glmasr got_ocr2 "
         "gpt_bigcode granite granitemoe granitemoehybrid granitemoeshared h2ovl_chat hyperclovax hyperclovax_vlm "
         "internlm2 internlm3 iquestcoder jamba kimi_k25 kimi_linear kosmos-2 llava llava_next mimo_v2_flash "
         "minicpm3 minicpmv minimax_m2 ministral ministral3 mistral mistral3 mixtral modernbert "
         "modernbert-decoder molmo molmo2 nemotron nystromformer olmo2 olmo3 olmo_hybrid opencua openvla "
         "paddleocr_vl pegasus_x persimmon phi3 phi3_v phimoe pix2struct pixtral smolvlm stablelm step3_vl umt5 "
         "vipllava voxtral xlm-roberta-xl "},
    {"GPT2Tokenizer", " blip-2 codegen dbrx emu3 gpt2 gpt_neo gptj hyperclovax_vision_v2 instructblip "
                      "instructblipvideo jais2 opt phi starcoder2 "},
    {"Qwen2Tokenizer", " audioflamingo3 colqwen2 hunyuan_vl internvl ovis2 qwen2 qwen2_5_omni qwen2_5_vl qwen2_audio "
                       "qwen2_moe qwen2_vl qwen3 qwen3_asr qwen3_moe qwen3_next qwen3_omni_moe qwen3_vl qwen3_vl_moe "},
    {"GPTNeoXTokenizer", " falcon_mamba gpt_neox mamba mamba2 mpt olmo olmoe rwkv xlstm "},
    {"RobertaTokenizer", " bart bridgetower clap data2vec-text ibert lilt longformer mega mra roberta "
                         "roberta-prelayernorm "},
    {"GemmaTokenizer", " diffusion_gemma gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma "
                       "shieldgemma2 t5gemma "},
    {"BertTokenizer", " bert convbert distilbert electra ernie layoutlm megatron-bert nezha nomic_bert squeezebert "},
}};

/// Models whose files name a class that they should not: the class of the model counts.
inline constexpr std::string_view wrongly_named_models =
    " arctic camembertv2-base chatlm cohere_asr ernie4_5 ernie4_5_moe fuyu h2ovl_chat hyperclovax "
    "hyperclovax_vision_v2 hyperclovax_vlm internlm2 internlm3 iquestcoder jamba llava llava_next minicpm3 "
    "minicpmv minimax_m2 modernbert modernbert-decoder molmo molmo2 nemotron nvfp4 opencua openvla paddleocr_vl "
    "phi3 phi3_v phimoe qwen2 qwen3_5 qwen3_5_moe siglip2 smolvlm step3_vl vipllava ";

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
  const bool mistral = names_word(" ministral ministral3 mistral mistral3 mixtral pixtral voxtral ", model_type);
  if (named == "LlamaTokenizer" && byte_level && !mistral && !wrongly_named) return "";
  if (named.empty()) return std::string(registered.value_or(""));
  if (registered && *registered != named) {
    if (registered->empty()) return "";
    if (wrongly_named) return std::string(*registered);
  }
  return std::string(named);
}

inline const TokenizerClass* find_tokenizer_class(std::string_view name) {
  const auto* const found = std::find_if(tokenizer_classes.begin(), tokenizer_classes.end(),
                                         [&](const TokenizerClass& c) { return c.name == name; });
  return found == tokenizer_classes.end() ? nullptr : found;
}

}  // namespace detail
}  // namespace skald
