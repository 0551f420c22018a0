// The command-line program: skald generate|chat|tokenize|info|bench|quantize|embed MODEL [options], options under
// Hugging Face's names.
#include <skald/grammar.hpp>
#include <skald/model/encoder_decoder_footprint.hpp>
#include <skald/model/memory_footprint.hpp>
#include <skald/model/save_encoder_decoder.hpp>
#include <skald/model/save_pretrained.hpp>
#include <skald/pipelines/auto_model_for_seq2seq_lm.hpp>
#include <skald/pipelines/embed.hpp>
#include <skald/pipelines/reply.hpp>
#include <skald/pipelines/token_vocabulary.hpp>
#include <skald/skald.hpp>
#include <skald/text/chat_template_folder.hpp>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "skald_bench.hpp"
#include "skald_generate.hpp"

namespace {

using namespace skald;

enum Exit { ok = 0, failed = 1, usage = 2, interrupted = 130 };

constexpr char help[] =
    R"(usage: skald generate MODEL [PROMPT] [options]   continue a text (from standard input when PROMPT is not given);
                                                 of an encoder-decoder, answer it
       skald chat     MODEL [options]            a conversation, one line at a time
       skald tokenize MODEL [TEXT]               the pieces, and for each its id and place (code points)
       skald info     MODEL                      what a folder holds and what it needs, in each precision
       skald bench    MODEL                      where the time of a prompt and of each token goes
       skald quantize MODEL OUT [options]        writes the folder OUT in another precision
       skald embed    MODEL --out FILE           writes what firmware is compiled with: spec, weights, tokenizer

MODEL is a folder as save_pretrained writes it.

  --max_new_tokens N        --max_length N            --min_p X          --eos_token_id N
  --do_sample true|false    --temperature X           --top_k N          --top_p X
  --repetition_penalty X    --num_beams N             --length_penalty X --early_stopping true|false|never
  --typical_p X             --top_h X                 --epsilon_cutoff X --eta_cutoff X
  --min_length N            --min_new_tokens N        --no_repeat_ngram_size N
  --encoder_repetition_penalty X                      --encoder_no_repeat_ngram_size N
  --presence_penalty X      --frequency_penalty X     (over new tokens; not in transformers)
  --suppress_tokens [N, ...]                          --begin_suppress_tokens [N, ...]
  --bad_words_ids [[N, ...], ...]                     --sequence_bias [[[N, ...], X], ...]
  --forced_bos_token_id N   --forced_eos_token_id N   --exponential_decay_length_penalty [N, X]
  --remove_invalid_values true|false                  --renormalize_logits true|false
  --watermarking_config {"greenlist_ratio": X, "bias": X, "seeding_scheme": "lefthash"|"selfhash", ...}
  --torch_multinomial true|false                      (draws as PyTorch on the CPU with the same seed)
  --num_return_sequences N  --stop_strings TEXT (may be repeated)
  --prompt_lookup_num_tokens N                        --max_matching_ngram_size N
  --assistant_model FOLDER  --num_assistant_tokens N  --assistant_confidence_threshold X
  --num_assistant_tokens_schedule constant|heuristic|heuristic_transient
  --guidance_scale X        --negative_prompt TEXT    --pad_token_id N   --decoder_start_token_id N
  --max_time SECONDS        --at_max_positions go_on|stop|error|shift
  --json_schema FILE        --grammar FILE (GBNF)     --regex PATTERN    --choices A,B,...   (what may be said)
  --seed N                  --dtype auto|float32|float16|bfloat16|int8|nf4|fp4
  --llm_int8_activations true|false   int8 weights as bitsandbytes computes with them
  --compute_dtype float32|bfloat16|int8  what products with bf16 (not int8) and 4-bit weights compute in
  --load_in_4bit true|false --bnb_4bit_quant_type nf4|fp4  --bnb_4bit_use_double_quant true|false
  --load_in_8bit true|false --bnb_4bit_compute_dtype TYPE  --llm_int8_threshold X
  --llm_int8_skip_modules NAME (may be repeated)           --max_shard_size N[KB|MB|GB] (quantize)
  --threads N (0: all cores)   --no_stream (print at the end)   --color auto|always|never

bench: --prompt_tokens N   --max_new_tokens N   --json
embed: --out NAME.hpp|NAME.S|NAME.bin   --precision int8|nf4|fp16|fp32   --name NAMESPACE   --tokenizer true|false
chat:  --system TEXT   --show_prompt (print what the template renders)   --chat_template NAME (of several)
       --chat_template_kwargs JSON (the template's own variables, {"enable_thinking": false})

What is not given comes from the folder's generation_config.json. Exit codes: 0 done, 1 failed, 2 wrong usage,
130 interrupted.
)";

std::atomic<bool> cancel{false};

struct Arguments {
  std::string command, model, text;
  std::string system, chat_template, color = "auto", assistant_model;
  std::optional<std::string> negative_prompt;
  std::optional<JsonDocument> variables;  // of the chat template
  std::string constraint, allowed;        // regex, choices: what; json_schema, grammar: a file
  bool has_text = false, stream = true, show_prompt = false;
  GenerationConfig config;
  AutoOptions<Cpu> load;
  BenchArguments bench;
  SaveOptions save;
  EmbedOptions embed;
  std::string out;  // of embed
};

[[nodiscard]] int wrong(const std::string& sentence) {
  std::cerr << "skald: " << sentence << "\n(skald --help lists the options)\n";
  return usage;
}

template <class T>
bool parse(std::string_view text, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = text == "true";
    return text == "true" || text == "false";
  } else {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }
}

