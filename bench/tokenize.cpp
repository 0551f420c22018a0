// Tokenizers: MB of text a second and milliseconds to load, for kinds of text, whole documents and lines, ids alone and
// with offsets. Where python3 has Hugging Face's tokenizers, they run beside, turn by turn, and the ratio is printed.
//   bench_tokenize [FOLDER or tokenizer.json]... [--text=FILE] [--inputs=english,code,...] [--shapes=document,lines]
//                  [--kinds=ids,offsets] [--threads=N] [--megabytes=X] [--rounds=N] [--json] [--python=python3]
#include <skald/text/tokenizer.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "texts.hpp"

namespace {

using namespace skald;

struct Figures {
  double seconds = 1e30;
  long long tokens = 0, sum = 0;  // of all ids: the same where the ids are the same

  void keep_best(const Figures& other) {
    if (other.seconds < seconds) *this = other;
  }
};

struct Case {
  std::string tokenizer, input, shape, kind;
};

/// The other library, as a child process; answers one run after the other.
class Peer {
 public:
  Peer(const std::string& python, int threads) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) return;
    child_ = fork();
    if (child_ == 0) {
      dup2(to[0], 0);
      dup2(from[1], 1);
      for (const int end : {to[0], to[1], from[0], from[1]}) close(end);
      setenv("RAYON_NUM_THREADS", std::to_string(threads).c_str(), 1);
      setenv("TOKENIZERS_PARALLELISM", threads > 1 ? "true" : "false", 1);
      execlp(python.c_str(), python.c_str(), SKALD_BENCH_DIR "/tokenize_peer.py", nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    in_ = fdopen(from[0], "r");
    out_ = fdopen(to[1], "w");
    char line[64] = {};
    there_ = std::fgets(line, sizeof line, in_) != nullptr && std::string_view(line) == "ready\n";
  }
  ~Peer() {
    std::fclose(out_);
    std::fclose(in_);
    waitpid(child_, nullptr, 0);
  }
  Peer(const Peer&) = delete;

  bool there() const { return there_; }

  Figures run(const Case& c, const std::string& text_file) {
    Figures figures;
    std::fprintf(out_, "%s\t%s\t%s\t%s\n", c.tokenizer.c_str(), text_file.c_str(), c.shape.c_str(), c.kind.c_str());
    std::fflush(out_);
    there_ = std::fscanf(in_, "%lf %lld %lld", &figures.seconds, &figures.tokens, &figures.sum) == 3;
    return figures;
  }

 private:
  pid_t child_ = -1;
  std::FILE *in_ = nullptr, *out_ = nullptr;
  bool there_ = false;
};

double seconds_of(auto f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
    lines.push_back(text.substr(0, end));
  }
  lines.push_back(text);
  return lines;
}

Figures run(const Tokenizer& tokenizer, const std::vector<std::string_view>& texts, const std::string& kind,
            int threads) {
  EncodeOptions options;
  options.add_special_tokens = false;
  if (kind == "ids") options.offset_unit = OffsetUnit::none;
  std::vector<std::vector<Encoding>> parts(static_cast<std::size_t>(threads));
  Figures figures;
  figures.seconds = seconds_of([&] {
    std::vector<std::thread> others;
    const auto part = [&](std::size_t i) {
      const std::size_t from = texts.size() * i / parts.size(), to = texts.size() * (i + 1) / parts.size();
      parts[i] = tokenizer(std::span(texts).subspan(from, to - from), options);
    };
    for (std::size_t i = 1; i < parts.size(); ++i) others.emplace_back(part, i);
    part(0);
    for (std::thread& other : others) other.join();
  });
  for (const auto& part : parts) {
    for (const Encoding& encoding : part) {
      figures.tokens += static_cast<long long>(encoding.size());
      for (const token_id id : encoding.ids) figures.sum += id;
    }
  }
  return figures;
}

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  for (std::size_t end; (end = list.find(',')) != list.npos; list.remove_prefix(end + 1)) {
    parts.emplace_back(list.substr(0, end));
  }
  parts.emplace_back(list);
  return parts;
}

