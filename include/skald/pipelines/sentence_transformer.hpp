// SentenceTransformer: texts to embeddings, as the Python library sentence-transformers computes them from a folder.
#pragma once
#include <algorithm>
#include <filesystem>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/io/order.hpp"
#include "skald/pipelines/sentence_modules.hpp"
#include "skald/pipelines/task_model.hpp"
#include "skald/pipelines/texts.hpp"
#include "skald/text/normalizers/lowercase.hpp"

namespace skald::inline SKALD_ABI {

struct EncodeSentenceOptions {
  bool normalize_embeddings = false;          ///< make each of length 1, where no module of the folder does
  std::int32_t batch_size = 32;               ///< texts in a step; the numbers do not depend on it
  std::string prompt_name{};                  ///< what of the folder's prompts stands before each text
  std::optional<std::string> prompt{};        ///< or this
  std::optional<std::int32_t> truncate_dim{}; ///< keep so many numbers of each; unset: as the folder says
};

namespace detail {

/// config_sentence_transformers.json and sentence_bert_config.json.
struct SentenceConfig {
  std::vector<std::pair<std::string, std::string>> prompts;
  std::string default_prompt_name;
  Similarity similarity = Similarity::cosine;
  std::optional<std::int32_t> truncate_dim, max_seq_length;
  bool do_lower_case = false;

  const std::string* prompt(std::string_view name) const {
    for (const auto& [known, text] : prompts)
      if (known == name) return &text;
    return nullptr;
  }
};

inline Result<SentenceConfig> read_sentence_config(const std::filesystem::path& folder,
                                                   const std::filesystem::path& transformer) {
  SentenceConfig c;
  Result<JsonDocument> outer = read_optional_json(folder, "config_sentence_transformers.json");
  if (!outer) return std::move(outer).error();
  const JsonConfig all(outer->root(), "config_sentence_transformers.json");
  if (const auto prompts = all.get("prompts"))
    for (std::size_t i = 0; prompts->is_object() && i < prompts->size(); ++i)
      c.prompts.emplace_back(prompts->key(i), (*prompts)[i].string().value_or(std::string_view()));
  c.default_prompt_name = all.field("default_prompt_name", std::string_view());
  if (all.has("truncate_dim")) c.truncate_dim = all.field("truncate_dim", 0);
  const std::string_view how = all.field("similarity_fn_name", std::string_view("cosine"));
  if (how == "dot") c.similarity = Similarity::dot;
  else if (how == "euclidean") c.similarity = Similarity::euclidean;
  else if (how == "manhattan") c.similarity = Similarity::manhattan;
  else if (how != "cosine") all.reject("similarity_fn_name", "expected cosine, dot, euclidean or manhattan");
  if (auto faults = all.faults()) return *std::move(faults);
  for (const char* name : {"sentence_bert_config.json", "sentence_roberta_config.json",
                           "sentence_distilbert_config.json", "sentence_albert_config.json",
                           "sentence_xlm-roberta_config.json"}) {
    if (!has_file(transformer, name)) continue;
    Result<JsonDocument> inner = read_json(transformer / name);
    if (!inner) return std::move(inner).error();
    const JsonConfig config(inner->root(), name);
    if (config.has("max_seq_length")) c.max_seq_length = config.field("max_seq_length", 0);
    c.do_lower_case = config.field("do_lower_case", false);
    if (auto faults = config.faults()) return *std::move(faults);
    break;
  }
  return c;
}

}  // namespace detail

/// SentenceTransformer is the one on Cpu: modules.json with a Transformer, then Pooling, Dense, Normalize; a folder
/// without it is pooled by the mean. Texts are cut to max_seq_length(). Movable; one call at a time.
///
///     auto model = SentenceTransformer::from_pretrained(folder);
///     const Embeddings e = model.encode({"A man eats.", "Someone is eating."});
///     const float alike = model.similarity(e[0], e[1]);
template <class B, class Families>
class BasicSentenceTransformer {
 public:
  static Result<BasicSentenceTransformer> try_from_pretrained(const std::filesystem::path& path,
                                                              const AutoOptions<B>& options = {}) {
    Result<detail::SentenceModules> modules = detail::read_sentence_modules(path);
    if (!modules) return std::move(modules).error();
    Result<detail::SentenceConfig> config = detail::read_sentence_config(path, modules->transformer);
    if (!config) return std::move(config).error();
    auto model = TaskModel<B, Families>::try_from_pretrained(modules->transformer, HeadKind::none, options);
    if (!model) return std::move(model).error();
    return BasicSentenceTransformer(*std::move(model), *std::move(modules), *std::move(config));
  }
  template <class Path = std::filesystem::path>
  static BasicSentenceTransformer from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

