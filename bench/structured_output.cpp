// What a grammar costs a token: microseconds of the processor alone, one thread, rows in the cache. `steady`: texts
// whose states have all been seen, `cold`: the first text, with the walks through the vocabulary.
//
//   bench_structured_output [--json] [--vocab 128256] [--runs 20]
#include <skald/grammar.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace skald;
using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

/// Every byte, and words as vocabularies have them: letters by their frequency, often behind a space.
std::vector<std::string> words(std::size_t n) {
  std::mt19937 random(1);
  const std::string letters = "eeeeeeeettttttaaaaaaooooooiiiiinnnnnssssshhhhrrrrddllccuummwwffggyyppbbvkxjqz";
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) pieces.emplace_back(1, char(b));
  for (const char* p : {"\": ", "\", \"", "{\"", "\"}", "}}", "]}", "\":\"", ": ", ", ", "\n  ", "true", "null"})
    pieces.emplace_back(p);
  while (pieces.size() + 1 < n) {
    std::string word = random() % 2 ? " " : "";
    const auto kind = random() % 20;
    for (auto left = 2 + random() % 9; left > 0; --left) {
      if (kind == 0) word += char('0' + random() % 10);
      else if (kind == 1) word += char(0x80 + random() % 64);
      else if (kind == 2) word += "()[]{}<>\"'=+-*/.,;:_#"[random() % 22];
      else word += letters[random() % letters.size()];
    }
    pieces.push_back(word);
  }
  pieces.emplace_back();
  return pieces;
}

/// Microseconds of each token.
std::vector<double> write(const ConstrainedDecoding& rule, const TokenVocabulary& vocabulary,
                          const std::vector<token_id>& tokens, const std::vector<float>& scores) {
  const std::vector<token_id> eos{token_id(vocabulary.size() - 1)};
  std::vector<float> row(scores.size()), values(scores.size());
  std::vector<token_id> room(scores.size());
  std::vector<double> each;
  auto state = rule.start({.eos = eos});
  for (const token_id token : tokens) {
    std::copy(scores.begin(), scores.end(), row.begin());
    const auto start = Clock::now();
    LogitsRow r(row, room, values);
    rule(r, {.eos = eos}, state);
    rule.accept(token, state);
    each.push_back(microseconds_since(start));
    if (!r.find(token) || r.fault()) std::exit((std::fprintf(stderr, "a token does not fit\n"), 1));
  }
  return each;
}

/// A text as tokens: always the longest that spells its next bytes.
std::vector<token_id> spelled(const std::vector<std::string>& pieces, const std::string& text) {
  std::vector<token_id> tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t best = std::size_t(static_cast<unsigned char>(text[at]));  // the byte alone
    for (std::size_t t = 0; t < pieces.size(); ++t) {
      if (pieces[t].size() > pieces[best].size() && text.compare(at, pieces[t].size(), pieces[t]) == 0) best = t;
    }
    tokens.push_back(token_id(best));
    at += pieces[best].size();
  }
  return tokens;
}

struct Case {
  const char* name;
  Grammar grammar;
  std::string text;
};

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::size_t vocab = 128256;
  int runs = 20;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    if (key == "--json") json = true;
    else if (key == "--vocab" && i + 1 < argc) vocab = std::size_t(std::max(1000, std::atoi(argv[++i])));
    else if (key == "--runs" && i + 1 < argc) runs = std::max(1, std::atoi(argv[++i]));
    else return std::fprintf(stderr, "%s: unknown\n", argv[i]), 2;
  }
  const std::string person = R"({"name": "the seventh daughter of the house", "age": 37, "married": true, )"
                             R"("children": [{"name": "another one", "age": 7}, {"name": "and the last", "age": 4}], )"
                             R"("address": {"street": "a lane without a number", "city": "the town"}})";
  const Case cases[] = {
      {"JSON schema", grammar_from_json_schema(R"({"type": "object", "properties": {"name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0, "maximum": 150}, "married": {"type": "boolean"},
        "children": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"},
        "age": {"type": "integer"}}, "required": ["name", "age"]}}, "address": {"type": "object", "properties":
        {"street": {"type": "string", "maxLength": 100}, "city": {"type": "string"}}, "required": ["street", "city"]}},
        "required": ["name", "age"]})"), person},
      {"any JSON", grammar_from_json_schema("true"), person},
      {"regular expression", grammar_from_regex("([a-z]+ )*[a-z]+\\."), "the sea is calm to night the tide is full."},
      {"choices", grammar_from_choices({"positive", "negative", "neutral"}), "neutral"},
  };
  const auto pieces = words(vocab);
  auto start = Clock::now();
  const TokenVocabulary vocabulary(pieces);
  const double tree = microseconds_since(start);
  std::printf(json ? "{\"tokens\": %zu, \"tree_nodes\": %zu, \"tree_microseconds\": %.0f}\n"
                   : "%zu tokens, %zu nodes, tree made in %.0f us\n",
              pieces.size(), vocabulary.tree().nodes.size(), tree);
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  std::vector<float> scores(pieces.size());
  for (float& s : scores) s = normal(random);
  for (const Case& c : cases) {
    const auto tokens = spelled(pieces, c.text);
    const ConstrainedDecoding rule(c.grammar, vocabulary);
    std::vector<double> cold = write(rule, vocabulary, tokens, scores), steady;
    for (int i = 0; i < runs; ++i) {
      const auto each = write(rule, vocabulary, tokens, scores);
      steady.insert(steady.end(), each.begin(), each.end());
    }
    std::ranges::sort(cold);
    std::ranges::sort(steady);
    double sum = 0, all = 0;
    for (const double t : cold) all += t;
    for (const double t : steady) sum += t;
    std::printf(json ? "{\"grammar\": \"%s\", \"tokens\": %zu, \"steady\": %.1f, \"steady_median\": %.1f, "
                       "\"steady_99\": %.1f, \"cold\": %.0f, \"cold_median\": %.0f, \"cold_most\": %.0f}\n"
                     : "%-20s %3zu tokens  steady: mean %6.1f us, median %6.1f, 99%% %6.1f  cold: mean %7.0f us, "
                       "median %7.0f, most %7.0f\n",
                c.name, tokens.size(), sum / double(steady.size()), steady[steady.size() / 2],
                steady[steady.size() * 99 / 100], all / double(cold.size()), cold[cold.size() / 2], cold.back());
  }
}
