// What a SentencePiece model says: tokenizer.model, spiece.model.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skald/text/conversion/protobuf.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// ModelProto of sentencepiece_model.proto, less what only training needs. Views on the file's bytes.
struct SentencePieceModel {
  enum class PieceType : std::uint8_t { normal = 1, unknown, control, user_defined, unused, byte };

  struct Piece {
    std::string_view text;
    float score = 0;
    PieceType type = PieceType::normal;
  };

  static constexpr int unigram = 1;

  std::vector<Piece> pieces;
  int model_type = unigram;
  bool byte_fallback = false;
  std::int32_t unk_id = 0, bos_id = 1, eos_id = 2;
  std::string_view unk_piece = "<unk>", bos_piece = "<s>", eos_piece = "</s>";
  std::string_view precompiled_charsmap;

  /// Errors (malformed): with the byte; unknown fields are passed over.
  static Result<SentencePieceModel> parse(std::string_view file, const std::string& name) {
    ProtobufReader reader(file, name);
    SentencePieceModel model;
    ProtobufReader::Message message = reader.whole();
    for (Field field; reader.next(message, field);) {
      if (field.is(1, Wire::bytes)) model.read_piece(reader, field);
      else if (field.is(2, Wire::bytes)) model.read_trainer_spec(reader, field.range);
      else if (field.is(3, Wire::bytes)) model.read_normalizer_spec(reader, field.range);
    }
    if (model.pieces.empty()) reader.fail(file.size(), "a SentencePiece model without pieces");
    if (reader.failed()) return std::move(reader.error());
    return model;
  }

 private:
  using Field = ProtobufReader::Field;
  using Wire = ProtobufReader::Wire;

  void read_piece(ProtobufReader& reader, const Field& whole) {
    Piece piece;
    ProtobufReader::Message message = whole.range;
    for (Field field; reader.next(message, field);) {
      if (field.is(1, Wire::bytes)) piece.text = reader.text(field);
      else if (field.is(2, Wire::fixed32)) piece.score = std::bit_cast<float>(std::uint32_t(field.value));
      else if (field.is(3, Wire::varint) && field.value >= 1 && field.value <= 6) piece.type = PieceType(field.value);
    }
    if (!std::isfinite(piece.score)) reader.fail(whole.place, "a piece whose score is no number");
    pieces.push_back(piece);
  }

  void read_trainer_spec(ProtobufReader& reader, ProtobufReader::Message message) {
    for (Field field; reader.next(message, field);) {
      if (field.wire == Wire::varint) {
        const auto value = std::int32_t(std::uint32_t(field.value));
        switch (field.number) {
          case 3: if (value >= 1 && value <= 4) model_type = value; break;
          case 35: byte_fallback = field.value != 0; break;
          case 40: unk_id = value; break;
          case 41: bos_id = value; break;
          case 42: eos_id = value; break;
          default: break;
        }
      } else if (field.wire == Wire::bytes) {
        switch (field.number) {
          case 45: unk_piece = reader.text(field); break;
          case 46: bos_piece = reader.text(field); break;
          case 47: eos_piece = reader.text(field); break;
          default: break;
        }
      }
    }
  }

  void read_normalizer_spec(ProtobufReader& reader, ProtobufReader::Message message) {
    for (Field field; reader.next(message, field);) {
      if (field.is(2, Wire::bytes)) precompiled_charsmap = reader.bytes(field);
    }
  }
};

}  // namespace detail
}  // namespace skald
