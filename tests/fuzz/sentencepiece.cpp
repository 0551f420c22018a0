// A SentencePiece model that may be anything: what is refused is refused with the file and the byte; what is read makes
// a tokenizer.json that parses, and whatever that loads as encodes and decodes.
//
//     clang++-16 -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -Iinclude tests/fuzz/sentencepiece.cpp
//         -lpcre2-8 -lutf8proc -o fuzz_sentencepiece
//     ./fuzz_sentencepiece -max_len=20000 corpus       with tests/golden/tokenizers/*/tokenizer.model as seeds
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "skald/text/tokenizer.hpp"

namespace {

using namespace skald;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Tokenizer& tok, std::string_view text) {
  const Result<Encoding> encoded = tok.try_encode(text);
  if (!encoded) return require(!encoded.error().message().empty());
  require(encoded->offsets.size() == encoded->size());
  const Result<std::string> whole = tok.try_decode(encoded->ids);
  auto stream = tok.decode_stream();
  std::string pieces;
  for (const token_id id : encoded->ids) pieces += *stream.try_push(id);
  pieces += *stream.try_finish();
  require(whole && *whole == pieces);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const auto model = detail::SentencePieceModel::parse(file, "tokenizer.model");
  if (!model) {
    require(model.error().message().starts_with("tokenizer.model: byte "));
    return 0;
  }
  detail::SentencePieceWriter writer(*model);
  require(JsonDocument::parse(writer.defaults(), "defaults").has_value());
  TokenizerConfig config;
  AddedToken renamed;
  renamed.id = 5;
  renamed.content = "renamed";
  config.added_tokens.push_back(renamed);
  config.pad_token = "<pad>";
  for (const std::string_view name : {"", "LlamaTokenizer", "T5Tokenizer", "XLMRobertaTokenizer"}) {
    const auto json = JsonDocument::parse(writer.run(name, config, 3, !name.empty()), "tokenizer.model");
    require(json.has_value());
    const auto tok = Tokenizer::try_from_json(json->root(), "tokenizer.model");
    if (!tok) {
      require(tok.error().message().starts_with("tokenizer.model: "));
      continue;
    }
    check(*tok, "Once upon a time: <s>\u00e9\u4e00</s> \xEF\xBC\xA1");
    check(*tok, model->pieces.back().text);
  }
  return 0;
}