template <class T>
bool parse(std::string_view text, std::optional<T>& value) {
  return parse(text, value.emplace());
}

/// transformers' sizes: 5GB, 200MB, a number of bytes.
bool parse_size(std::string_view text, std::uint64_t& bytes) {
  std::uint64_t unit = 1;
  for (const auto& [name, size] : {std::pair<std::string_view, std::uint64_t>{"KB", 1000}, {"MB", 1000000},
                                   {"GB", 1000000000}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}) {
    if (!text.ends_with(name)) continue;
    text.remove_suffix(name.size());
    unit = size;
    break;
  }
  if (!parse(text, bytes)) return false;
  bytes *= unit;
  return true;
}

/// The fields of BitsAndBytesConfig.
std::optional<bool> set_quantization(AutoOptions<Cpu>& load, std::string_view name, std::string_view value) {
  const bool ours = name.starts_with("load_in_") || name.starts_with("bnb_4bit_") || name.starts_with("llm_int8_");
  if (!ours) return std::nullopt;
  if (!load.quantization_config) load.quantization_config.emplace();
  BitsAndBytesConfig& q = *load.quantization_config;
  if (name == "load_in_4bit") return parse(value, q.load_in_4bit);
  if (name == "load_in_8bit") return parse(value, q.load_in_8bit);
  if (name == "bnb_4bit_quant_type") return q.bnb_4bit_quant_type = value, true;
  if (name == "bnb_4bit_use_double_quant") return parse(value, q.bnb_4bit_use_double_quant);
  if (name == "llm_int8_threshold") return parse(value, q.llm_int8_threshold);
  if (name == "llm_int8_has_fp16_weight") return parse(value, q.llm_int8_has_fp16_weight);
  if (name == "llm_int8_enable_fp32_cpu_offload") return parse(value, q.llm_int8_enable_fp32_cpu_offload);
  if (name == "bnb_4bit_compute_dtype") {
    const auto type = detail::dtype_named(value);
    q.bnb_4bit_compute_dtype = type.value_or(StoredType::f32);
    return type.has_value();
  }
  if (name == "llm_int8_skip_modules") {
    if (!q.llm_int8_skip_modules) q.llm_int8_skip_modules.emplace();
    q.llm_int8_skip_modules->emplace_back(value);
    return true;
  }
  return std::nullopt;
}