  const TaskModel<B, Families>& model() const { return model_; }
  /// Tokens of a text, special ones included; what is longer is cut.
  std::int32_t max_seq_length() const { return max_seq_length_; }

  /// [texts, numbers]. Errors: invalid_argument names an option; what tokenizer and model say.
  Result<Embeddings> try_encode(const Texts& texts, const EncodeSentenceOptions& options = {}) const {
    Result<std::string> prompt = prompt_of(options);
    if (!prompt) return std::move(prompt).error();
    const std::span<const std::string_view> views(texts);
    std::vector<std::string> changed;  // where a prompt or lower case makes others of them
    std::vector<std::string_view> all(views.begin(), views.end());
    if (!prompt->empty() || config_.do_lower_case) {
      for (const std::string_view text : views) changed.push_back(lower(*prompt + std::string(text)));
      all.assign(changed.begin(), changed.end());
    }
    EncodeOptions encode;
    encode.truncation = true;
    encode.max_length = max_seq_length_;
    encode.offset_unit = OffsetUnit::none;
    Result<std::size_t> prompt_tokens = length_of(lower(*prompt), encode);
    if (!prompt_tokens) return std::move(prompt_tokens).error();
    Result<std::vector<Encoding>> encodings = model_.tokenizer().try_encode_batch(all, encode);
    if (!encodings) return std::move(encodings).error();
    return embed(*std::move(encodings), *prompt_tokens, options);
  }
  Embeddings encode(const Texts& texts, const EncodeSentenceOptions& options = {}) const {
    return unwrap(try_encode(texts, options));
  }
  Embeddings encode(std::initializer_list<std::string_view> texts, const EncodeSentenceOptions& options = {}) const {
    return unwrap(try_encode(texts, options));
  }
  /// Of one text.
  std::vector<float> encode(std::string_view text, const EncodeSentenceOptions& options = {}) const {
    return unwrap(try_encode({text}, options)).values;
  }

  /// With the folder's prompt of that name, where it has one: "query"; "document", "passage" or "corpus".
  Embeddings encode_query(const Texts& texts, EncodeSentenceOptions options = {}) const {
    return encode(texts, with_prompt(std::move(options), {"query"}));
  }
  Embeddings encode_document(const Texts& texts, EncodeSentenceOptions options = {}) const {
    return encode(texts, with_prompt(std::move(options), {"document", "passage", "corpus"}));
  }

  /// As the folder says (similarity_fn_name), cosine where it says nothing.
  float similarity(std::span<const float> a, std::span<const float> b) const {
    return skald::similarity(a, b, config_.similarity);
  }
  Embeddings similarity(const Embeddings& a, const Embeddings& b) const {
    return skald::similarity(a, b, config_.similarity);
  }

 private:
  BasicSentenceTransformer(TaskModel<B, Families> model, detail::SentenceModules modules,
                           detail::SentenceConfig config)
      : model_(std::move(model)), modules_(std::move(modules.modules)), config_(std::move(config)) {
    const ModelSpec& spec = model_.spec();
    max_seq_length_ = config_.max_seq_length.value_or(
        model_.tokenizer().config().model_max_length.value_or(std::numeric_limits<std::int32_t>::max()));
    if (spec.max_positions > 0) max_seq_length_ = std::min(max_seq_length_, spec.longest_row());
  }

  std::string lower(std::string text) const {
    if (!config_.do_lower_case) return text;
    AlignedText changed(text, {0, std::uint32_t(text.size())}, false);
    detail::change_characters(changed, detail::change_to_lowercase);
    return std::string(changed.view());
  }

