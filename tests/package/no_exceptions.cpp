// A program without exceptions and RTTI, from a folder to text, through the faces that return Result:
//   no_exceptions <folder of golden models> <folder of a model with a tokenizer>
#include <skald/skald.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace skald;
using Tokens = std::vector<token_id>;

bool all_good = true;

void check(bool good, const std::string& what) {
  if (good) return;
  std::printf("no_exceptions: %s\n", what.c_str());
  all_good = false;
}

std::string listed(const Tokens& ids) {
  std::string text;
  for (const token_id id : ids) text.append(text.empty() ? "" : " ").append(std::to_string(id));
  return text;
}

void same(const std::string& what, std::span<const token_id> found, const Tokens& expected) {
  const Tokens ids(found.begin(), found.end());
  check(!ids.empty() && ids == expected, what + ": expected " + listed(expected) + ", found " + listed(ids));
}

/// The value, or the end of the program.
template <class T>
T take(const char* what, Result<T>&& r) {
  if (r) return *std::move(r);
  std::printf("no_exceptions: %s: %s\n", what, r.error().what());
  std::exit(1);
}

template <class T>
void refused(const Result<T>& r, FaultCode code, const std::string& message) {
  if (r) return check(false, "accepted, but expected: " + message);
  check(r.error().code() == code && r.error().message().find(message) != std::string::npos,
        "expected " + message + ", found " + r.error().message());
}

Tokens ids_of(const Json& list) {
  Tokens ids;
  for (std::size_t i = 0; i < list.size(); ++i) ids.push_back(token_id(list[i].integer().value_or(-1)));
  return ids;
}

Json member(const Json& of, const char* name) {
  const auto found = of.find(name);
  if (found) return *found;
  std::printf("no_exceptions: the recorded results have no %s\n", name);
  std::exit(1);
}

/// Sequences that transformers generated: of the greedy ones ("greedy") or of a named case.
std::vector<Tokens> recorded(const Json& expected, std::string_view name) {
  std::vector<Tokens> sequences;
  const bool greedy = name == "greedy";
  const Json cases = member(expected, greedy ? "greedy" : "generate");
  for (std::size_t i = 0; i < cases.size() && sequences.empty(); ++i) {
    if (!greedy && member(cases[i], "name").string() != name) continue;
    const Json rows = member(cases[i], "sequences");
    for (std::size_t r = 0; r < rows.size(); ++r) sequences.push_back(ids_of(rows[r]));
  }
  check(!sequences.empty(), std::string(name) + ": nothing is recorded");
  return sequences;
}

JsonDocument document(const std::string& path) { return take(path.c_str(), read_json(path)); }

const Temperature same_order{0.7f};  // greedy: changes scores, not which is best

/// A golden model: each way of searching against what is recorded.
void searches(const std::string& models) {
  const std::string folder = models + "/llama_gqa";
  const JsonDocument json = document(folder + "/expected.json");
  const Json expected = json.root();
  const auto lm = take("llama_gqa", AutoModelForCausalLM::try_from_pretrained(folder, {.backend = {.threads = 2}}));
  const Tokens prompt = ids_of(member(member(member(expected, "inputs"), "single"), "input_ids")[0]);
  const Tokens greedy = recorded(expected, "greedy")[0], penalised = recorded(expected, "repetition_penalty")[0];
  const auto rule = RepetitionPenalty{1.3f} | same_order | TopK{20} | TopP{0.9} | MinP{0.01f};

  const auto chained = take("chain", try_generate(lm, prompt, rule, Greedy{}, {.max_new_tokens = 10}));
  same("greedy with a chain", chained.sequences[0], penalised);
  const auto beams = take("beams", try_generate(lm, prompt, chain(), Greedy{},
                                                {.max_new_tokens = 12, .num_beams = 4, .num_return_sequences = 3}));
  const auto best = recorded(expected, "beam_single");
  check(beams.sequences.size() == best.size(), "beams: another number of sequences");
  for (std::size_t i = 0; i < beams.sequences.size(); ++i) same("beams", beams.sequences[i], best.at(i));
  const auto looked_up = take("lookup", try_generate(lm, prompt, chain(), Greedy{},
                                                     {.max_new_tokens = 24, .prompt_lookup_num_tokens = 4}));
  same("prompt lookup", looked_up.sequences[0], recorded(expected, "prompt_lookup")[0]);

  // No draws are recorded that are ours: the chain and the sampler as types, and as data.
  const auto typed = take("multinomial", try_generate(lm, prompt, Temperature{0.9f} | TopK{20} | TopP{0.9},
                                                      Multinomial{.seed = 7}, {.max_new_tokens = 30}));
  const auto data = take("multinomial", try_generate(lm, prompt,
                                                     GenerationConfig{.max_new_tokens = 30, .do_sample = true,
                                                                      .temperature = 0.9f, .top_k = 20, .top_p = 0.9,
                                                                      .seed = 7}));
  same("multinomial", typed.sequences[0], data.sequences[0]);
  check(typed.sequences[0] != recorded(expected, "greedy")[0], "multinomial: the greedy tokens");

  // Two searches of different kinds in one forward, one of them cancelled and taken up again.
  auto session = take("session", Session<AutoModelForCausalLM>::try_create(lm, {.context = 64}));
  SequenceSettings settings{.max_length = std::int32_t(greedy.size()), .eos = lm.special_tokens().eos};
  SampleSearch plain(prompt, chain(), Greedy{}, stop_when(), settings);
  settings.sequence = 1;
  settings.max_length = std::int32_t(prompt.size()) + 12;
  BeamSearch wide(prompt, chain(), stop_when(), settings, BeamSettings{4, 3});
  std::atomic<bool> cancel = false;
  session.engine().queue().cancel_on(&cancel);
  for (int step = 0; !(plain.finished() && wide.finished()); ++step) {
    cancel = step == 5;
    const std::size_t before = plain.ids().size();
    const Fault f = session.step(plain, wide);
    const FaultCode code = step == 5 ? FaultCode::cancelled : FaultCode::none;
    check(f.code == code, "a step: " + Error(f).message());
    if (step == 5) check(plain.ids().size() == before, "a cancelled step added a token");
    if (f.code != code) return;
  }
  same("a search beside another", plain.ids(), greedy);
  check(wide.results().size() == best.size(), "beams beside another search: another number of sequences");
  for (std::size_t i = 0; i < wide.results().size(); ++i)
    same("beams beside another search", wide.results()[i].ids, best.at(i));

  refused(AutoModelForCausalLM::try_from_pretrained(models + "/no_such_model"), FaultCode::not_found, "no_such_model");
  refused(AutoModelForCausalLM::try_from_pretrained(models + "/bert"), FaultCode::unsupported, "names an encoder");
  refused(AutoModelForCausalLM::try_from_pretrained(folder, {.dtype = "e4m3"}), FaultCode::invalid_argument,
          "dtype: expected auto, float32, float16, bfloat16, int8, nf4 or fp4, found e4m3");
  refused(try_generate(lm, prompt, chain(), Greedy{}, {.num_beams = 0}), FaultCode::invalid_argument,
          "num_beams: at least: expected 1, found 0");
  refused(try_generate(lm, prompt, chain(Temperature{-1.0f})), FaultCode::invalid_argument, "temperature");
  refused(try_generate(lm, Tokens{1, 100000}), FaultCode::out_of_range, "100000");
}