/// Options whose value is read as generation_config.json is.
std::optional<bool> set_from_json(GenerationConfig& c, std::string_view name, std::string_view value) {
  bool known = false;
  for (const char* each :
       {"typical_p", "top_h", "epsilon_cutoff", "eta_cutoff", "min_length", "min_new_tokens", "no_repeat_ngram_size",
        "encoder_repetition_penalty", "encoder_no_repeat_ngram_size", "suppress_tokens", "begin_suppress_tokens",
        "bad_words_ids", "sequence_bias", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
        "exponential_decay_length_penalty", "renormalize_logits", "watermarking_config", "num_assistant_tokens",
        "num_assistant_tokens_schedule", "assistant_confidence_threshold", "max_matching_ngram_size", "guidance_scale",
        "pad_token_id", "decoder_start_token_id"})
    known = known || name == each;
  if (!known) return std::nullopt;
  const char* quote = name == "num_assistant_tokens_schedule" ? "\"" : "";
  const std::string text =
      std::string("{\"").append(name).append("\": ").append(quote).append(value).append(quote).append("}");
  const auto json = JsonDocument::parse(text, "option");
  if (!json) return false;
  auto read = read_generation_config(JsonConfig(json->root(), "option"));
  if (!read) return false;
  read->fill_from(c);
  read->seed = c.seed;
  read->torch_multinomial = c.torch_multinomial;
  c = *std::move(read);
  return true;
}

/// One option with a value; false when the value does not fit, no value when the name is unknown.
std::optional<bool> set_option(Arguments& a, std::string_view name, std::string_view value) {
  GenerationConfig& c = a.config;
  if (name == "max_new_tokens") return parse(value, c.max_new_tokens);
  if (name == "max_length") return parse(value, c.max_length);
  if (name == "do_sample") return parse(value, c.do_sample);
  if (name == "temperature") return parse(value, c.temperature);
  if (name == "top_k") return parse(value, c.top_k);
  if (name == "top_p") return parse(value, c.top_p);
  if (name == "min_p") return parse(value, c.min_p);
  if (name == "repetition_penalty") return parse(value, c.repetition_penalty);
  if (name == "presence_penalty") return parse(value, c.presence_penalty);
  if (name == "frequency_penalty") return parse(value, c.frequency_penalty);
  if (name == "torch_multinomial") return parse(value, c.torch_multinomial);
  if (const auto done = set_from_json(c, name, value)) return done;
  if (name == "num_beams") return parse(value, c.num_beams);
  if (name == "num_return_sequences") return parse(value, c.num_return_sequences);
  if (name == "max_time") return parse(value, c.max_time);
  if (name == "at_max_positions") {
    c.at_max_positions = value == "stop"    ? AtMaxPositions::stop
                         : value == "error" ? AtMaxPositions::error
                         : value == "shift" ? AtMaxPositions::shift
                                            : AtMaxPositions::go_on;
    return value == "go_on" || value == "stop" || value == "error" || value == "shift";
  }
  if (name == "length_penalty") return parse(value, c.length_penalty);
  if (name == "assistant_model") return a.assistant_model = value, true;
  if (name == "negative_prompt") return a.negative_prompt = value, true;
  if (name == "prompt_lookup_num_tokens") return parse(value, c.prompt_lookup_num_tokens);
  if (name == "seed") return parse(value, c.seed);
  if (name == "threads") return parse(value, a.load.backend.threads);
  if (const auto done = set_quantization(a.load, name, value)) return done;
  if (name == "max_shard_size") return parse_size(value, a.save.max_shard_size);
  if (name == "dtype" || name == "torch_dtype") return a.load.dtype = value, true;
  if (name == "llm_int8_activations") return parse(value, a.load.llm_int8_activations);
  if (name == "compute_dtype") return a.load.compute_dtype = value, true;
  if (name == "json_schema" || name == "grammar" || name == "regex" || name == "choices") {
    a.constraint = name, a.allowed = value;
    return true;
  }
  if (name == "prompt_tokens") return parse(value, a.bench.prompt_tokens) && a.bench.prompt_tokens > 0;
  if (name == "precision") return a.embed.precision = value, true;
  if (name == "name") return a.embed.name = value, true;
  if (name == "tokenizer") return parse(value, a.embed.tokenizer);
  if (name == "out") return a.out = value, true;
  if (name == "system") return a.system = value, true;
  if (name == "chat_template") return a.chat_template = value, true;
  if (name == "color") return a.color = value, value == "auto" || value == "always" || value == "never";
  if (name == "chat_template_kwargs") {
    auto json = JsonDocument::parse(value, "chat_template_kwargs");
    if (!json || !json->root().is_object()) return false;
    a.variables = *std::move(json);
    return true;
  }
  if (name == "eos_token_id") {
    if (!c.eos_token_id) c.eos_token_id.emplace();
    return parse(value, c.eos_token_id->emplace_back());
  }
  if (name == "stop_strings") {
    if (!c.stop_strings) c.stop_strings.emplace();
    c.stop_strings->emplace_back(value);
    return true;
  }
  if (name == "early_stopping") {
    c.early_stopping = value == "never"  ? EarlyStopping::never
                       : value == "true" ? EarlyStopping::yes
                                         : EarlyStopping::no;
    return value == "never" || value == "true" || value == "false";
  }
  return std::nullopt;
}

