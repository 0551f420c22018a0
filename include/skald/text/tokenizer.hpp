// Tokenizer: the tokenizer that a tokenizer.json describes.
#pragma once
#include "skald/text/basic_tokenizer.hpp"
#include "skald/text/decoders/any_decoder.hpp"
#include "skald/text/models/any_token_model.hpp"
#include "skald/text/normalizers/any_normalizer.hpp"
#include "skald/text/post_processors/any_post_processor.hpp"
#include "skald/text/pre_tokenizers/any_pre_tokenizer.hpp"
#include "skald/text/tokenizer_folder.hpp"

namespace skald::inline SKALD_ABI {

/// All stages from the file.
///
///     auto tok = Tokenizer::from_pretrained("model-dir");
///     Encoding e = tok("Once upon a time", {.truncation = true, .max_length = 512});
///     std::string text = tok.decode(e.ids, {.skip_special_tokens = true});
using Tokenizer = BasicTokenizer<AnyNormalizer, AnyPreTokenizer, AnyTokenModel, AnyPostProcessor, AnyDecoder>;

SKALD_COMPILED_ONCE(text, class BasicTokenizer<AnyNormalizer, AnyPreTokenizer, AnyTokenModel, AnyPostProcessor,
                                               AnyDecoder>)
SKALD_COMPILED_ONCE(text, class DecodeStream<Tokenizer>)

}  // namespace skald
