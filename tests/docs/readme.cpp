// The code of README.md.
#include <boost/test/unit_test.hpp>
#include <iostream>
#include <sstream>
#include <string>

#include "skald/skald.hpp"

BOOST_AUTO_TEST_SUITE(docs_readme)

using namespace skald;

BOOST_AUTO_TEST_CASE(the_tour_runs) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";
  std::ostringstream out;
  auto* const buffer = std::cout.rdbuf(out.rdbuf());
  // [tour]
  auto tok = AutoTokenizer::from_pretrained(folder);
  auto any = AutoModelForCausalLM::from_pretrained(folder);                 // architecture and precision: read from the files
  auto lm = Transformer<Cpu, nf4>::from_pretrained(folder);                 // backend and precision: types

  auto rule = RepetitionPenalty{1.1f} | Temperature{0.7f} | TopK{50} | TopP{0.9};    // a type: one inlined function
  auto out1 = generate(lm, tok("Once upon a time"), rule, Multinomial{.seed = 42}, {.max_new_tokens = 50});
  std::cout << tok.decode(out1.sequences[0], {.skip_special_tokens = true}) << "\n";

  for (std::string_view piece : stream(any, tok, "The old king", rule, Multinomial{.seed = 7}, {.max_new_tokens = 20}))
    std::cout << piece << std::flush;

  TextGeneration gen{folder};                                               // the pipeline: everything defaulted
  std::cout << gen("There was once a fox", {.max_new_tokens = 20}) << "\n";
  // [/tour]
  std::cout.rdbuf(buffer);
  BOOST_TEST(out.str().starts_with("Once upon a time"));
  BOOST_TEST(out.str().find("There was once a fox") != std::string::npos);
  BOOST_TEST(out1.new_tokens(0).size() == 50u);
}

BOOST_AUTO_TEST_SUITE_END()