/// Reads the command line; an exit code when there is nothing to do or something is wrong.
std::optional<int> read(int argc, char** argv, Arguments& a) {
  std::vector<std::string> plain;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--help" || word == "-h") return std::fputs(help, stdout), ok;
    if (word == "--version") return std::printf("skald %d.%d.%d\n", version.major, version.minor, version.patch), ok;
    if (!word.starts_with("--")) {
      plain.emplace_back(word);
      continue;
    }
    std::string name(word.substr(2));
    std::optional<std::string> value;
    if (const auto equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    for (char& c : name) c = c == '-' ? '_' : c;
    if (name == "json") {
      a.bench.json = true;
      continue;
    }
    if (name == "no_stream" || name == "show_prompt") {
      (name == "no_stream" ? a.stream : a.show_prompt) = name == "show_prompt";
      continue;
    }
    const bool flag = name == "load_in_4bit" || name == "load_in_8bit" || name == "bnb_4bit_use_double_quant";
    const std::string_view next = i + 1 < argc ? argv[i + 1] : "";
    if (!value && flag && next != "true" && next != "false") value = "true";  // as flags too
    if (!value && i + 1 < argc) value = argv[++i];
    if (!value) return wrong(std::string("--").append(name).append(" needs a value"));
    const auto done = set_option(a, name, *value);
    if (!done) return wrong(std::string("unknown option --").append(name));
    if (!*done) return wrong(std::string("--").append(name).append(": cannot read \"").append(*value).append("\""));
  }
  if (plain.empty()) return std::fputs(help, stderr), usage;
  a.command = plain[0];
  bool known = false;
  for (const char* command : {"generate", "chat", "tokenize", "info", "bench", "quantize", "embed"})
    known = known || a.command == command;
  if (!known) return wrong(std::string("unknown command \"").append(a.command).append("\""));
  if (plain.size() < 2) return wrong(a.command + " needs a MODEL");
  a.model = plain[1];
  if (a.command == "quantize" && plain.size() != 3) return wrong("quantize needs a MODEL and the folder OUT");
  if (a.command == "embed" && a.out.empty()) return wrong("embed needs --out and the file to write");
  for (std::size_t i = 2; i < plain.size(); ++i) {
    a.text.append(a.has_text ? " " : "").append(plain[i]);
    a.has_text = true;
  }
  return std::nullopt;
}

