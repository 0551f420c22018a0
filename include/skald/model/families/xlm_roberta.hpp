// XLM-RoBERTa: roberta under another name. Conneau et al. 2019; transformers models/xlm_roberta.
#pragma once
#include "skald/model/families/roberta.hpp"

namespace skald::inline SKALD_ABI {

namespace families {

struct XlmRoberta : Roberta {
  static constexpr std::string_view model_type = "xlm-roberta";
};

}  // namespace families

}  // namespace skald
