// Any bytes as a safetensors file. Build any file of this folder with
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
//           -fsanitize-ignorelist=tests/fuzz/ubsan_ignore.txt -Iinclude -Itests FILE
#include "skald/io/safetensors.hpp"

#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "skald/io/write_safetensors.hpp"

namespace {

void check(bool good) {
  if (!good) std::abort();
}

/// What is accepted can be walked to its last byte, found by name, and written and read again.
void read(std::string_view file) {
  const auto parsed = skald::Safetensors::parse(std::as_bytes(std::span(file)), "fuzz");
  if (!parsed) return check(!parsed.error().message().empty());
  unsigned sum = 0;
  for (const skald::StoredTensor& t : parsed->tensors()) {
    for (const std::byte b : t.bytes) sum += std::to_integer<unsigned>(b);
    for (const std::int64_t size : t.shape) sum += unsigned(size);
    check(parsed->find(t.name) == &t);
    check(t.bytes.size() * 8 == *skald::detail::stored_bits(t.type, t.shape));
  }
  (void)parsed->metadata("format");
  (void)parsed->check_weight_format();
  std::ostringstream out;
  check(bool(skald::write_safetensors(out, parsed->tensors())));
  const std::string copy = out.str();
  const auto again = skald::Safetensors::parse(std::as_bytes(std::span(copy)), "copy");
  check(bool(again) && again->tensors().size() == parsed->tensors().size());
  volatile unsigned kept = sum;
  (void)kept;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  read(input);
  // As a header of its own length before the rest: "header|data".
  const std::size_t bar = std::min(input.find('|'), size);
  std::string file;
  for (int shift = 0; shift < 64; shift += 8) file.push_back(char(std::uint64_t(bar) >> shift & 0xFF));
  read(file.append(input, 0, bar).append(input, std::min(bar + 1, size)));
  return 0;
}