int fail(const Error& e) {
  std::cerr << "skald: " << e.what() << "\n";
  return failed;
}

std::string standard_input() {
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

Result<Grammar> read_grammar(const Arguments& a) {
  if (a.constraint == "regex") return try_grammar_from_regex(a.allowed);
  if (a.constraint == "choices") {
    std::vector<std::string> choices;
    for (std::string_view rest = a.allowed;;) {
      const std::size_t comma = rest.find(',');
      choices.emplace_back(rest.substr(0, comma));
      if (comma == rest.npos) return try_grammar_from_choices(choices);
      rest.remove_prefix(comma + 1);
    }
  }
  const auto file = MappedFile::open(a.allowed);
  if (!file) return file.error();
  auto grammar = a.constraint == "grammar" ? try_grammar_from_ebnf(file->text())
                                           : try_grammar_from_json_schema(file->text());
  if (!grammar) return std::move(grammar).error().in(a.allowed);
  return grammar;
}

/// On a terminal, loads that take long show how far they are.
void show_progress(AutoOptions<Cpu>& load) {
  if (!isatty(STDERR_FILENO)) return;
  static const auto start = std::chrono::steady_clock::now();
  load.progress = [](void*, std::size_t done, std::size_t all) {
    if (std::chrono::steady_clock::now() - start < std::chrono::seconds(1)) return;
    std::fprintf(stderr, "\rloading %zu of %zu tensors%s", done, all, done == all ? "\r\033[K" : "");
  };
}

int print_results(const Result<std::vector<TextGeneration::Output>>& results, bool streamed) {
  if (!results) return fail(results.error());
  for (const auto& r : *results) {
    if (!streamed) std::cout << r.generated_text << "\n";
    if (r.finish_reason == FinishReason::cancelled) return std::cout << "\n", interrupted;
  }
  if (streamed) std::cout << "\n";
  return ok;
}

int run_generate(Arguments& a, TextGeneration& gen) {
  const std::string prompt = a.has_text ? a.text : standard_input();
  const bool stream = a.stream && a.config.num_beams.value_or(1) == 1 && a.config.num_return_sequences.value_or(1) == 1;
  if (!stream) return print_results(gen.try_run(prompt, a.config), false);
  std::cout << prompt << std::flush;
  return print_results(gen.try_run(prompt, a.config, [](std::string_view piece) { std::cout << piece << std::flush; }),
                       true);
}

/// A base model, without a template: the conversation is one growing text.
int run_plain_chat(Arguments& a, TextGeneration& gen) {
  std::string history, line;
  gen.return_full_text = false;
  while (std::cout << "> " << std::flush && std::getline(std::cin, line)) {
    history.append(line).append("\n");
    std::string answer;
    const auto results = gen.try_run(history, a.config, [&](std::string_view piece) {
      answer += piece;
      std::cout << piece << std::flush;
    });
    std::cout << "\n";
    if (!results) return fail(results.error());
    if (cancel.exchange(false)) continue;
    history.append(answer).append("\n");
  }
  std::cout << "\n";
  return ok;
}

int run_chat(Arguments& a, TextGeneration& gen) {
  const auto templates = ChatTemplates::try_from_pretrained(a.model);
  if (!templates) return fail(templates.error());
  if (templates->empty()) return run_plain_chat(a, gen);
  const auto chat = templates->try_select(a.chat_template);
  if (!chat) return fail(chat.error());
  ApplyChatOptions options;
  if (a.variables) options.chat.variables = a.variables->root();
  options.chat.add_generation_prompt = true;
  std::vector<ChatMessage> messages;
  if (!a.system.empty()) messages.push_back({"system", a.system});
  std::string line;
  while (std::cout << "> " << std::flush && std::getline(std::cin, line)) {
    messages.push_back({"user", line});
    if (a.show_prompt) {
      const auto prompt = try_apply_chat_template(gen.tokenizer(), *chat, messages, options);
      if (!prompt) return fail(prompt.error());
      std::cout << prompt->text << "\n" << std::flush;
    }
    const auto print = [](std::string_view piece) { std::cout << piece << std::flush; };
    const auto answer = try_reply(gen, *chat, messages, a.config, options, print);
    std::cout << "\n";
    if (!answer) return fail(answer.error());
    cancel = false;  // what was said so far counts
    messages.push_back({"assistant", answer->generated_text});
  }
  std::cout << "\n";
  return ok;
}

/// The text with its pieces in turning colours, then a line for each: id, place, token.
int run_tokenize(const Arguments& a) {
  auto tok = AutoTokenizer::try_from_pretrained(a.model);
  if (!tok) return fail(tok.error());
  const std::string text = a.has_text ? a.text : standard_input();
  const auto encoding = tok->try_encode(text), bytes = tok->try_encode(text, {.offset_unit = OffsetUnit::byte});
  if (!encoding || !bytes) return fail(encoding ? bytes.error() : encoding.error());
  const bool color = a.color == "always" || (a.color == "auto" && isatty(STDOUT_FILENO));
  constexpr const char* backgrounds[] = {"\033[48;5;24m", "\033[48;5;58m", "\033[48;5;52m", "\033[48;5;54m"};
  const auto background = [&](std::size_t i) { return color ? backgrounds[i % std::size(backgrounds)] : ""; };
  const char* const plain = color ? "\033[0m" : "";
  std::size_t shown = 0;
  for (std::size_t i = 0; color && i < bytes->size(); ++i) {
    const Offset o = bytes->offsets[i];
    if (std::size_t(o.end) <= shown) continue;  // an added token, or a further one of a character
    std::cout << std::string_view(text).substr(shown, std::max(shown, std::size_t(o.start)) - shown);
    shown = std::max(shown, std::size_t(o.start));
    std::cout << background(i) << std::string_view(text).substr(shown, std::size_t(o.end) - shown) << plain;
    shown = std::size_t(o.end);
  }
  if (color) std::cout << std::string_view(text).substr(shown) << "\n";
  const auto tokens = encoding->tokens(*tok);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::cout << encoding->ids[i] << "\t" << encoding->offsets[i].start << "-" << encoding->offsets[i].end << "\t"
              << background(i) << tokens[i] << plain << "\n";
  }
  return ok;
}

