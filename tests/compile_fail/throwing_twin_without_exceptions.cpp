// expect: skald: built without exceptions; write try_generate / try_from_pretrained, which return Result<T>. See docs/errors.md
// flags: -fno-exceptions
#include "skald/backend/reference.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/ops/reference/kernels.hpp"

using Lm = skald::Transformer<skald::Reference, skald::fp32, skald::FromConfig>;

#ifdef SKALD_MISTAKE
int load() { return Lm::from_pretrained("model-dir").vocab_size(); }
#else
int load() {
  const auto lm = Lm::try_from_pretrained("model-dir");
  return lm ? lm->vocab_size() : 0;
}
#endif
