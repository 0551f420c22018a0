// Writes JSON under schemas with random scores:  sample TOKENIZER TIMES < schemas, one a line
// For each schema TIMES lines: its number, and the text in JSON's own quotes, or ! and why there is none.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "skald/grammar.hpp"
#include "skald/pipelines/token_vocabulary.hpp"
#include "skald/text/tokenizer.hpp"

namespace {

using namespace skald;

/// A short end of a text that was begun, found byte by byte: the nearest, or on a way through what closes things.
std::optional<std::string> ended(const Grammar& grammar, std::string text) {
  using detail::GrammarMachine;
  GrammarMachine machine(grammar.automaton());
  std::int64_t work = 1'000'000'000;
  struct Step {
    detail::GrammarState state;
    std::size_t before;
    char byte;
  };
  detail::GrammarState at = machine.step(machine.start(), text, work);
  std::mt19937 random(5);
  for (int round = 0; round < 4000 && at > GrammarMachine::dead; ++round) {
    std::vector<Step> steps{{at, 0, 0}};
    std::set<detail::GrammarState> seen{at};
    for (std::size_t i = 0; i < steps.size() && i < 400; ++i) {
      if (machine.may_end(steps[i].state)) {
        std::string tail;
        for (; i > 0; i = steps[i].before) tail.insert(tail.begin(), steps[i].byte);
        return text + tail;
      }
      for (const std::uint8_t byte : grammar.automaton()->sample) {
        const auto next = machine.step(steps[i].state, byte, work);
        if (next > GrammarMachine::dead && seen.insert(next).second) steps.push_back({next, i, char(byte)});
      }
    }
    // What closes things, or for a while anything.
    std::string bytes;
    const auto& all = grammar.automaton()->sample;
    for (int i = 0; i < 40; ++i) bytes += char(all[random() % all.size()]);
    bytes.insert(0, round / 8 % 2 == 0 ? "\"}]:,0n" : "\"");
    for (const char byte : bytes) {
      const auto next = machine.step(at, std::uint8_t(byte), work);
      if (next <= GrammarMachine::dead) continue;
      at = next;
      text += byte;
      break;
    }
  }
  return std::nullopt;
}

/// Tokens drawn from random scores, `most` at most; then the text is ended.
class Sampler {
 public:
  Sampler(TokenVocabulary vocabulary, token_id end) : vocabulary_(std::move(vocabulary)), eos_{end} {
    const std::size_t n = std::max(vocabulary_.size(), std::size_t(end) + 1);
    scores_.resize(n), values_.resize(n), room_.resize(n);
  }

  Result<std::string> text(const Grammar& grammar, const ConstrainedDecoding& rule) {
    constexpr int most = 60;
    auto state = rule.start({.eos = eos_});
    std::string text;
    for (int i = 0; i < most; ++i) {
      std::normal_distribution<float> normal;
      for (float& score : scores_) score = normal(random_);
      LogitsRow row(scores_, room_, values_);
      rule(row, {.eos = eos_}, state);
      if (row.fault()) return row.fault();
      const token_id chosen = row.best();
      if (chosen == eos_[0]) {
        if (grammar.matches(text)) return text;
        return Error(FaultCode::mismatch, "ended too early: " + text);
      }
      rule.accept(chosen, state);
      text += vocabulary_.bytes(chosen);
    }
    if (auto whole = ended(grammar, text)) return *std::move(whole);
    return Error(FaultCode::out_of_range, "no end was found: " + text);
  }

  const TokenVocabulary& vocabulary() const { return vocabulary_; }

 private:
  TokenVocabulary vocabulary_;
  std::vector<token_id> eos_;
  std::vector<float> scores_, values_;
  std::vector<token_id> room_;
  std::mt19937 random_{1};
};

/// Every byte, and pieces as tokenizers have them.
TokenVocabulary plain_vocabulary() {
  std::vector<std::string> pieces;
  for (int b = 0; b < 256; ++b) pieces.emplace_back(1, char(b));
  for (const char* piece : {"\":", "\", \"", "{\"", "\"}", "}}", "]}", "[{", "true", "null", " \"", ": ", ", ", "\n  ",
                            "the", "and", "\xC3", "\xC3\xA4\xC3", "\xE2\x82", "\\u00", "12", "-1", "0.", "\"a\":",
                            "\\\""})
    pieces.emplace_back(piece);
  pieces.emplace_back();
  return TokenVocabulary(pieces);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("sample TOKENIZER|bytes TIMES < schemas\n", stderr), 2;
  std::optional<Sampler> sampler;
  if (std::string(argv[1]) == "bytes") {
    const TokenVocabulary plain = plain_vocabulary();
    sampler.emplace(plain, token_id(plain.size() - 1));
  } else {
    const auto tokenizer = Tokenizer::try_from_pretrained(argv[1]);
    if (!tokenizer) return std::fprintf(stderr, "%s\n", tokenizer.error().what()), 1;
    const TokenVocabulary vocabulary = token_vocabulary(*tokenizer);
    sampler.emplace(vocabulary, token_id(vocabulary.size()));
  }
  std::string schema;
  for (int number = 0; std::getline(std::cin, schema); ++number) {
    const auto grammar = try_grammar_from_json_schema(std::string_view(schema));
    if (!grammar) {
      std::cout << number << " ! " << detail::json_text(grammar.error().message()) << "\n";
      continue;
    }
    const ConstrainedDecoding rule(*grammar, sampler->vocabulary());
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
      const auto text = sampler->text(*grammar, rule);
      if (text) std::cout << number << " \"" << detail::json_text(*text) << "\"\n";
      else std::cout << number << " ! " << detail::json_text(text.error().message()) << "\n";
    }
  }
}
