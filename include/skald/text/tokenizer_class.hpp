// tokenizer_class: some classes of transformers take only vocabulary, merges and added tokens from their files and
// build the stages anew. What they build is data here, in the form of tokenizer.json.
#pragma once
#include <string_view>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// `sections` take the place of tokenizer.json's; what is left out stays, null means none. Of "model", only vocab and
/// merges are the file's. `defaults` are members of tokenizer_config.json for those that are not there. `files` are
/// what a folder without tokenizer.json has instead.
///
/// | in `sections` | stands for |
/// | --- | --- |
/// | `$add_prefix_space`, `$trim_offsets` | these members of tokenizer_config.json; false and true if not configured |
/// | `$do_lower_case`, `$strip_accents`, `$tokenize_chinese_chars` | these; true, null and true |
/// | `$llama_scheme` | Metaspace's prepend_scheme by `add_prefix_space` (true) and `legacy` (false) |
/// | `$llama_strip` | what takes the prefix off again |
/// | `$prefix_scheme` | the same by `add_prefix_space` (true) alone |
/// | `$charsmap` | the Precompiled normalizer that is somewhere in the file, else null |
/// | `$template` | TemplateProcessing by add_bos_token and add_eos_token, where these count |
/// | `$bos`, `$bos_id` and so on | a named token as a JSON string, and its id |
struct TokenizerClass {
  std::string_view name, files, sections, defaults;
};

inline constexpr std::string_view vocab_and_merges = "vocab.json merges.txt";

inline constexpr std::string_view bert_sections = R"({
  "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": $tokenize_chinese_chars,
                 "strip_accents": $strip_accents, "lowercase": $do_lower_case},
  "pre_tokenizer": {"type": "BertPreTokenizer"},
  "post_processor": {"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": $cls, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
               {"SpecialToken": {"id": $sep, "type_id": 0}}],
    "pair": [{"SpecialToken": {"id": $cls, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
             {"SpecialToken": {"id": $sep, "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
             {"SpecialToken": {"id": $sep, "type_id": 1}}],
    "special_tokens": {$cls: {"id": $cls, "ids": [$cls_id], "tokens": [$cls]},
                       $sep: {"id": $sep, "ids": [$sep_id], "tokens": [$sep]}}},
  "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
  "model": {"type": "WordPiece", "unk_token": $unk, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100}})";
inline constexpr std::string_view bert_defaults = R"({"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]",
  "cls_token": "[CLS]", "mask_token": "[MASK]"})";

inline constexpr std::string_view roberta_sections = R"({
  "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": $add_prefix_space,
                                        "trim_offsets": true},
  "post_processor": {"type": "RobertaProcessing", "sep": [$sep, $sep_id], "cls": [$cls, $cls_id],
                     "trim_offsets": $trim_offsets, "add_prefix_space": $add_prefix_space},
  "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE"}})";
inline constexpr std::string_view roberta_defaults = R"({"bos_token": "<s>", "eos_token": "</s>",
  "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>", "cls_token": "<s>", "mask_token": "<mask>"})";

inline constexpr std::string_view qwen_defaults =
    R"({"eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"})";

