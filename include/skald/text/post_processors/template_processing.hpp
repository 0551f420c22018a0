// Special tokens where a template of the file puts them.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/json_fields.hpp"
#include "skald/text/post_processors/post_processor.hpp"

namespace skald::inline SKALD_ABI {

/// `single` and `pair` list what the result is made of: the texts ("A", "B") and special tokens, each with a type id.
/// A special token of the file may be several ids; they become one piece each here.
class TemplateProcessing {
 public:
  static constexpr std::string_view type = "TemplateProcessing";

  struct Piece {
    int sequence = -1;  ///< 0: A, 1: B, -1: a special token
    std::int32_t type_id = 0;
    token_id id = 0;
    std::string text{};
    bool continues = false;  ///< belongs to the special token of the piece before
  };

  TemplateProcessing() = default;
  /// Errors (invalid_argument): B in the template of a single text.
  static Result<TemplateProcessing> make(std::vector<Piece> single, std::vector<Piece> pair) {
    if (has_second(single)) return fault(FaultCode::invalid_argument, second_in_single);
    TemplateProcessing processing;
    processing.single_ = std::move(single);
    processing.pair_ = std::move(pair);
    return processing;
  }

  void read(JsonFields& fields) {
    const auto special_tokens = fields.object("special_tokens");
    read_pieces(fields, "single", special_tokens, single_);
    read_pieces(fields, "pair", special_tokens, pair_);
    if (has_second(single_)) {
      fields.fail(FaultCode::invalid_argument, fields.place("single").append(": ").append(second_in_single));
    }
  }

  std::size_t added_tokens(bool pair) const {
    std::size_t n = 0;
    for (const Piece& piece : pair ? pair_ : single_) n += piece.sequence < 0;
    return n;
  }

  Result<void> operator()(PostProcessing& work) const {
    if (work.parts.size() > 2) return fault(FaultCode::unsupported, "a template behind another post-processor");
    std::vector<Encoding> made;  // all in one; one a piece if others follow
    const auto next = [&](const Piece& piece) -> Encoding& {
      const bool joins = !made.empty() && (work.last || piece.continues);
      return joins ? made.back() : made.emplace_back();
    };
    const bool only = work.parts.size() == 1 && single_.size() == added_tokens(false) + 1;  // one A
    for (const Piece& piece : work.parts.size() == 2 ? pair_ : single_) {
      if (piece.sequence >= 0) {
        const auto s = std::size_t(piece.sequence);
        Encoding& part = work.parts[s];
        part.type_ids.assign(part.size(), piece.type_id);
        part.set_sequence(s);
        Encoding& whole = next(piece);
        if (only && whole.size() == 0 && part.overflowing.empty()) {
          whole = std::move(part);  // nothing stands before it: no copy
        } else {
          whole.append(part);
        }
      } else if (work.add_special_tokens) {
        next(piece).append_special(piece.id, piece.text, piece.type_id, work.with_offsets);
      }
    }
    work.parts = std::move(made);
    return {};
  }

 private:
  static constexpr const char* second_in_single = "the template of a single text has a B";
  static bool has_second(const std::vector<Piece>& single) {
    for (const Piece& piece : single) {
      if (piece.sequence > 0) return true;
    }
    return false;
  }
  static void read_pieces(JsonFields& fields, std::string_view key, const std::optional<Json>& special_tokens,
                          std::vector<Piece>& pieces);

  std::vector<Piece> single_, pair_;
};

inline void TemplateProcessing::read_pieces(JsonFields& fields, std::string_view key,
                                            const std::optional<Json>& special_tokens, std::vector<Piece>& pieces) {
  const auto list = fields.array(key);
  for (std::size_t i = 0; list && i < list->size() && !fields.failed(); ++i) {
    const Json entry = (*list)[i];
    const std::string place = fields.place(key, i);
    const auto sequence = entry.find("Sequence"), special = entry.find("SpecialToken");
    if (!sequence && !special) return fields.fail(place, "{\"Sequence\": ...} or {\"SpecialToken\": ...}", entry);
    JsonFields what(sequence ? *sequence : *special, place + (sequence ? ".Sequence" : ".SpecialToken"));
    const std::string id = what.string("id");
    Piece piece{-1, what.integer("type_id"), 0, {}, false};
    if (what.failed()) return fields.fail_with(what);
    if (sequence) {
      if (id != "A" && id != "B") return fields.fail(place + ".Sequence.id", "\"A\" or \"B\"", sequence->find("id"));
      piece.sequence = id == "B";
      pieces.push_back(piece);
      continue;
    }
    const std::string in_special_tokens = fields.place("special_tokens").append(".").append(id);
    const auto token = special_tokens->find(id);
    const auto ids = token ? token->find("ids") : std::nullopt, texts = token ? token->find("tokens") : std::nullopt;
    if (!ids || !texts || !ids->is_array() || !texts->is_array() || ids->size() != texts->size()) {
      return fields.fail(in_special_tokens, "\"ids\" and \"tokens\", lists of one length", token);
    }
    for (std::size_t k = 0; k < ids->size(); ++k) {
      const auto number = JsonFields::as_int32((*ids)[k]);
      if (!number || !(*texts)[k].string()) {
        return fields.fail(in_special_tokens, "ids and their tokens", token);
      }
      piece.id = *number;
      piece.text = *(*texts)[k].string();
      piece.continues = k > 0;
      pieces.push_back(piece);
    }
  }
}

}  // namespace skald
