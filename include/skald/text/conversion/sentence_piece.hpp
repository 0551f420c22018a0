// A SentencePiece model as a tokenizer.json.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/conversion/json_text.hpp"
#include "skald/text/conversion/sentence_piece_model.hpp"
#include "skald/text/models/vocabulary.hpp"
#include "skald/text/tokenizer_config.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Writes the sections one after the other, as transformers' generic class makes them. A class with stages of its own
/// puts them in the place of these; what it keeps is the vocabulary, the added tokens and the charsmap.
class SentencePieceWriter {
 public:
  explicit SentencePieceWriter(const SentencePieceModel& model) : model_(model) {}

  /// `class_name` is "" for the generic class. `extra_ids` are T5's. `adds_tokens`: control and user-defined pieces are
  /// found in texts.
  std::string run(std::string_view class_name, const TokenizerConfig& config, std::int32_t extra_ids,
                  bool adds_tokens) {
    const bool t5 = class_name == "T5Tokenizer", xlm = class_name == "XLMRobertaTokenizer";
    json_ = "{\"added_tokens\": [";
    if (adds_tokens) added_tokens();
    json_ += "], \"normalizer\": ";
    normalizer();
    json_ += ", \"decoder\": ";
    decoder();
    json_ += ", \"model\": ";
    if (t5 || xlm || (class_name.empty() && model_.model_type == SentencePieceModel::unigram)) {
      unigram(t5 ? extra_ids : 0, xlm ? &config : nullptr);
    } else {
      bpe(class_name.empty() ? &config : nullptr);
    }
    json_ += "}";
    return std::move(json_);
  }

  /// The named tokens of the generic class.
  std::string defaults() {
    json_ = "{";
    named("bos_token", model_.bos_id, model_.bos_piece, "<s>");
    named("eos_token", model_.eos_id, model_.eos_piece, "</s>");
    named("unk_token", model_.unk_id, model_.unk_piece, "<unk>");
    json_ += "}";
    return std::move(json_);
  }

 private:
  using Piece = SentencePieceModel::Piece;

  void named(std::string_view name, std::int32_t id, std::string_view piece, std::string_view otherwise) {
    if (id < 0) return;
    separate();
    append_json_string(json_, name);
    json_ += ": ";
    append_json_string(json_, piece.empty() ? otherwise : piece);
  }

  void separate() {
    if (json_.back() != '[' && json_.back() != '{') json_ += ", ";
  }

  void added_tokens() {
    for (std::size_t i = 0; i < model_.pieces.size(); ++i) {
      const Piece& piece = model_.pieces[i];
      const bool control = piece.type == SentencePieceModel::PieceType::control;
      if (!control && piece.type != SentencePieceModel::PieceType::user_defined) continue;
      separate();
      json_.append("{\"id\": ").append(std::to_string(i)).append(", \"content\": ");
      append_json_string(json_, piece.text);
      json_ += R"(, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": )";
      json_ += control ? "true}" : "false}";
    }
  }

  void normalizer() {
    json_ += R"({"type": "Sequence", "normalizers": [)";
    if (!model_.precompiled_charsmap.empty()) {
      json_ += R"({"type": "Precompiled", "precompiled_charsmap": )";
      append_json_base64(json_, model_.precompiled_charsmap);
      json_ += "}, ";
    }
    json_ += R"({"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]})";
  }

  void decoder() {
    json_ += R"({"type": "Sequence", "decoders": [)";
    json_ += R"({"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "})";
    if (model_.byte_fallback) json_ += R"(, {"type": "ByteFallback"}, {"type": "Fuse"})";
    json_ += "]}";
  }

  void scored(std::string_view text, float score) {
    separate();
    json_ += "[";
    append_json_string(json_, text);
    json_ += ", ";
    append_json_number(json_, double(score));
    json_ += "]";
  }

  /// `fairseq` has the names of the special tokens that XLM-RoBERTa puts in the place of the first three pieces.
  void unigram(std::int32_t extra_ids, const TokenizerConfig* fairseq) {
    json_ += R"({"type": "Unigram", "unk_id": )";
    json_ += model_.unk_id < 0 ? "null" : std::to_string(model_.unk_id);
    json_ += model_.byte_fallback ? R"(, "byte_fallback": true, "vocab": [)" : R"(, "vocab": [)";
    if (fairseq) {
      for (const auto* const token : {&fairseq->bos_token, &fairseq->pad_token, &fairseq->eos_token,
                                      &fairseq->unk_token}) {
        scored(token->value_or(""), 0);
      }
    }
    for (std::size_t i = fairseq ? 3 : 0; i < model_.pieces.size(); ++i) {
      scored(model_.pieces[i].text, model_.pieces[i].score);
    }
    if (fairseq) scored(fairseq->mask_token.value_or(""), 0);
    for (std::int32_t i = extra_ids; i-- > 0;) scored("<extra_id_" + std::to_string(i) + ">", 0);
    json_ += "]}";
  }

  /// `renamed` may have other names for some ids, which the generic class takes over.
  void bpe(const TokenizerConfig* renamed) {
    const std::vector<Piece>& pieces = model_.pieces;
    Vocabulary ids;
    ids.reserve(pieces.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) ids.insert(pieces[i].text, token_id(i));
    std::vector<std::string_view> names;
    for (const Piece& piece : pieces) names.push_back(piece.text);
    if (renamed) {
      for (const AddedToken& token : renamed->added_tokens) {
        const auto id = std::size_t(token.id);
        if (token.id >= 0 && id < names.size() && !ids.find(token.content)) names[id] = token.content;
      }
    }
    json_ += R"({"type": "BPE", "fuse_unk": true, "byte_fallback": )";
    json_ += model_.byte_fallback ? "true" : "false";
    json_ += ", \"unk_token\": ";
    append_json_string(json_, model_.unk_piece);
    json_ += ", \"vocab\": {";
    for (std::size_t i = 0; i < names.size(); ++i) {
      separate();
      append_json_string(json_, names[i]);
      json_.append(": ").append(std::to_string(i));
    }
    json_ += "}, \"merges\": [";
    merges(ids);
    json_ += "]}";
  }

  /// A SentencePiece model has no merges. Each cut of a piece into two pieces is one; pieces come in their order, cuts
  /// of one piece from left to right.
  void merges(const Vocabulary& ids) {
    std::vector<bool> sizes;  // that some piece has: others need not be looked up
    for (const Piece& piece : model_.pieces) {
      if (piece.text.size() >= sizes.size()) sizes.resize(piece.text.size() + 1);
      sizes[piece.text.size()] = true;
    }
    for (std::size_t i = 0; i < model_.pieces.size(); ++i) {
      const std::string_view text = model_.pieces[i].text;
      if (ids.find(text) != token_id(i)) continue;  // there again, with another id
      for (std::size_t at = 1; at < text.size(); ++at) {
        if (!sizes[at] || !sizes[text.size() - at] || is_continuation(text[at])) continue;
        const std::string_view left = text.substr(0, at), right = text.substr(at);
        if (!ids.find(left) || !ids.find(right)) continue;
        separate();
        json_ += "[";
        append_json_string(json_, left);
        json_ += ", ";
        append_json_string(json_, right);
        json_ += "]";
      }
    }
  }

  const SentencePieceModel& model_;
  std::string json_;
};

}  // namespace detail
}  // namespace skald
