// Texts as vectors: which of the documents is about the same as the question? A sentence-transformers folder says
// itself how its tokens become one vector (modules.json); a folder without it, as the one here, is pooled by the mean.
#include <skald/pipelines/sentence_transformer.hpp>

#include <cstdio>

#include "check.hpp"

int main(int argc, char** argv) {
  using namespace skald;
  const auto model = SentenceTransformer::from_pretrained(argc > 1 ? argv[1] : SKALD_EXAMPLE_MODELS "/skald-tales");

  const char* documents[] = {"The king sat on his golden throne and was proud.",
                             "A little fox ran through the dark forest.",
                             "The mother baked bread for her hungry children."};
  const Embeddings known = model.encode(documents);
  const std::vector<float> question = model.encode("In the woods there lived a fox.");

  std::size_t best = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    std::printf("%.3f  %s\n", model.similarity(question, known[i]), documents[i]);
    if (model.similarity(question, known[i]) > model.similarity(question, known[best])) best = i;
  }
  check(best == 1, "the fox is found in the forest");
  check(model.similarity(known[0], known[0]) > 0.9999f, "a text is like itself");
  const Embeddings unit = model.encode(documents, {.normalize_embeddings = true});
  check(similarity(unit[0], unit[1], Similarity::dot) - model.similarity(known[0], known[1]) < 1e-4f,
        "of vectors of length 1 the dot product is the cosine");
}