/// A line for each precision that the folder may be loaded in. Tokens a second are what one sequence can have at most:
/// the bandwidth that all processors show now, divided by what a token reads.
int print_footprints(const Checkpoint& checkpoint, bool encoder_decoder) {
  const double bandwidth = read_bandwidth();
  std::printf("this machine reads %.1f GB/s\n\n", bandwidth * 1e-9);
  const auto mib = [](std::uint64_t bytes) { return double(bytes) / (1 << 20); };
  std::printf("%-12s %12s %12s %12s %12s %12s\n", "MiB", "file", "weights", "cache/token", "peak loading", "tokens/s");
  const auto print = [&](const char* name, const FootprintOptions& options) {
    const auto f = encoder_decoder ? encoder_decoder_footprint(checkpoint, options)
                                   : memory_footprint(checkpoint, options);
    if (!f) return fail(f.error());
    std::printf("%-12s %12.1f %12.1f %12.4f %12.1f", name, mib(f->file), mib(f->weights()), mib(f->cache_per_token),
                mib(f->peak));
    if (f->read_per_token > 0) std::printf(" %12.1f\n", bandwidth / double(f->read_per_token));
    else std::printf(" %12s\n", "-");
    return int(ok);
  };
  std::cout << std::flush;
  int code = print("as stored", {});
  for (const char* dtype : {"fp32", "fp16", "bf16"})
    if (code == ok) code = print(dtype, {.dtype = dtype});
  if (checkpoint.quantization()) return code;  // quantising twice would lose twice
  BitsAndBytesConfig q{.load_in_8bit = true};
  if (code == ok) code = print("int8", {.quantization_config = q});
  q = {.load_in_4bit = true};
  for (const char* type : {"nf4", "fp4"})
    for (const bool nested : {false, true}) {
      q.bnb_4bit_quant_type = type;
      q.bnb_4bit_use_double_quant = nested;
      if (code == ok) code = print((type + std::string(nested ? " double" : "")).c_str(), {.quantization_config = q});
    }
  return code;
}

