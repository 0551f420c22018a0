#include "skald/pipelines/text_generator.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/models.hpp"

BOOST_AUTO_TEST_SUITE(pipelines_text_generator)

using namespace skald;

BOOST_AUTO_TEST_CASE(a_generator_of_fixed_types) {
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(tales, {.backend = {.threads = 1}});
  const TextGenerator gen(lm, tales_tokenizer(), RepetitionPenalty{1.1f} | TopK{20}, Multinomial{.seed = 4});
  const std::string text = gen("The old woman", {.max_new_tokens = 16});
  std::string streamed;
  for (std::string_view piece : gen.stream("The old woman", {.max_new_tokens = 16})) streamed += piece;
  BOOST_TEST(!text.empty());
  BOOST_TEST(text == streamed);
}

BOOST_AUTO_TEST_SUITE_END()
