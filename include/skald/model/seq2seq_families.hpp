// The families that AutoModelForSeq2SeqLM knows: a list of their own, so that who generates with decoders does not
// compile them. A user's own go into a list of the user's.
#pragma once
#include "skald/core/type_list.hpp"
#include "skald/fwd.hpp"
#include "skald/model/families/bart.hpp"
#include "skald/model/families/marian.hpp"
#include "skald/model/families/mbart.hpp"
#include "skald/model/families/t5.hpp"
#include "skald/precision/plan.hpp"

namespace skald::inline SKALD_ABI {

struct Seq2SeqFamilies : TypeList<families::Bart, families::Marian, families::MBart, families::T5> {
  /// What Auto classes and pipelines of this list load: needs skald/model/pretrained_encoder_decoder.hpp.
  template <class B>
  using Model = EncoderDecoder<B, AnyPrecision>;
};

}  // namespace skald