int run_info(const Arguments& a) {
  auto checkpoint = Checkpoint::try_open(a.model);
  if (!checkpoint) return fail(checkpoint.error());
  const bool encoder_decoder = detail::is_encoder_decoder(*checkpoint);
  ModelSpec s, encoder;
  if (encoder_decoder) {
    auto halves = detail::find_halves<Seq2SeqFamilies>(*checkpoint);
    if (!halves) return fail(halves.error());
    s = halves->decoder.spec;
    encoder = halves->encoder.spec;
  } else {
    auto family = detail::find_family<AllFamilies>(*checkpoint);
    if (!family) return fail(family.error());
    s = family->spec;
  }
  const BlockSpec& b = s.stack().kinds[0];
  std::uint64_t bytes = 0, numbers = 0;
  std::vector<std::pair<std::string, std::uint64_t>> by_type;
  for (const StoredTensor& t : checkpoint->tensors()) {
    bytes += t.bytes.size();
    std::uint64_t n = 1;
    for (std::int64_t d : t.shape) n *= std::uint64_t(d);
    numbers += n;
    auto at = std::ranges::find(by_type, name(t.type), &decltype(by_type)::value_type::first);
    if (at == by_type.end()) at = by_type.insert(at, {name(t.type), 0});
    at->second += t.bytes.size();
  }
  const auto type = checkpoint->config().find("model_type");
  std::cout << "model_type           " << type->string().value_or("") << "\n"
            << "layers               " << s.stack().layers;
  if (encoder_decoder) std::cout << ", and " << encoder.stack().layers << " of the encoder";
  std::cout << "\n"
            << "hidden_size          " << s.hidden_size << "\n"
            << "heads                " << b.attention.heads << " of " << b.attention.head_dim << ", key/value "
            << b.attention.kv_heads << "\n"
            << "feed-forward         " << b.feed_forward.inner;
  if (b.feed_forward.experts) std::cout << ", " << b.feed_forward.experts << " experts";
  std::cout << "\nvocab_size           " << s.vocab_size << "\npositions            " << s.max_positions
            << "\nstored numbers       " << numbers << "\nweights              " << bytes << " bytes (";
  for (std::size_t i = 0; i < by_type.size(); ++i)
    std::cout << (i ? ", " : "") << by_type[i].first << " " << by_type[i].second;
  const MemoryPlan plan = memory_plan(s, 1, s.max_positions, 1);
  std::cout << ")\ncache a token        " << plan.cache_per_token << " bytes (float32)\nscratch, one token   "
            << plan.scratch << " bytes at full context\n";
  if (encoder_decoder)
    std::cout << "a token that is read " << plan.cache_per_token << " bytes, as long as a sequence looks at it\n";
  std::cout << "\n";
  return print_footprints(*checkpoint, encoder_decoder);
}

