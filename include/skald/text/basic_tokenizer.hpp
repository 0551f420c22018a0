// The tokenizer: text to ids and back, made of five stages.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/decode_stream.hpp"
#include "skald/text/encoder.hpp"
#include "skald/text/post_processors/post_processor.hpp"
#include "skald/text/tokenizer_config.hpp"
#include "skald/text/tokenizer_file.hpp"
#include "skald/text/truncation.hpp"

namespace skald::inline SKALD_ABI {

/// encode:  text | added tokens | N | added tokens | P | M | truncation | O | padding
/// decode:  ids | token strings | D
///
/// The stages are policies; each kind has its table where its concept is (normalizers/normalizer.hpp and so on).
/// `Tokenizer` (tokenizer.hpp) takes all five from the file;
/// BasicTokenizer<NoNormalizer, ByteLevelPreTokenizer, Bpe, NoPostProcessor, ByteLevelDecoder> has GPT-2's fixed and
/// takes only the vocabulary from it.
///
/// Immutable and cheap to copy (copies share everything); any number of threads may use one object at once. try_x
/// returns a Result, x throws.
template <Normalizer N, PreTokenizer P, TokenModel M, PostProcessor O, Decoder D>
class BasicTokenizer {
 public:
  using File = detail::TokenizerFile<N, P, M, O, D>;

  // Loading.

  /// `name` stands before messages: "tokenizer.json: normalizer.type: "Precompiled" is not supported yet".
  /// `sections` take the place of the file's (tokenizer_class.hpp).
  static Result<BasicTokenizer> try_from_json(Json json, const std::string& name, TokenizerConfig config = {},
                                              const std::optional<Json>& sections = {}) {
    Result<File> file = detail::read_tokenizer_file<File>(json, name, sections);
    if (!file) return std::move(file).error();
    return make(*std::move(file), std::move(config));
  }

  /// A tokenizer.json alone.
  static Result<BasicTokenizer> try_from_file(const std::filesystem::path& path) {
    Result<JsonDocument> document = read_json(path);
    if (!document) return std::move(document).error();
    return try_from_json(document->root(), path.filename().string());
  }
  static BasicTokenizer from_file(const std::filesystem::path& path) { return unwrap(try_from_file(path)); }

  /// A model's folder: tokenizer.json; tokenizer_config.json and config.json if they are there, for the named tokens
  /// and for the classes of transformers that change stages. tokenizer_folder.hpp.
  static Result<BasicTokenizer> try_from_pretrained(const std::filesystem::path& directory);
  static BasicTokenizer from_pretrained(const std::filesystem::path& directory) {
    return unwrap(try_from_pretrained(directory));
  }

  /// From stages made by hand.
  static Result<BasicTokenizer> make(File file, TokenizerConfig config = {}) {
    auto parts = std::make_shared<Parts>(Parts{std::move(file), std::move(config), {}});
    const auto normalize = [&](std::string_view content) -> Result<std::string> {
      AlignedText text(content, {0, std::uint32_t(content.size())});
      if (Result<void> done = parts->file.normalizer(text); !done) return std::move(done).error();
      return std::string(text.view());
    };
    Result<AddedTokens> added =
        AddedTokens::make(parts->config.merged(parts->file.added_tokens), parts->file.model, normalize);
    if (!added) return std::move(added).error();
    parts->added = *std::move(added);
    return BasicTokenizer(std::move(parts));
  }

  // Encoding.

  /// Errors: malformed (the first byte that is no UTF-8: what may stand for it is the caller's to decide),
  /// invalid_argument (options that do not go together), unsupported (a pattern that needs too many steps).
  Result<Encoding> try_encode(std::string_view text, const EncodeOptions& options = {}) const {
    return one(std::span(&text, 1), options);
  }
  Encoding operator()(std::string_view text, const EncodeOptions& options = {}) const {
    return unwrap(try_encode(text, options));
  }

  /// Two texts as one encoding: question and context, premise and hypothesis.
  Result<Encoding> try_encode_pair(std::string_view text, std::string_view pair,
                                   const EncodeOptions& options = {}) const {
    const std::string_view both[] = {text, pair};
    return one(both, options);
  }

  /// Errors name the text: "text 3: ...".
  Result<std::vector<Encoding>> try_encode_batch(std::span<const std::string_view> texts,
                                                 const EncodeOptions& options = {}) const {
    EncoderOfThis encoder = make_encoder();
    std::vector<Encoding> batch;
    batch.reserve(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      Result<Encoding> encoding = encode(encoder, texts.subspan(i, 1), options);
      if (!encoding) return std::move(encoding).error().in("text " + std::to_string(i));
      batch.push_back(*std::move(encoding));
    }
    if (Result<void> done = pad(batch, options); !done) return std::move(done).error();
    return batch;
  }
  std::vector<Encoding> operator()(std::span<const std::string_view> texts, const EncodeOptions& options = {}) const {
    return unwrap(try_encode_batch(texts, options));
  }

  /// What the file's "truncation" and "padding" ask for. Like transformers, encoding does not do it unasked.
  const EncodeOptions& file_options() const { return parts_->file.options; }

  // Decoding.

  /// Ids without a token are passed over. Errors: a Replace decoder whose Regex needs too many steps.
  Result<std::string> try_decode(std::span<const token_id> ids, const DecodeOptions& options = {}) const {
    return decode_stream(options).try_push_all(ids);
  }
  std::string decode(std::span<const token_id> ids, const DecodeOptions& options = {}) const {
    return unwrap(try_decode(ids, options));
  }