inline constexpr TokenizerClass tokenizer_classes[] = {
    {"LlamaTokenizer", "tokenizer.model", R"({
       "normalizer": null, "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581",
                                             "prepend_scheme": $llama_scheme, "split": false},
       "decoder": {"type": "Sequence", "decoders": [
         {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
         {"type": "ByteFallback"}, {"type": "Fuse"}$llama_strip]},
       "model": {"type": "BPE", "fuse_unk": true, "byte_fallback": true}})",
     R"({"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "padding_side": "left"})"},
    {"GemmaTokenizer", "tokenizer.model", R"({
       "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
       "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious",
                         "invert": false},
       "decoder": {"type": "Sequence", "decoders": [
         {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
         {"type": "ByteFallback"}, {"type": "Fuse"}]},
       "model": {"type": "BPE", "fuse_unk": true, "byte_fallback": true, "unk_token": $unk}})",
     R"({"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>",
         "mask_token": "<mask>", "padding_side": "left"})"},
    {"GPT2Tokenizer", vocab_and_merges, R"({
       "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": $add_prefix_space,
                                             "trim_offsets": true},
       "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE"}})",
     R"({"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"})"},
    {"GPTNeoXTokenizer", vocab_and_merges, R"({
       "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": $add_prefix_space,
                                                        "trim_offsets": $trim_offsets},
       "post_processor": $template, "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE"}})",
     R"({"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
         "pad_token": "<|padding|>"})"},
    {"Qwen2Tokenizer", vocab_and_merges, R"x({
       "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
         {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|)x"
     R"x( ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
         {"type": "ByteLevel", "add_prefix_space": $add_prefix_space, "trim_offsets": true, "use_regex": false}]},
       "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE"}})x",
     qwen_defaults},
    {"Qwen3_5Tokenizer", vocab_and_merges, R"x({
       "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
         {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}|)x"
     R"x( ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
         {"type": "ByteLevel", "add_prefix_space": $add_prefix_space, "trim_offsets": true, "use_regex": false}]},
       "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE"}})x",
     qwen_defaults},
    {"RobertaTokenizer", vocab_and_merges, roberta_sections, roberta_defaults},
    {"BartTokenizer", vocab_and_merges, roberta_sections, roberta_defaults},
    // Its decoder ends as Python does: "</w>" is a space, and the ends of the text are stripped.
    {"CLIPTokenizer", vocab_and_merges, R"x({
       "normalizer": {"type": "Sequence", "normalizers": [
         {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
       "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
         {"type": "Split", "behavior": "Removed", "invert": true, "pattern": {"Regex":
          "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}},
         {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}]},
       "post_processor": {"type": "RobertaProcessing", "sep": [$eos, $eos_id], "cls": [$bos, $bos_id],
                          "trim_offsets": false, "add_prefix_space": false},
       "decoder": {"type": "Sequence", "decoders": [
         {"type": "ByteLevel"}, {"type": "Replace", "pattern": {"String": "</w>"}, "content": " "},
         {"type": "Replace", "pattern": {"Regex": "\\A[\\s\\x1c-\\x1f]+|[\\s\\x1c-\\x1f]+\\z"}, "content": ""}]},
       "model": {"type": "BPE", "end_of_word_suffix": "</w>", "unk_token": $unk}})x",
     R"({"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
         "pad_token": "<|endoftext|>"})"},
    {"BertTokenizer", "vocab.txt", bert_sections, bert_defaults},
    {"ConvBertTokenizer", "vocab.txt", bert_sections, bert_defaults},
    {"DistilBertTokenizer", "vocab.txt", bert_sections, bert_defaults},
    {"ElectraTokenizer", "vocab.txt", bert_sections, bert_defaults},
    {"MobileBertTokenizer", "vocab.txt", bert_sections, bert_defaults},
    {"SqueezeBertTokenizer", "vocab.txt", bert_sections, bert_defaults},
    {"T5Tokenizer", "spiece.model", R"({
       "normalizer": $charsmap,
       "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
         {"type": "WhitespaceSplit"},
         {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true}]},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                  {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
         "special_tokens": {"</s>": {"id": "</s>", "ids": [$eos_id], "tokens": ["</s>"]}}},
       "decoder": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true},
       "model": {"type": "Unigram", "unk_id": 2}})",
     R"({"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"})"},
    {"XLMRobertaTokenizer", "sentencepiece.bpe.model", R"({
       "normalizer": $charsmap,
       "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
         {"type": "WhitespaceSplit"},
         {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": $prefix_scheme, "split": true}]},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": $bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": $eos, "type_id": 0}}],
         "pair": [{"SpecialToken": {"id": $bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                  {"SpecialToken": {"id": $eos, "type_id": 0}}, {"SpecialToken": {"id": $eos, "type_id": 0}},
                  {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": $eos, "type_id": 0}}],
         "special_tokens": {$bos: {"id": $bos, "ids": [$bos_id], "tokens": [$bos]},
                            $eos: {"id": $eos, "ids": [$eos_id], "tokens": [$eos]}}},
       "decoder": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": $prefix_scheme, "split": true},
       "model": {"type": "Unigram", "unk_id": 3}})",
     R"({"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>",
         "cls_token": "<s>", "mask_token": "<mask>"})"},
};

/// What the generic class makes of a folder without tokenizer.json, where nothing else stands for a post-processor.
inline constexpr TokenizerClass generic_tokenizer_class{
    "", "tokenizer.model", R"({"post_processor": $template})", "{}"};

inline const TokenizerClass* find_tokenizer_class(std::string_view name) {
  for (const TokenizerClass& c : tokenizer_classes) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

}  // namespace detail
}  // namespace skald