  Result<std::string> prompt_of(const EncodeSentenceOptions& options) const {
    if (options.prompt) return *options.prompt;
    const std::string& name = options.prompt_name.empty() ? config_.default_prompt_name : options.prompt_name;
    if (const std::string* prompt = config_.prompt(name)) return *prompt;
    if (options.prompt_name.empty() || name == "query" || name == "document") return std::string();
    std::string known;
    for (const auto& [other, text] : config_.prompts) known.append(known.empty() ? "" : ", ").append(other);
    return Error(FaultCode::invalid_argument,
                 "prompt_name: expected one of the folder's prompts (" + known + "), found " + name);
  }

  EncodeSentenceOptions with_prompt(EncodeSentenceOptions options, std::initializer_list<const char*> names) const {
    for (const char* name : names)
      if (options.prompt_name.empty() && !options.prompt && config_.prompt(name)) options.prompt_name = name;
    return options;
  }

  /// Tokens of the prompt, what ends every text left out.
  Result<std::size_t> length_of(const std::string& prompt, const EncodeOptions& encode) const {
    if (prompt.empty()) return std::size_t(0);
    Result<Encoding> tokens = model_.tokenizer().try_encode(prompt, encode);
    if (!tokens) return std::move(tokens).error();
    return tokens->size() - (tokens->size() > 0 && model_.tokenizer().is_special(tokens->ids.back()));
  }

  /// The longest first: a step's scratch then is no larger than the first one's.
  Result<Embeddings> embed(std::vector<Encoding> texts, std::size_t prompt,
                           const EncodeSentenceOptions& options) const {
    const auto order =
        detail::order_of(texts.size(), [&](std::size_t a, std::size_t b) { return texts[a].size() > texts[b].size(); });
    if (options.batch_size < 1)
      return fault(FaultCode::invalid_argument, "batch_size: at least", 1, options.batch_size);
    Embeddings all{{}, texts.size(), 0};
    std::vector<Encoding> part;
    for (std::size_t done = 0; done < order.size(); done += part.size()) {
      part.clear();
      while (done + part.size() < order.size() && part.size() < std::size_t(options.batch_size))
        part.push_back(std::move(texts[order[done + part.size()]]));
      Result<TaskOutput> out = model_.try_run(part, options.batch_size);
      if (!out) return std::move(out).error();
      for (std::size_t i = 0; i < part.size(); ++i) {
        Result<std::vector<float>> row = finish(*out, i, prompt, options);
        if (!row) return std::move(row).error();
        all.width = row->size();
        all.values.resize(all.rows * all.width);
        std::copy(row->begin(), row->end(), all.values.begin() + std::ptrdiff_t(order[done + i] * all.width));
      }
    }
    return all;
  }

  /// What the modules make of a text's hidden states.
  Result<std::vector<float>> finish(const TaskOutput& out, std::size_t i, std::size_t prompt,
                                    const EncodeSentenceOptions& options) const {
    const auto width = std::size_t(out.width), tokens = std::size_t(out.rows(i));
    const auto hidden = std::span(out.values).subspan(std::size_t(out.first[i]) * width, tokens * width);
    std::vector<float> row;
    for (const detail::SentenceModule& module : modules_) {
      if (const auto* pooling = std::get_if<detail::PoolingModule>(&module)) {
        row.clear();
        detail::pool_tokens(*pooling, hidden, width, prompt, row);
      } else if (const auto* dense = std::get_if<detail::DenseModule>(&module)) {
        if (row.size() != dense->in)
          return fault(FaultCode::mismatch, "Dense: in_features", std::int64_t(row.size()), std::int64_t(dense->in));
        detail::apply(*dense, row);
      } else {
        detail::normalise(row);
      }
    }
    const auto keep = options.truncate_dim ? options.truncate_dim : config_.truncate_dim;
    if (keep && *keep < 1) return fault(FaultCode::invalid_argument, "truncate_dim: at least", 1, *keep);
    if (keep) row.resize(std::min(row.size(), std::size_t(*keep)));
    if (options.normalize_embeddings) detail::normalise(row);
    return row;
  }

  TaskModel<B, Families> model_;
  std::vector<detail::SentenceModule> modules_;
  detail::SentenceConfig config_;
  std::int32_t max_seq_length_ = 0;
};

}  // namespace skald