  /// Decodes ids as they come: the pieces give, one behind the other, what decode gives for all of them.
  DecodeStream<BasicTokenizer> decode_stream(const DecodeOptions& options = {}) const {
    return DecodeStream<BasicTokenizer>(*this, options);
  }

  // Vocabulary.

  std::optional<token_id> token_to_id(std::string_view token) const {
    if (const AddedToken* const added = parts_->added.find(token)) return added->id;
    return parts_->file.model.token_to_id(token);
  }
  /// Valid while this or a copy lives.
  std::optional<std::string_view> id_to_token(token_id id) const {
    if (const auto added = parts_->added.id_to_token(id)) return added;
    return parts_->file.model.id_to_token(id);
  }
  /// All tokens, added ones included.
  std::size_t vocab_size() const { return parts_->file.model.vocab_size() + parts_->added.outside_model(); }
  bool is_special(token_id id) const { return parts_->added.is_special(id); }

  // tokenizer_config.json, if it was there.

  const TokenizerConfig& config() const { return parts_->config; }
  std::optional<token_id> bos_token_id() const { return named(config().bos_token); }
  std::optional<token_id> eos_token_id() const { return named(config().eos_token); }
  std::optional<token_id> pad_token_id() const { return named(config().pad_token); }
  std::optional<token_id> unk_token_id() const { return named(config().unk_token); }

  // The stages.

  const N& normalizer() const { return parts_->file.normalizer; }
  const P& pre_tokenizer() const { return parts_->file.pre_tokenizer; }
  const M& model() const { return parts_->file.model; }
  const O& post_processor() const { return parts_->file.post_processor; }
  const D& decoder() const { return parts_->file.decoder; }
  const AddedTokens& added_tokens() const { return parts_->added; }

 private:
  struct Parts {
    File file;
    TokenizerConfig config;
    AddedTokens added;
  };
  using EncoderOfThis = detail::Encoder<N, P, M>;

  explicit BasicTokenizer(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

  EncoderOfThis make_encoder() const { return {normalizer(), pre_tokenizer(), model(), parts_->added}; }

  Result<Encoding> one(std::span<const std::string_view> texts, const EncodeOptions& options) const {
    EncoderOfThis encoder = make_encoder();
    Result<Encoding> encoding = encode(encoder, texts, options);
    if (!encoding) return encoding;
    if (Result<void> done = pad(std::span(&*encoding, 1), options); !done) return std::move(done).error();
    return encoding;
  }

  /// One text or two, before padding.
  Result<Encoding> encode(EncoderOfThis& encoder, std::span<const std::string_view> texts,
                          const EncodeOptions& options) const {
    PostProcessing work;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      Result<Encoding> part = encoder.run(texts[i], options);
      if (!part) return std::move(part).error();
      if (i == 1) {
        part->type_ids.assign(part->size(), 1);
        std::swap(part->sequences[0], part->sequences[1]);
      }
      work.parts.push_back(*std::move(part));
    }
    if (options.truncation) {
      const auto length = options.max_length ? options.max_length : config().model_max_length;
      const std::size_t added = options.add_special_tokens ? post_processor().added_tokens(texts.size() > 1) : 0;
      if (!length) return fault(FaultCode::invalid_argument, "truncation needs a max_length: the tokenizer has none");
      if (*length < 0 || std::size_t(*length) < added) {
        return fault(FaultCode::invalid_argument, "max_length is too short for the special tokens",
                     std::int64_t(added), *length);
      }
      Result<void> done = detail::truncate(work.parts, std::size_t(*length) - added, options.truncation_strategy,
                                           options.truncation_side.value_or(config().truncation_side));
      if (!done) return std::move(done).error();
    }
    work.add_special_tokens = options.add_special_tokens;
    work.with_offsets = options.offset_unit != OffsetUnit::none;
    work.tokenizer = this;
    work.token_text = [](const void* self, token_id id) {
      return static_cast<const BasicTokenizer*>(self)->id_to_token(id).value_or(std::string_view());
    };
    if (Result<void> done = post_processor()(work); !done) return std::move(done).error();
    Encoding whole = work.parts.empty() ? Encoding() : std::move(work.parts.front());
    for (std::size_t i = 1; i < work.parts.size(); ++i) whole.append(work.parts[i]);
    return whole;
  }

  Result<void> pad(std::span<Encoding> batch, const EncodeOptions& options) const {
    if (!options.padding) return {};
    const auto id = options.pad_token_id ? options.pad_token_id : pad_token_id();
    if (!id) return fault(FaultCode::invalid_argument, "padding needs a pad_token_id: the tokenizer has none");
    std::int64_t length = -1;
    if (options.padding_strategy == PaddingStrategy::max_length) {
      auto limit = options.padding_length ? options.padding_length : options.max_length;
      if (!limit) limit = config().model_max_length;
      if (!limit) return fault(FaultCode::invalid_argument, "padding needs a max_length: the tokenizer has none");
      length = *limit;
    }
    const std::int32_t multiple = options.pad_to_multiple_of;
    if (multiple < 0) return fault(FaultCode::invalid_argument, "pad_to_multiple_of", 0, multiple);
    if (options.truncation && multiple > 0 && options.max_length.value_or(0) % multiple != 0) {
      return fault(FaultCode::invalid_argument, "max_length is no multiple of pad_to_multiple_of", multiple,
                   *options.max_length);
    }
    detail::pad(batch, length, multiple, *id, options.pad_token_type_id,
                options.padding_side.value_or(config().padding_side), options.offset_unit != OffsetUnit::none);
    return {};
  }

  std::optional<token_id> named(const std::optional<std::string>& token) const {
    return token ? token_to_id(*token) : std::nullopt;
  }

  std::shared_ptr<const Parts> parts_;
};

}  // namespace skald
