// The encoder of T5 by itself: T5EncoderModel, which sentence-t5 and gtr-t5 embed texts with, and
// T5ForTokenClassification. Of a folder of the whole model AutoModel loads this half; the other is in Seq2SeqFamilies.
#pragma once
#include "skald/model/families/t5.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct T5Encoder {
  static constexpr std::string_view model_type = T5::model_type, prefix = T5::prefix_of_classes;
  static constexpr TensorName classifier[] = {{Role::token_classifier, "classifier"}};
  static constexpr auto names = joined(T5::encoder_names, classifier);

  template <class C>
  static constexpr ModelSpec spec(const C& c) { return encoder_half(T5::spec(c)); }
};

}  // namespace families

}  // namespace skald
