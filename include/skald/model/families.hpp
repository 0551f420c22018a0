// The families that Auto classes know. A user's own go into a list of the user's: FamilyList<MyFamily,
// families::Llama>.
#pragma once
#include "skald/model/families/albert.hpp"
#include "skald/model/families/bert.hpp"
#include "skald/model/families/bloom.hpp"
#include "skald/model/families/cohere.hpp"
#include "skald/model/families/distilbert.hpp"
#include "skald/model/families/electra.hpp"
#include "skald/model/families/falcon.hpp"
#include "skald/model/families/gemma.hpp"
#include "skald/model/families/gemma2.hpp"
#include "skald/model/families/gemma3_text.hpp"
#include "skald/model/families/gpt2.hpp"
#include "skald/model/families/gpt_neo.hpp"
#include "skald/model/families/gpt_neox.hpp"
#include "skald/model/families/gptj.hpp"
#include "skald/model/families/granite.hpp"
#include "skald/model/families/llama.hpp"
#include "skald/model/families/mistral.hpp"
#include "skald/model/families/mixtral.hpp"
#include "skald/model/families/mpnet.hpp"
#include "skald/model/families/olmo.hpp"
#include "skald/model/families/olmo2.hpp"
#include "skald/model/families/opt.hpp"
#include "skald/model/families/phi.hpp"
#include "skald/model/families/phi3.hpp"
#include "skald/model/families/qwen2.hpp"
#include "skald/model/families/qwen2_moe.hpp"
#include "skald/model/families/qwen3.hpp"
#include "skald/model/families/qwen3_moe.hpp"
#include "skald/model/families/roberta.hpp"
#include "skald/model/families/smollm3.hpp"
#include "skald/model/families/stablelm.hpp"
#include "skald/model/families/starcoder2.hpp"
#include "skald/model/families/t5_encoder.hpp"
#include "skald/model/families/xlm_roberta.hpp"

namespace skald::inline SKALD_ABI {

template <class... Fs>
using FamilyList = TypeList<Fs...>;

struct AllFamilies
    : FamilyList<families::Albert, families::Bert, families::Bloom, families::Cohere, families::DistilBert,
                 families::Electra, families::Falcon, families::Gemma, families::Gemma2, families::Gemma3Text,
                 families::Gpt2, families::GptJ, families::GptNeo, families::GptNeox, families::Granite,
                 families::Llama, families::Mistral, families::Mixtral, families::MpNet, families::Olmo,
                 families::Olmo2, families::Opt, families::Phi, families::Phi3, families::Qwen2,
                 families::Qwen2Moe, families::Qwen3, families::Qwen3Moe, families::Roberta, families::SmolLm3,
                 families::StableLm, families::Starcoder2, families::T5Encoder, families::XlmRoberta> {};

}  // namespace skald