/// Reads the model in the precision that is asked for, and writes it with everything else of its folder.
int run_quantize(Arguments& a) {
  const std::filesystem::path from = a.model, to = a.text;
  std::error_code why;
  if (std::filesystem::equivalent(from, to, why)) return wrong("quantize: OUT is MODEL");
  const auto save = [&](const auto& model) -> Result<void> {
    if (!model) return model.error();
    return model->try_save_pretrained(a.text, a.save);
  };
  const Result<void> saved = is_encoder_decoder(a.model)
                                 ? save(AutoModelForSeq2SeqLM::try_from_pretrained(a.model, a.load))
                                 : save(AutoModel::try_from_pretrained(a.model, a.load));
  if (!saved) return fail(saved.error());
  std::filesystem::directory_iterator files(from, why);
  for (; !why && files != std::filesystem::directory_iterator(); files.increment(why)) {
    const std::string name = files->path().filename().string();
    const bool weights = name.find(".safetensors") != name.npos || name.find(".bin") != name.npos;
    if (weights || name == "config.json" || name == "generation_config.json" || !files->is_regular_file()) continue;
    std::filesystem::copy_file(files->path(), to / name, std::filesystem::copy_options::overwrite_existing, why);
    if (why) return fail(Error(FaultCode::io, (to / name).string().append(": ").append(why.message())));
  }
  std::uint64_t before = 0, after = 0;
  for (const auto& [folder, sum] : {std::pair{from, &before}, {to, &after}}) {
    const auto checkpoint = Checkpoint::try_open(folder);
    if (!checkpoint) return fail(checkpoint.error());
    for (const StoredTensor& t : checkpoint->tensors()) *sum += t.bytes.size();
  }
  std::cout << a.text << ": " << after << " bytes of weights, before " << before << "\n";
  return ok;
}

int run_embed(const Arguments& a) {
  const auto made = try_embed(a.model, a.out, a.embed);
  if (!made) return fail(made.error());
  std::cout << a.out << ": " << made->image.size() << " bytes of weights\n";
  return ok;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  if (const auto code = read(argc, argv, a)) return *code;
  if (a.command == "tokenize") return run_tokenize(a);
  if (a.command == "info") return run_info(a);
  if (a.command == "bench") {
    a.bench.model = a.model;
    a.bench.new_tokens = a.config.max_new_tokens.value_or(a.bench.new_tokens);
    return run_bench(a.bench, a.load);
  }
  if (a.command == "quantize") {
    show_progress(a.load);
    return run_quantize(a);
  }
  if (a.command == "embed") return run_embed(a);
  std::signal(SIGINT, [](int) { cancel = true; });
  a.config.cancel = &cancel;
  show_progress(a.load);
  const bool guided = a.config.guidance_scale.value_or(1.0f) != 1.0f, pair = is_encoder_decoder(a.model);
  if (a.negative_prompt && !guided) return wrong("--negative_prompt needs a --guidance_scale other than 1");
  if (guided && !a.assistant_model.empty()) return wrong("--assistant_model and --guidance_scale: one of them");
  if (a.command == "chat" && (guided || !a.assistant_model.empty()))
    return wrong("--assistant_model and --guidance_scale are for generate");
  if (a.command == "chat" && pair)
    return wrong("chat: " + a.model + " is an encoder-decoder, which answers one text at a time: skald generate");
  if (guided || pair || !a.assistant_model.empty()) {
    GenerateArguments more{a.model, a.has_text ? a.text : standard_input(), a.assistant_model, a.negative_prompt,
                           a.stream, a.config, a.load, std::nullopt};
    if (a.constraint.empty()) return run_generate_beside(std::move(more));
    auto grammar = read_grammar(a);
    if (!grammar) return fail(grammar.error());
    more.grammar = *std::move(grammar);
    return run_generate_beside(std::move(more));
  }
  auto gen = TextGeneration::try_from_pretrained(a.model, a.load);
  if (!gen) return fail(gen.error());
  if (!a.constraint.empty()) {
    auto grammar = read_grammar(a);
    if (!grammar) return fail(grammar.error());
    a.config.logits_processor.add(ConstrainedDecoding(*std::move(grammar), token_vocabulary(gen->tokenizer())));
  }
  return a.command == "chat" ? run_chat(a, *gen) : run_generate(a, *gen);
}
