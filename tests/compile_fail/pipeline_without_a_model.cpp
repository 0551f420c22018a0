// expect: skald: pipeline<...>() needs the folder of a model, since nothing is downloaded and none is built in: pipeline<"text-generation">("examples/models/skald-tales") takes the one of this repository. See docs/pipelines.md
#include "skald/pipelines/text_classification.hpp"

auto make() {
#ifdef SKALD_MISTAKE
  return skald::pipeline<"text-classification">();
#else
  return skald::pipeline<"text-classification">("folder");
#endif
}
