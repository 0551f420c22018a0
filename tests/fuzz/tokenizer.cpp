// A tokenizer.json that may be anything, and a text that may be anything: what is refused is refused with an error,
// what loads encodes and decodes, and a stream gives what decoding the whole gives.
//
//     clang++-16 -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -Iinclude tests/fuzz/tokenizer.cpp
//         -lpcre2-8 -lutf8proc -o fuzz_tokenizer
//     ./fuzz_tokenizer -max_len=20000 corpus       with tests/golden/tokenizers/*/tokenizer.json as seeds
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/tokenizer.hpp"

namespace {

using namespace skald;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Tokenizer& tok, std::string_view text, const EncodeOptions& options) {
  const Result<Encoding> encoded = tok.try_encode(text, options);
  if (!encoded) {
    require(!encoded.error().message().empty());
    return;
  }
  const std::size_t n = encoded->size();
  require(encoded->attention_mask.size() == n && encoded->special_tokens_mask.size() == n);
  require(encoded->type_ids.size() == n && encoded->word_ids.size() == n);
  require(encoded->offsets.size() == (options.offset_unit == OffsetUnit::none ? 0 : n));
  require(encoded->tokens(tok).size() == n && encoded->sequence_ids().size() == n);
  for (const Offset& offset : encoded->offsets) {
    require(offset.start >= 0 && offset.start <= offset.end && std::size_t(offset.end) <= text.size());
  }
  for (const bool skip : {false, true}) {
    const DecodeOptions decoding{skip, skip};
    const Result<std::string> whole = tok.try_decode(encoded->ids, decoding);
    auto stream = tok.decode_stream(decoding);
    std::string pieces;
    bool failed = false;
    for (const token_id id : encoded->ids) {
      const Result<std::string> piece = stream.try_push(id);
      failed |= !piece;
      if (!failed) pieces += *piece;
    }
    const Result<std::string> rest = stream.try_finish();
    if (!whole || failed || !rest) continue;
    require(*whole == pieces + *rest);
    require(detail::valid_utf8_prefix(*whole) == whole->size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The text stands behind the last zero byte; without one, the file is its own text.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.rfind('\0');
  const std::string_view json = input.substr(0, end);
  const std::string_view text = end == input.npos ? input.substr(0, 2000) : input.substr(end + 1);
  const auto document = JsonDocument::parse(json, "tokenizer.json");
  if (!document) return 0;
  static_cast<void>(TokenizerConfig::from_json(document->root(), "tokenizer_config.json"));
  const auto tok = Tokenizer::try_from_json(document->root(), "tokenizer.json");
  if (!tok) {
    require(!tok.error().message().empty());
    return 0;
  }
  check(*tok, text, {});
  check(*tok, text, {.add_special_tokens = false, .split_special_tokens = true, .offset_unit = OffsetUnit::byte});
  EncodeOptions options = tok->file_options();
  if (options.padding_length) options.padding_length = *options.padding_length % 1000;
  if (options.padding && options.pad_to_multiple_of > 1000) options.pad_to_multiple_of %= 1000;
  options.offset_unit = OffsetUnit::none;
  check(*tok, text, options);
  static_cast<void>(tok->try_encode_pair(text, text.substr(text.size() / 2)));
  return 0;
}
