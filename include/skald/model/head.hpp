// Which head a checkpoint was saved with, and what each head is made of. Families differ in a few words of data.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "skald/core/result.hpp"
#include "skald/io/checkpoint.hpp"
#include "skald/model/family.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// transformers' classes by how their names end.
struct Task {
  std::string_view suffix;
  HeadKind head;
  std::string_view load_with = suffix;  ///< "AutoModel" and this
};
inline constexpr Task tasks[] = {
    {"ForCausalLM", HeadKind::language},
    {"LMHeadModel", HeadKind::language},
    {"ForConditionalGeneration", HeadKind::language, "ForSeq2SeqLM"},
    {"MTModel", HeadKind::language, "ForSeq2SeqLM"},
    {"ForMaskedLM", HeadKind::masked_language},
    {"ForSequenceClassification", HeadKind::sequence_class},
    {"ForTokenClassification", HeadKind::token_class},
    {"ForQuestionAnswering", HeadKind::question},
};

inline std::string_view saved_as(const Checkpoint& checkpoint) {
  const auto list = checkpoint.config().find("architectures");
  if (!list || !list->is_array() || list->size() == 0) return {};
  return (*list)[0].string().value_or(std::string_view());
}

/// No value: the checkpoint does not say, or is one of a model without a head.
inline const Task* saved_task(const Checkpoint& checkpoint) {
  for (const Task& t : tasks)
    if (saved_as(checkpoint).ends_with(t.suffix)) return &t;
  return nullptr;
}

/// Whether a folder holds an encoder and a decoder: T5's encoder may stand alone.
inline bool is_encoder_decoder(const Checkpoint& checkpoint) {
  const auto both = checkpoint.config().find("is_encoder_decoder");
  const std::string_view saved = saved_as(checkpoint);
  return both && both->boolean().value_or(false) && !saved.ends_with("EncoderModel") &&
         !saved.ends_with("ForTokenClassification");
}

/// Gives a spec, which has its family's default head, another one.
inline Result<void> set_head(const Checkpoint& checkpoint, const HeadStyle& style, std::optional<HeadKind> wanted,
                             ModelSpec& s) {
  const Task* const saved = saved_task(checkpoint);
  const HeadKind head = wanted ? *wanted : saved ? saved->head : s.head;
  const bool encoder = s.encoder_only(), both = !encoder && s.encoder.layers > 0;
  if (wanted && *wanted != HeadKind::none && saved && saved->head != *wanted) {
    std::string message("config.json: architectures: expected a class that ends in ");
    for (const Task& t : tasks)
      if (t.head == *wanted && (t.head != HeadKind::language || both == (t.load_with == "ForSeq2SeqLM"))) {
        message.append(t.suffix);
        break;
      }
    return Error(FaultCode::unsupported, message.append(", found ").append(saved_as(checkpoint))
                                             .append(": load it with AutoModel").append(saved->load_with));
  }
  if (head == s.head) return {};
  const auto refuse = [](const char* why) { return Error(FaultCode::unsupported, why); };
  if (encoder && head == HeadKind::language)
    return refuse("config.json: model_type names an encoder, which generates no text; load it with AutoModel");
  if (both && (head == HeadKind::masked_language || head == HeadKind::token_class))
    return refuse("config.json: model_type names an encoder-decoder, which has no head for masked words or tokens");
  if (!encoder && !both && (head == HeadKind::masked_language || head == HeadKind::question))
    return refuse("config.json: model_type names a decoder, which has no head for masked words or questions");
  s.head = head;
  if (head == HeadKind::none) return {};
  if (both && s.decoder_input == DecoderInput::none) s.decoder_input = DecoderInput::after_start;  // as all of them do
  s.pooling = Pooling::none;
  const bool sequences = head == HeadKind::sequence_class;
  s.head_bias = !sequences || style.bias;
  if (head == HeadKind::masked_language) {
    s.head_transform = true;
    s.head_activation = style.gelu_for_words ? Activation::gelu : s.encoder.kinds[0].feed_forward.activation;
    return {};
  }
  const auto names = checkpoint.config().find("id2label"), number = checkpoint.config().find("num_labels");
  s.labels = 2;
  if (names && names->is_object()) s.labels = std::int32_t(names->size());
  else if (number && number->integer()) s.labels = std::int32_t(number->integer().value_or(2));
  if (!sequences) return {};
  s.pooling = style.pooling;
  s.head_transform = style.transform;
  s.head_activation = style.activation;
  const auto pad = checkpoint.config().find("pad_token_id");
  const auto eos = checkpoint.config().find("eos_token_id");
  if (eos && eos->integer()) s.eos_id = std::int32_t(*eos->integer());
  if (style.pooling == Pooling::last) s.padding_id = pad && pad->integer() ? std::int32_t(*pad->integer()) : -1;
  return {};
}

}  // namespace detail

}  // namespace skald