/// A model with its tokenizer: text in, text out, as a whole and in pieces.
void text(const std::string& folder) {
  const JsonDocument json = document(folder + "/expected.json");
  const Json known = member(member(json.root(), "float32"), "cases")[0];
  const std::string prompt(member(known, "prompt").string().value_or(""));
  const std::string expected(member(known, "greedy_text").string().value_or(""));
  const auto lm = take("model", AutoModelForCausalLM::try_from_pretrained(folder, {.backend = {.threads = 1}}));
  const auto tok = take("tokenizer", AutoTokenizer::try_from_pretrained(folder));
  const auto ids = take("encode", tok.try_encode(prompt)).ids;
  same("the tokenizer", ids, ids_of(member(known, "prompt_ids")));

  std::string heard;
  TextStreamer streamer(tok, [&](std::string_view piece) { heard += piece; }, DecodeOptions{true});
  const auto out = take("generate", try_generate(lm, ids, chain(), Greedy{}, {.max_new_tokens = 64}, streamer));
  same("greedy", out.new_tokens(0), ids_of(member(known, "greedy_ids")));
  check(heard == expected, "a streamer: expected " + expected + ", found " + heard);

  // A stream, cancelled after a few pieces; a second one goes on from its tokens.
  std::atomic<bool> cancel = false;
  const GenerateOptions cancellable{.max_new_tokens = 64, .cancel = &cancel};
  auto stream = take("stream", try_stream(lm, tok, prompt, chain(), Greedy{}, cancellable));
  std::string pieces;
  for (auto piece = take("next", stream.next()); piece; piece = take("next", stream.next())) {
    pieces += *piece;
    cancel = stream.new_ids().size() == 20;
  }
  check(stream.reason() == FinishReason::cancelled && stream.new_ids().size() == 20, "the stream was not cancelled");
  check(!pieces.empty() && expected.starts_with(pieces), "a stream: expected " + expected + ", found " + pieces);
  const auto resumed = take("resume", try_generate(lm, stream.ids(), chain(), Greedy{}, {.max_new_tokens = 44}));
  same("resumed", resumed.sequences[0], out.sequences[0]);

  const TextGenerator generator(lm, tok, RepetitionPenalty{1.1f});
  const std::string by_type = take("generator", generator.try_run(prompt, {.max_new_tokens = 30}));
  auto pipeline = take("pipeline", TextGeneration::try_from_pretrained(folder, {.backend = {.threads = 1}}));
  pipeline.return_full_text = false;
  const auto by_data = take("pipeline", pipeline.try_run(prompt, {.max_new_tokens = 30, .do_sample = false,
                                                                  .repetition_penalty = 1.1f}));
  check(by_data.size() == 1 && !by_type.empty() && by_data[0].generated_text == by_type,
        "the pipeline: expected " + by_type + ", found " + by_data.at(0).generated_text);

  refused(AutoTokenizer::try_from_pretrained(folder + "/no such folder"), FaultCode::not_found, "no such folder");
  refused(TextGeneration::try_from_pretrained("no such folder"), FaultCode::not_found, "no such folder");
  refused(pipeline.try_run(prompt, {.max_new_tokens = 0}), FaultCode::invalid_argument, "max_new_tokens");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  searches(arguments[1]);
  text(arguments[2]);
  return all_good ? 0 : 1;
}
