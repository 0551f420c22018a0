// Tokenizer: the tokenizer that a tokenizer.json describes.
#pragma once
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "skald/text/basic_tokenizer.hpp"
#include "skald/text/decoders/any_decoder.hpp"
#include "skald/text/models/any_token_model.hpp"
#include "skald/text/normalizers/any_normalizer.hpp"
#include "skald/text/post_processors/any_post_processor.hpp"
#include "skald/text/pre_tokenizers/any_pre_tokenizer.hpp"

namespace skald::inline SKALD_ABI {

/// All stages from the file.
///
///     auto tok = Tokenizer::from_pretrained("model-dir");
///     Encoding e = tok("Once upon a time", {.truncation = true, .max_length = 512});
///     std::string text = tok.decode(e.ids, {.skip_special_tokens = true});
using Tokenizer = BasicTokenizer<AnyNormalizer, AnyPreTokenizer, AnyTokenModel, AnyPostProcessor, AnyDecoder>;

namespace detail {

/// The error for a folder without tokenizer.json: what it has instead, and what helps.
inline Error no_tokenizer_file(const std::filesystem::path& directory) {
  std::error_code ignored;
  std::string found;
  for (const char* const name : {"vocab.json", "merges.txt", "vocab.txt", "tokenizer.model", "spiece.model"}) {
    if (std::filesystem::exists(directory / name, ignored)) found.append(found.empty() ? "" : " and ").append(name);
  }
  std::string message = directory.string() + ": no tokenizer.json";
  if (found.empty()) return Error(FaultCode::not_found, message);
  return Error(FaultCode::unsupported,
               message.append("; ").append(found).append(" alone cannot be read yet: load the folder with "
                                                         "transformers' AutoTokenizer and save_pretrained() it, which "
                                                         "writes tokenizer.json"));
}

}  // namespace detail

template <Normalizer N, PreTokenizer P, TokenModel M, PostProcessor O, Decoder D>
Result<BasicTokenizer<N, P, M, O, D>> BasicTokenizer<N, P, M, O, D>::try_from_pretrained(
    const std::filesystem::path& directory) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory / "tokenizer.json", ignored)) return detail::no_tokenizer_file(directory);
  TokenizerConfig config;
  if (std::filesystem::exists(directory / "tokenizer_config.json", ignored)) {
    Result<JsonDocument> document = read_json(directory / "tokenizer_config.json");
    if (!document) return std::move(document).error();
    Result<TokenizerConfig> read = TokenizerConfig::from_json(document->root(), "tokenizer_config.json");
    if (!read) return std::move(read).error();
    config = *std::move(read);
  }
  Result<JsonDocument> document = read_json(directory / "tokenizer.json");
  if (!document) return std::move(document).error();
  return try_from_json(document->root(), "tokenizer.json", std::move(config));
}

}  // namespace skald
