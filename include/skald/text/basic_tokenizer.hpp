// The tokenizer: text to ids and back, made of five stages.
#pragma once
#include <filesystem>
#include <initializer_list>
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
  using Words = std::span<const std::string_view>;

  // Loading.

  /// `name` stands before messages: "tokenizer.json: normalizer.type: "Unheard" is not supported yet".
  /// `sections` take the place of the file's (tokenizer_class.hpp).
  static Result<BasicTokenizer> try_from_json(Json json, const std::string& name, TokenizerConfig config = {},
                                              const std::optional<Json>& sections = {});

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
    auto* const held = new HeldFile;
    const detail::SharedComponent shared(static_cast<const detail::HiddenComponent*>(held));
    held->file = std::move(file);
    const std::vector<AddedToken> added = config.merged(held->file.added_tokens);
    return assemble(shared, std::move(config), added);
  }

  // Adding tokens. This object has them then; copies made before stay as they were. What is no token of the model gets
  // the next free id, for which the model's tables must have room. The result is how many are new, or have other flags
  // than before.

  Result<std::size_t> try_add_tokens(std::span<const AddedToken> tokens) {
    return extend(config(), tokens);
  }
  /// Tokens without flags; special ones are looked for in the raw text, others in the normalised one.
  Result<std::size_t> try_add_tokens(std::initializer_list<std::string_view> tokens, bool special_tokens = false) {
    std::vector<AddedToken> list;
    for (const std::string_view content : tokens) list.push_back(AddedToken::from(content, special_tokens));
    return try_add_tokens(list);
  }
  /// Named ones: {{"pad_token", "[PAD]"}}. Errors: invalid_argument, a name that no token has.
  Result<std::size_t> try_add_special_tokens(
      std::initializer_list<std::pair<std::string_view, std::string_view>> tokens) {
    TokenizerConfig settings = config();
    std::vector<AddedToken> list;
    for (const auto& [name, content] : tokens) {
      if (!settings.set_named_token(name, content)) {
        return Error(FaultCode::invalid_argument, std::string(name).append(": no special token has this name"));
      }
      list.push_back(AddedToken::from(content, true));
    }
    return extend(std::move(settings), list);
  }
  std::size_t add_tokens(std::span<const AddedToken> tokens) { return unwrap(try_add_tokens(tokens)); }
  std::size_t add_tokens(std::initializer_list<std::string_view> tokens, bool special_tokens = false) {
    return unwrap(try_add_tokens(tokens, special_tokens));
  }
  std::size_t add_special_tokens(std::initializer_list<std::pair<std::string_view, std::string_view>> tokens) {
    return unwrap(try_add_special_tokens(tokens));
  }

  // Encoding.

  /// Errors: malformed (the first byte that is no UTF-8: what may stand for it is the caller's to decide),
  /// invalid_argument (options that do not go together), unsupported (a pattern that needs too many steps).
  Result<Encoding> try_encode(std::string_view text, const EncodeOptions& options = {}) const {
    const Input input{Words(&text, 1), false};
    return one({&input, 1}, options);
  }
  Encoding operator()(std::string_view text, const EncodeOptions& options = {}) const {
    return unwrap(try_encode(text, options));
  }

  /// Two texts as one encoding: question and context, premise and hypothesis.
  Result<Encoding> try_encode_pair(std::string_view text, std::string_view pair,
                                   const EncodeOptions& options = {}) const {
    const Input both[] = {{Words(&text, 1), false}, {Words(&pair, 1), false}};
    return one(both, options);
  }
  Encoding encode_pair(std::string_view text, std::string_view pair, const EncodeOptions& options = {}) const {
    return unwrap(try_encode_pair(text, pair, options));
  }

  /// A text that is split into words already (is_split_into_words). Each is encoded as if it were the text; word_ids
  /// say which it was, and offsets count in the word.
  Result<Encoding> try_encode_words(Words words, const EncodeOptions& options = {}) const {
    const Input input{words, true};
    return one({&input, 1}, options);
  }
  Result<Encoding> try_encode_words_pair(Words words, Words pair, const EncodeOptions& options = {}) const {
    const Input both[] = {{words, true}, {pair, true}};
    return one(both, options);
  }
  Encoding encode_words(Words words, const EncodeOptions& options = {}) const {
    return unwrap(try_encode_words(words, options));
  }
  Encoding encode_words_pair(Words words, Words pair, const EncodeOptions& options = {}) const {
    return unwrap(try_encode_words_pair(words, pair, options));
  }

  /// Errors name the text: "text 3: ...".
  Result<std::vector<Encoding>> try_encode_batch(std::span<const std::string_view> texts,
                                                 const EncodeOptions& options = {}) const {
    return batch(texts.size(), options, [&](std::size_t i, Input (&inputs)[2]) {
      inputs[0] = {texts.subspan(i, 1), false};
      return 1u;
    });
  }
  /// Pairs of texts. Errors: also invalid_argument, lists of different lengths.
  Result<std::vector<Encoding>> try_encode_pair_batch(std::span<const std::string_view> texts,
                                                      std::span<const std::string_view> pairs,
                                                      const EncodeOptions& options = {}) const {
    if (Fault f = same_length(texts.size(), pairs.size())) return f;
    return batch(texts.size(), options, [&](std::size_t i, Input (&inputs)[2]) {
      inputs[0] = {texts.subspan(i, 1), false};
      inputs[1] = {pairs.subspan(i, 1), false};
      return 2u;
    });
  }
  /// Texts that are split into words.
  Result<std::vector<Encoding>> try_encode_words_batch(std::span<const Words> texts,
                                                       const EncodeOptions& options = {}) const {
    return batch(texts.size(), options, [&](std::size_t i, Input (&inputs)[2]) {
      inputs[0] = {texts[i], true};
      return 1u;
    });
  }
  std::vector<Encoding> operator()(std::span<const std::string_view> texts, const EncodeOptions& options = {}) const {
    return unwrap(try_encode_batch(texts, options));
  }
  std::vector<Encoding> encode_pair_batch(std::span<const std::string_view> texts,
                                          std::span<const std::string_view> pairs,
                                          const EncodeOptions& options = {}) const {
    return unwrap(try_encode_pair_batch(texts, pairs, options));
  }
  std::vector<Encoding> encode_words_batch(std::span<const Words> texts, const EncodeOptions& options = {}) const {
    return unwrap(try_encode_words_batch(texts, options));
  }

  /// What the file's "truncation" and "padding" ask for. Like transformers, encoding does not do it unasked.
  const EncodeOptions& file_options() const { return file().options; }

  // Decoding.

  /// Ids without a token are passed over. Errors: a Replace decoder whose Regex needs too many steps.
  Result<std::string> try_decode(std::span<const token_id> ids, const DecodeOptions& options = {}) const {
    return decode_stream(options).try_push_all(ids);
  }
  std::string decode(std::span<const token_id> ids, const DecodeOptions& options = {}) const {
    return unwrap(try_decode(ids, options));
  }

  /// Lists of ids, one text each.
  Result<std::vector<std::string>> try_batch_decode(std::span<const std::vector<token_id>> batch,
                                                    const DecodeOptions& options = {}) const {
    std::vector<std::string> texts;
    texts.reserve(batch.size());
    for (const std::vector<token_id>& ids : batch) {
      Result<std::string> text = try_decode(ids, options);
      if (!text) return std::move(text).error();
      texts.push_back(*std::move(text));
    }
    return texts;
  }
  std::vector<std::string> batch_decode(std::span<const std::vector<token_id>> batch,
                                        const DecodeOptions& options = {}) const {
    return unwrap(try_batch_decode(batch, options));
  }

  /// Decodes ids as they come: the pieces give, one behind the other, what decode gives for all of them.
  DecodeStream<BasicTokenizer> decode_stream(const DecodeOptions& options = {}) const {
    return DecodeStream<BasicTokenizer>(*this, options);
  }

  // Vocabulary.

  std::optional<token_id> token_to_id(std::string_view token) const {
    if (const AddedToken* const added = parts().added.find(token)) return added->id;
    return file().model.token_to_id(token);
  }
  /// Valid while this or a copy lives.
  std::optional<std::string_view> id_to_token(token_id id) const {
    if (const auto added = parts().added.id_to_token(id)) return added;
    return file().model.id_to_token(id);
  }
  /// All tokens, added ones included.
  std::size_t vocab_size() const { return file().model.vocab_size() + parts().added.outside_model(); }
  bool is_special(token_id id) const { return parts().added.is_special(id); }

  // tokenizer_config.json, if it was there.

  const TokenizerConfig& config() const { return parts().config; }
  std::optional<token_id> bos_token_id() const { return named(config().bos_token); }
  std::optional<token_id> eos_token_id() const { return named(config().eos_token); }
  std::optional<token_id> pad_token_id() const { return named(config().pad_token); }
  std::optional<token_id> unk_token_id() const { return named(config().unk_token); }
  std::optional<token_id> sep_token_id() const { return named(config().sep_token); }
  std::optional<token_id> cls_token_id() const { return named(config().cls_token); }
  std::optional<token_id> mask_token_id() const { return named(config().mask_token); }

  // The stages.

  const N& normalizer() const { return file().normalizer; }
  const P& pre_tokenizer() const { return file().pre_tokenizer; }
  const M& model() const { return file().model; }
  const O& post_processor() const { return file().post_processor; }
  const D& decoder() const { return file().decoder; }
  const AddedTokens& added_tokens() const { return parts().added; }

 private:
  /// What all copies share, also after tokens have been added: the stages.
  struct HeldFile final : detail::HiddenComponent {
    File file;
    mutable detail::ScratchPool<typename M::Scratch> scratches;
  };
  struct Parts final : detail::HiddenComponent {
    detail::SharedComponent file;
    TokenizerConfig config;
    AddedTokens added;
  };
  using EncoderOfThis = detail::Encoder<N, P, M>;

  explicit BasicTokenizer(detail::SharedComponent parts) : parts_(std::move(parts)) {}

  static Result<BasicTokenizer> assemble(const detail::SharedComponent& file, TokenizerConfig config,
                                         const std::vector<AddedToken>& tokens) {
    const File& stages = static_cast<const HeldFile&>(*file).file;
    const auto normalize = [&](std::string_view content) -> Result<std::string> {
      AlignedText text(content, {0, std::uint32_t(content.size())});
      if (Result<void> done = stages.normalizer(text); !done) return std::move(done).error();
      return std::string(text.view());
    };
    Result<AddedTokens> added = AddedTokens::make(tokens, stages.model, normalize);
    if (!added) return std::move(added).error();
    auto* const made = new Parts;
    detail::SharedComponent parts(static_cast<const detail::HiddenComponent*>(made));
    made->file = file;
    made->config = std::move(config);
    made->added = *std::move(added);
    return BasicTokenizer(std::move(parts));
  }

  Result<std::size_t> extend(TokenizerConfig config, std::span<const AddedToken> tokens) {
    std::vector<AddedToken> list = parts().added.tokens();
    const std::size_t n = detail::append_new_tokens(list, parts().added, tokens);
    Result<BasicTokenizer> made = assemble(parts().file, std::move(config), list);
    if (!made) return std::move(made).error();
    *this = *std::move(made);
    return n;
  }

  const Parts& parts() const { return static_cast<const Parts&>(*parts_); }
  const File& file() const { return static_cast<const HeldFile&>(*parts().file).file; }

  EncoderOfThis make_encoder() const {
    auto& pool = static_cast<const HeldFile&>(*parts().file).scratches;
    return {normalizer(), pre_tokenizer(), model(), parts().added, pool};
  }

  /// One text, as it is or in words.
  struct Input { Words texts; bool split_into_words; };

  Result<detail::Lengths> lengths(const EncodeOptions& options) const {
    return detail::Lengths::make(options, config(), pad_token_id(), post_processor().added_tokens(false));
  }

  static Fault same_length(std::size_t texts, std::size_t pairs) {
    if (texts == pairs) return {};
    return fault(FaultCode::invalid_argument, "a batch of texts and one of second texts", std::int64_t(texts),
                 std::int64_t(pairs));
  }

  Result<Encoding> one(std::span<const Input> inputs, const EncodeOptions& options) const {
    const Result<detail::Lengths> length = lengths(options);
    if (!length) return length.error();
    EncoderOfThis encoder = make_encoder();
    Result<Encoding> encoding = encode(encoder, inputs, *length, options);
    if (encoding) pad(std::span(&*encoding, 1), *length, options);
    return encoding;
  }

  /// `fill` says what the i-th inputs are, one or two.
  template <class Fill>
  Result<std::vector<Encoding>> batch(std::size_t n, const EncodeOptions& options, Fill fill) const {
    const Result<detail::Lengths> length = lengths(options);
    if (!length) return length.error();
    EncoderOfThis encoder = make_encoder();
    std::vector<Encoding> encodings;
    encodings.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
      Input inputs[2];
      const std::size_t given = fill(i, inputs);
      Result<Encoding> encoding = encode(encoder, std::span(inputs, given), *length, options);
      if (!encoding) return std::move(encoding).error().in("text " + std::to_string(i));
      encodings.push_back(*std::move(encoding));
    }
    pad(encodings, *length, options);
    return encodings;
  }

  /// One text or two, before padding.
  Result<Encoding> encode(EncoderOfThis& encoder, std::span<const Input> inputs, const detail::Lengths& length,
                          const EncodeOptions& options) const;

  void pad(std::span<Encoding> batch, const detail::Lengths& length, const EncodeOptions& options) const {
    if (!length.pad) return;
    detail::pad(batch, length.pad_length, options.pad_to_multiple_of, length.pad_id, options.pad_token_type_id,
                options.padding_side.value_or(config().padding_side), options.offset_unit != OffsetUnit::none);
  }

  std::optional<token_id> named(const std::optional<std::string>& token) const {
    return token ? token_to_id(*token) : std::nullopt;
  }

  detail::SharedComponent parts_;
};