/// One line of the table, or one object.
void print(const Case& c, double megabytes, const Figures& ours, const Figures* theirs, bool json) {
  const bool load = c.shape == "load";
  const auto figure = [&](const Figures& f) { return load ? 1e3 * f.seconds : megabytes / f.seconds; };
  const double ratio = theirs ? theirs->seconds / ours.seconds : 0;
  const bool same = theirs && theirs->tokens == ours.tokens && theirs->sum == ours.sum;
  const std::string name = std::filesystem::path(c.tokenizer).parent_path().filename();
  if (json) {
    std::printf("{\"tokenizer\": \"%s\", \"input\": \"%s\", \"shape\": \"%s\", \"kind\": \"%s\", \"%s\": %.3f",
                name.c_str(), c.input.c_str(), c.shape.c_str(), c.kind.c_str(), load ? "ms" : "MB/s", figure(ours));
    if (!load) std::printf(", \"tokens\": %lld", ours.tokens);
    if (theirs) std::printf(", \"peer\": %.3f, \"ratio\": %.3f", figure(*theirs), ratio);
    if (theirs && !load) std::printf(", \"same_ids\": %s", same ? "true" : "false");
    std::printf("}\n");
  } else {
    std::printf("%-22s %-11s %-9s %-8s %8.2f %s", name.c_str(), c.input.c_str(), c.shape.c_str(), c.kind.c_str(),
                figure(ours), load ? "ms  " : "MB/s");
    if (theirs) std::printf(" %8.2f %6.1fx %s", figure(*theirs), ratio, same || load ? "" : "OTHER IDS");
    std::printf("\n");
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> tokenizers, inputs, shapes{"document", "lines"}, kinds{"ids", "offsets"};
  std::string text_file, python = "python3";
  int threads = 1, rounds = 5;
  double megabytes = 1;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view all = argv[i];
    const std::string value(all.substr(std::min(all.size(), all.find('=') + 1)));
    if (all.starts_with("--text=")) text_file = value;
    else if (all.starts_with("--inputs=")) inputs = parts_of(value);
    else if (all.starts_with("--shapes=")) shapes = parts_of(value);
    else if (all.starts_with("--kinds=")) kinds = parts_of(value);
    else if (all.starts_with("--threads=")) threads = std::max(1, std::atoi(value.c_str()));
    else if (all.starts_with("--megabytes=")) megabytes = std::atof(value.c_str());
    else if (all.starts_with("--rounds=")) rounds = std::max(1, std::atoi(value.c_str()));
    else if (all.starts_with("--python=")) python = value;
    else if (all == "--json") json = true;
    else tokenizers.push_back(std::filesystem::is_directory(all) ? std::string(all) + "/tokenizer.json" : argv[i]);
  }
  if (tokenizers.empty()) tokenizers.push_back(SKALD_EXAMPLE_MODELS "/skald-tales/tokenizer.json");
  if (!text_file.empty()) inputs.insert(inputs.begin(), text_file);
  if (inputs.empty()) inputs = bench::text_kinds();

  Peer peer(python, threads);
  if (!json) {
    std::printf("%d thread(s), best of %d; MB/s (higher is better), load in ms%s\n", threads, rounds,
                peer.there() ? "; then Hugging Face tokenizers' and how many times as fast this is"
                             : "; no peer: python3 with tokenizers is not there (--python=)");
  }
  const std::string scratch = std::filesystem::temp_directory_path() / ("skald_bench_" + std::to_string(getpid()));
  const auto measure = [&](const Case& c, double bytes, auto ours_once) {
    Figures ours, theirs;
    for (int round = 0; round < rounds; ++round) {
      ours.keep_best(ours_once());
      if (peer.there()) theirs.keep_best(peer.run(c, scratch));
    }
    print(c, bytes / 1e6, ours, peer.there() ? &theirs : nullptr, json);
  };
  for (const std::string& path : tokenizers) {
    auto tokenizer = Tokenizer::try_from_file(path);
    if (!tokenizer) {
      std::fprintf(stderr, "%s\n", tokenizer.error().what());
      continue;
    }
    measure({path, "", "load", ""}, 0, [&] {
      Figures figures;
      figures.seconds = seconds_of([&] { (void)Tokenizer::try_from_file(path); });
      return figures;
    });
    for (const std::string& input : inputs) {
      const std::string text = input == text_file ? bench::read_file(input) : bench::make_text(input, megabytes);
      if (text.empty()) std::fprintf(stderr, "no text: %s\n", input.c_str());
      std::ofstream(scratch, std::ios::binary) << text;
      for (const std::string& shape : shapes) {
        const auto texts = shape == "lines" ? lines_of(text) : std::vector<std::string_view>{text};
        for (const std::string& kind : kinds) {
          measure({path, input, shape, kind}, double(text.size()),
                  [&] { return run(*tokenizer, texts, kind, threads); });
        }
      }
    }
  }
  std::filesystem::remove(scratch);
}
