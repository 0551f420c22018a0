// expect: skald: pipeline<...> knows text-generation, text2text-generation (summarization, translation), text-classification (sentiment-analysis), token-classification (ner), question-answering, fill-mask, feature-extraction, zero-shot-classification, sentence-similarity, text-ranking, and what you add; each needs its header, <skald/pipelines.hpp> has all. See docs/pipelines.md
#include "skald/pipelines/text_classification.hpp"

auto make() {
#ifdef SKALD_MISTAKE
  return skald::pipeline<"text-clasification">("folder");
#else
  return skald::pipeline<"text-classification">("folder");
#endif
}