template <Normalizer N, PreTokenizer P, TokenModel M, PostProcessor O, Decoder D>
Result<BasicTokenizer<N, P, M, O, D>> BasicTokenizer<N, P, M, O, D>::try_from_json(
    Json json, const std::string& name, TokenizerConfig config, const std::optional<Json>& sections) {
  Result<File> file = detail::read_tokenizer_file<File>(json, name, sections);
  if (!file) return std::move(file).error();
  return make(*std::move(file), std::move(config));
}

template <Normalizer N, PreTokenizer P, TokenModel M, PostProcessor O, Decoder D>
Result<Encoding> BasicTokenizer<N, P, M, O, D>::encode(EncoderOfThis& encoder, std::span<const Input> inputs,
                                                       const detail::Lengths& length,
                                                       const EncodeOptions& options) const {
  PostProcessing work;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Result<Encoding> part = encoder.run(inputs[i].texts, inputs[i].split_into_words, options);
    if (!part) return std::move(part).error();
    if (i == 1) part->type_ids.assign(part->size(), 1);
    work.parts.push_back(*std::move(part));
  }
  const std::size_t added = options.add_special_tokens ? post_processor().added_tokens(inputs.size() > 1) : 0;
  if (length.truncate && length.max_length >= added) {  // where not even those find room, the original cuts nothing
    Result<void> done = detail::truncate(work.parts, length.max_length - added, options,
                                         options.truncation_side.value_or(config().truncation_side));
    if (!done) return std::move(done).error();
  }
  for (std::size_t i = 0; i < work.parts.size(); ++i) {
    work.parts[i].set_sequence(i);
    for (Encoding& window : work.parts[i].overflowing) window.set_sequence(i);
  }
  work.add_special_tokens = options.add_special_tokens;
  work.marked = config().of_transformers;
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

}  // namespace skald
