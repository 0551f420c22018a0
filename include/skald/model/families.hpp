// The families that Auto classes know. A user's own go into a list of the user's: FamilyList<MyFamily,
// families::Llama>.
#pragma once
#include "skald/model/families/bert.hpp"
#include "skald/model/families/gemma3_text.hpp"
#include "skald/model/families/gpt2.hpp"
#include "skald/model/families/gpt_neox.hpp"
#include "skald/model/families/llama.hpp"
#include "skald/model/families/mistral.hpp"
#include "skald/model/families/mixtral.hpp"
#include "skald/model/families/qwen2.hpp"

namespace skald::inline SKALD_ABI {

template <class... Fs>
using FamilyList = TypeList<Fs...>;

struct AllFamilies : FamilyList<families::Bert, families::Gemma3Text, families::Gpt2, families::GptNeox,
                                families::Llama, families::Mistral, families::Mixtral, families::Qwen2> {};

}  // namespace skald
