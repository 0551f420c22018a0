// Names and every default template argument, for headers that only mention them.
#pragma once
#include <cstdint>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

// Precisions of numbers as they are; others, plans and sets are in precision/.
struct fp32;
struct fp16;
struct bf16;

// Backends
struct Reference;
struct Bare;
struct Cpu;

// What a model is
struct ModelSpec;
struct FromConfig;
struct AllFamilies;
struct Seq2SeqFamilies;
struct EveryFamily;

/// Transformer<>: the processor, float32, the architecture read at load.
template <class B = Cpu, class DType = fp32, class A = FromConfig>
class Transformer;

/// EncoderDecoder<>: the processor, float32.
template <class B = Cpu, class DType = fp32>
class EncoderDecoder;

template <class Model, class Families = AllFamilies>
struct Pretrained;
template <class Model, class Families = Seq2SeqFamilies>
struct PretrainedEncoderDecoder;
template <class Model>
struct PretrainedSaver;

// Generation
struct GenerateOptions;
struct GenerateOutput;
struct GenerationConfig;

// The run-time face
enum class HeadKind : std::uint8_t;
template <class B = Cpu, class Families = AllFamilies>
class BasicAutoModel;
template <class B = Cpu, class Families = AllFamilies>
class BasicAutoModelForCausalLM;
template <HeadKind Head, class B = Cpu, class Families = AllFamilies>
class BasicAutoModelWithHead;
template <class B = Cpu, class Families = Seq2SeqFamilies>
class BasicAutoModelForSeq2SeqLM;
template <class B = Cpu, class Families = AllFamilies>
class BasicTextGeneration;
template <class B = Cpu, class Families = Seq2SeqFamilies>
class BasicText2TextGeneration;
template <class B = Cpu, class Families = AllFamilies>
class TaskModel;
template <class B = Cpu, class Families = AllFamilies>
class BasicTextClassification;
template <class B = Cpu, class Families = AllFamilies>
class BasicTokenClassification;
template <class B = Cpu, class Families = AllFamilies>
class BasicQuestionAnswering;
template <class B = Cpu, class Families = AllFamilies>
class BasicFillMask;
template <class B = Cpu, class Families = AllFamilies>
class BasicFeatureExtraction;
template <class B = Cpu, class Families = EveryFamily>
class BasicZeroShotClassification;
template <class B = Cpu, class Families = AllFamilies>
class BasicSentenceTransformer;
template <class B = Cpu, class Families = AllFamilies>
class BasicSentenceSimilarity;
template <class B = Cpu, class Families = AllFamilies>
class BasicCrossEncoder;

using AutoModel = BasicAutoModel<>;
using AutoModelForCausalLM = BasicAutoModelForCausalLM<>;
using AutoModelForSeq2SeqLM = BasicAutoModelForSeq2SeqLM<>;
using TextGeneration = BasicTextGeneration<>;
using Text2TextGeneration = BasicText2TextGeneration<>;
using TextClassification = BasicTextClassification<>;
using TokenClassification = BasicTokenClassification<>;
using QuestionAnswering = BasicQuestionAnswering<>;
using FillMask = BasicFillMask<>;
using FeatureExtraction = BasicFeatureExtraction<>;
using ZeroShotClassification = BasicZeroShotClassification<>;
using SentenceTransformer = BasicSentenceTransformer<>;
using SentenceSimilarity = BasicSentenceSimilarity<>;
using CrossEncoder = BasicCrossEncoder<>;

}  // namespace skald
