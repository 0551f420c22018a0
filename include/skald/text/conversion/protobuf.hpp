// The wire format of protocol buffers, as much of it as SentencePiece models need.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "skald/core/result.hpp"
#include "skald/text/utf8.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Reads a file's messages in place; nothing is copied and nothing recurses. The first thing that is wrong is kept,
/// with the file's name and the byte; after it there are no more fields.
/// https://protobuf.dev/programming-guides/encoding
class ProtobufReader {
 public:
  enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  /// A message is a range of the file.
  struct Message {
    std::size_t at, end;
  };

  struct Field {
    std::uint64_t number = 0;
    Wire wire = Wire::varint;
    std::uint64_t value = 0;    // of numbers
    Message range{0, 0};        // of bytes
    std::size_t place = 0;      // where the field begins

    bool is(std::uint64_t n, Wire w) const { return number == n && wire == w; }
  };

  /// `file` must outlive this.
  ProtobufReader(std::string_view file, std::string name) : file_(file), name_(std::move(name)) {}

  Message whole() const { return {0, file_.size()}; }

  /// The message's next field; false at its end, or if there is a fault.
  bool next(Message& message, Field& field) {
    if (failed() || message.at == message.end) return false;
    field.place = message.at;
    std::uint64_t tag = 0;
    if (!varint(message, tag)) return false;
    field.number = tag >> 3;
    field.wire = Wire(tag & 7);
    if (field.number == 0 || field.number >= 1u << 29) return fail(field.place, "not a field of a protocol buffer");
    switch (field.wire) {
      case Wire::varint: return varint(message, field.value);
      case Wire::fixed64: return fixed(message, 8, field.value);
      case Wire::fixed32: return fixed(message, 4, field.value);
      case Wire::bytes: break;
      default: return fail(field.place, "not a field of a protocol buffer");
    }
    std::uint64_t size = 0;
    if (!varint(message, size)) return false;
    if (size > message.end - message.at) return fail(field.place, "a field goes on beyond the end");
    field.range = {message.at, message.at + std::size_t(size)};
    message.at = field.range.end;
    return true;
  }

  std::string_view bytes(const Field& field) const {
    return file_.substr(field.range.at, field.range.end - field.range.at);
  }

  /// The bytes of a field that must be UTF-8.
  std::string_view text(const Field& field) {
    const std::string_view text = bytes(field);
    if (const std::size_t valid = valid_utf8_prefix(text); valid != text.size()) {
      fail(field.range.at + valid, "text that is not UTF-8");
    }
    return text;
  }

  /// Always false.
  bool fail(std::size_t place, std::string_view why) {
    if (failed()) return false;
    error_ = Error(FaultCode::malformed, std::string(name_).append(": byte ").append(std::to_string(place))
                                             .append(": ").append(why));
    return false;
  }
  bool failed() const { return error_.code() != FaultCode::none; }
  Error& error() { return error_; }

 private:
  bool varint(Message& message, std::uint64_t& value) {
    const std::size_t place = message.at;
    value = 0;
    for (int shift = 0; shift < 70 && message.at < message.end; shift += 7) {
      const auto byte = static_cast<unsigned char>(file_[message.at++]);
      value |= shift < 64 ? std::uint64_t(byte & 0x7F) << shift : 0;
      if (byte < 0x80) return true;
    }
    return fail(place, "a number without an end");
  }

  bool fixed(Message& message, std::size_t size, std::uint64_t& value) {
    if (size > message.end - message.at) return fail(message.at, "a field goes on beyond the end");
    value = 0;
    for (std::size_t i = size; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(file_[message.at + i]);
    }
    message.at += size;
    return true;
  }

  std::string_view file_;
  std::string name_;
  Error error_;
};

}  // namespace detail
}  // namespace skald
