// Runs a fuzzer without a fuzzing engine: its seeds, then `count` mutations of them, the same ones at every run.
//   fuzz_NAME <count> <folders of seeds...>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "skald/core/random.hpp"
#include "support/fuzz_seeds.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// What breaks parsers: their own punctuation, numbers at the edges, the separators of the fuzzers' formats.
const std::vector<std::string> dictionary{
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "0.1",
    "NaN",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "\xFF",
    "\xC3",
    "\xED\xA0\x80",
    "\n--\n",
    "|",
    std::string(1, '\0'),
    std::string(64, '['),
    "\"shape\":[0]",
    "\"data_offsets\":[0,0]",
    "\"type\":\"Sequence\"",
    "{%",
    "-%}",
    "{{",
    "}}",
    "%}",
    "{% for m in messages recursive %}",
    "loop(m)",
    "{% generation %}",
    "[::-1]",
    "9**99",
    "namespace(a=1)",
    "|map('length')",
    "{% macro f(x) %}",
    "range(99999)",
    "'%' % x",
};

class Mutator {
 public:
  Mutator(const std::vector<std::string>& seeds, std::uint32_t run) : seeds_(seeds), run_(run) {}

  std::string operator()() {
    std::string text = seeds_[below(seeds_.size())];
    for (std::size_t times = 1 + below(6); times > 0; --times) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : skald::random_bits({1, run_, 0}, draw_++) % n; }

  void mutate(std::string& text) {
    const std::size_t at = below(text.size() + 1), length = below(std::min<std::size_t>(32, text.size() - at) + 1);
    switch (below(6)) {
      case 0: if (at < text.size()) text[at] = char(below(256)); break;
      case 1: text.erase(at, length); break;
      case 2: text.insert(at, text.substr(below(text.size() + 1), length)); break;
      case 3: text.insert(at, dictionary[below(dictionary.size())]); break;
      case 4: text.replace(at, length, dictionary[below(dictionary.size())]); break;
      default: {
        const std::string& other = seeds_[below(seeds_.size())];
        text.replace(at, text.npos, other, below(other.size() + 1));
      }
    }
  }

  const std::vector<std::string>& seeds_;
  std::uint32_t run_, draw_ = 0;
};

int feed(const std::string& input) {
  return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto seeds = support::fuzz_seeds({argv + 2, argv + argc});
  for (const std::string& seed : seeds) feed(seed);
  const std::uint32_t count = std::uint32_t(std::atoi(argv[1]));
  for (std::uint32_t run = 0; run < count; ++run) feed(Mutator(seeds, run)());
  std::printf("%zu seeds and %u mutations of them\n", seeds.size(), count);
}
