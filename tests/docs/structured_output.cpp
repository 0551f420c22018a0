// The code of docs/structured_output.md.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "skald/grammar.hpp"
#include "skald/io/json.hpp"
#include "skald/pipelines/token_vocabulary.hpp"
#include "skald/skald.hpp"

BOOST_AUTO_TEST_SUITE(docs_structured_output)

using namespace skald;

namespace {

const char* const folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";

}  // namespace

BOOST_AUTO_TEST_CASE(a_schema) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto lm = Transformer<Cpu, fp32>::from_pretrained(folder);
  // [schema]
  const TokenVocabulary vocabulary = token_vocabulary(tok);  // once for a tokenizer
  const Grammar animal = grammar_from_json_schema(R"({"type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "kind": {"enum": ["fox", "cat"]},
                   "age": {"type": "integer", "minimum": 0, "maximum": 30}},
    "required": ["name", "kind", "age"]})");
  const ConstrainedDecoding rule(animal, vocabulary);
  const auto out = generate(lm, tok("Once upon a time"), rule | Temperature{0.7f}, Multinomial{.seed = 42},
                            {.max_new_tokens = 100});
  const std::string text = tok.decode(out.new_tokens(0), {.skip_special_tokens = true});
  // [/schema]
  BOOST_TEST(animal.matches(text), text);
  const auto json = JsonDocument::parse(text, "answer");
  BOOST_REQUIRE(json.has_value());
  BOOST_TEST(json->root().find("age")->integer().has_value());
}

BOOST_AUTO_TEST_CASE(every_strategy) {
  const auto tok = AutoTokenizer::from_pretrained(folder);
  const auto lm = AutoModelForCausalLM::from_pretrained(folder);
  const TokenVocabulary vocabulary = token_vocabulary(tok);
  // [kinds]
  const Grammar date = grammar_from_regex(R"(\d{4}-\d\d-\d\d)");
  const Grammar mood = grammar_from_choices({"merry", "sad", "sleepy"});
  const Grammar list = grammar_from_ebnf(R"gbnf(
    root ::= item ("," item){1,3}   # two to four
    item ::= " "? [a-z]{2,6}
  )gbnf");
  // [/kinds]
  for (const Grammar& grammar : {date, mood, list}) {
    const auto check = [&](const GenerationConfig& config) {
      const auto out = generate(lm, tok("The fox"), config);
      for (std::size_t i = 0; i < out.sequences.size(); ++i) {
        const std::string text = tok.decode(out.new_tokens(i), {.skip_special_tokens = true});
        BOOST_TEST(grammar.matches(text), text);
      }
      return out.sequences;
    };
    GenerationConfig config;
    config.max_new_tokens = 60;
    config.logits_processor.add(ConstrainedDecoding(grammar, vocabulary));
    const auto greedy = check(config);
    config.prompt_lookup_num_tokens = 4;
    BOOST_TEST((check(config) == greedy));
    config.prompt_lookup_num_tokens = 0;
    config.num_beams = 3;
    config.num_return_sequences = 2;
    check(config);
    config.num_beams = 1;
    config.do_sample = true;
    config.num_return_sequences = 4;
    check(config);
  }
}

BOOST_AUTO_TEST_CASE(mistakes) {
  // [mistake]
  const auto grammar = try_grammar_from_ebnf("root ::= \"yes\" |\n  maybe");
  if (!grammar) std::string sentence = grammar.error().message();
  // grammar: line 2, column 3: rule "maybe" is not defined
  // [/mistake]
  BOOST_TEST(grammar.error().message() == "grammar: line 2, column 3: rule \"maybe\" is not defined");
}

BOOST_AUTO_TEST_SUITE_END()
