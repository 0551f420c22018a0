// A grammar, a pattern or a schema that may be anything: what is refused is refused with an error; what is read can be
// followed, and what is written under it belongs to it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "skald/grammar.hpp"

namespace {

using namespace skald;

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr GrammarLimits limits{.text = 20'000, .nesting = 60, .states = 20'000, .depth = 50, .readings = 200,
                               .work = 200'000, .memory = 2u << 20};

const TokenVocabulary& vocabulary() {
  static const TokenVocabulary all = [] {
    std::vector<std::string> pieces;
    for (int b = 0; b < 256; ++b) pieces.emplace_back(1, char(b));
    for (const char* piece : {"ab", "{\"", "\": ", "\"}", "]}", "the", "12", "\xC3\xA4\xC3", "null", ""})
      pieces.emplace_back(piece);
    return TokenVocabulary(pieces);
  }();
  return all;
}

void follow(const Result<Grammar>& grammar, std::uint32_t random) {
  if (!grammar) {
    require(!grammar.error().message().empty());
    return;
  }
  const token_id end = token_id(vocabulary().size() - 1);
  const ConstrainedDecoding rule(*grammar, vocabulary());
  auto state = rule.start({.eos = {&end, 1}});
  std::vector<float> scores(vocabulary().size()), values(vocabulary().size());
  std::vector<token_id> room(vocabulary().size());
  std::string text;
  for (int i = 0; i < 12; ++i) {
    std::fill(scores.begin(), scores.end(), 0.0f);
    LogitsRow row(scores, room, values);
    rule(row, {.eos = {&end, 1}}, state);
    if (row.fault()) return;
    require(row.size() > 0);
    random = random * 1664525 + 1013904223;
    token_id chosen = no_token;
    std::uint32_t left = random >> 8;
    for (int round = 0; round < 2 && chosen == no_token; ++round) {
      std::uint32_t n = 0;
      row.for_each([&](float score, token_id t) {
        if (score == 0.0f && n++ == left) chosen = t;
      });
      require(n > 0);
      left %= n;
    }
    if (chosen == end) return;
    rule.accept(chosen, state);
    text += vocabulary().bytes(chosen);
    require(grammar->matches_beginning(text));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto random = std::uint32_t(size);
  follow(try_grammar_from_ebnf(text, limits), random);
  follow(try_grammar_from_regex(text, limits), random);
  follow(try_grammar_from_json_schema(text, {.limits = limits}), random);
  return 0;
}
