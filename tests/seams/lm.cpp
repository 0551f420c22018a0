#include "seams/lm.hpp"

#include "skald/model/pretrained.hpp"

namespace seams {

const Lm& lm() {
  static const Lm model = Lm::from_pretrained(SKALD_TEST_DATA "/models/qwen2");
  return model;
}

}  // namespace seams
