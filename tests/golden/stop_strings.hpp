// Stop strings: the folder's tokenizer gives the pieces.
#pragma once
#include "generate.hpp"
#include "skald/pipelines/auto_tokenizer.hpp"
#include "skald/pipelines/token_pieces.hpp"

namespace golden {

/// `stop_strings` and its `greedy_text`: the text of the first greedy case, token by token.
template <class B>
void stop_string_cases(const Fixture& f, Models<B>& models, const Options& o, Report& report) {
  const Json entry = member(f.root(), "stop_strings");
  std::vector<std::string> pieces;
  report.run("stop_strings.greedy_text", [&](Case& c) {
    const auto tokenizer = unwrap(skald::AutoTokenizer::try_from_pretrained(f.folder() / "tokenizer"));
    pieces = skald::token_pieces(tokenizer);
    const auto greedy = elements(member(f.root(), "greedy")).at(0);
    const Tokens ids = rows_of(member(greedy, "sequences")).at(0);
    const auto prompt = std::size_t(f.inputs(text_of(member(greedy, "inputs"))).cols);
    std::string text;
    for (std::size_t i = prompt; i < ids.size(); ++i) text += unwrap(tokenizer.try_decode(std::vector{ids[i]}, {}));
    c.equal("text", text, text_of(member(entry, "greedy_text")));
  });
  const auto piece = [&](token_id t) {
    return t >= 0 && std::size_t(t) < pieces.size() ? pieces[std::size_t(t)] : std::string();
  };
  for (const Json& each : elements(member(entry, "cases")))
    generate_case(f, models, "stop_strings", each, o, report, piece);
}

}  // namespace golden
