// How a parsed JSON text lies in memory, and its builder. The only file that knows the JSON reader (RapidJSON).
#pragma once
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "skald/core/result.hpp"

namespace skald::inline SKALD_ABI {

/// What a JSON text may ask of us. Memory stays below about 40 bytes a byte of text, whatever the text says.
struct JsonLimits {
  std::size_t bytes = 256u << 20;  ///< of the text
  int depth = 128;                 ///< arrays and objects within each other; no recursion, so any number is safe
  bool nan = false;                ///< NaN, Infinity and -Infinity are numbers, as Python's json writes them
};

namespace detail {

enum class JsonKind : std::uint8_t { null, boolean, integer, number, string, array, object };

/// Sixteen bytes: `bits` is the value itself, or where the string's bytes or the first child lie.
/// The children of one node lie side by side; an object's are name, value, name, value.
struct JsonNode {
  JsonKind kind = JsonKind::null;
  std::uint32_t size = 0;  // bytes of a string, elements of an array, members of an object
  std::uint64_t bits = 0;
};

struct JsonData {
  std::string strings;
  std::vector<JsonNode> nodes;  // the root is the last
};

/// Receives the reader's events. A node waits in `open_` until the array or object around it ends.
class JsonBuilder {
 public:
  JsonBuilder(JsonData& data, const JsonLimits& limits) : data_(data), limits_(limits) {}

  const char* refusal() const { return refusal_; }

  bool Null() { return put(JsonKind::null, 0, 0); }
  bool Bool(bool b) { return put(JsonKind::boolean, 0, b); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return number({text, size}); }
  bool Int(int) { return false; }  // numbers come as text: these are never called
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::size_t at = data_.strings.size();
    data_.strings.append(text, size);
    return put(JsonKind::string, size, at);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool copy) { return String(text, size, copy); }
  bool StartArray() { return deeper(); }
  bool StartObject() { return deeper(); }
  bool EndArray(rapidjson::SizeType elements) { return close(JsonKind::array, elements, elements); }
  bool EndObject(rapidjson::SizeType members) { return close(JsonKind::object, members, std::size_t{2} * members); }

  void finish() { data_.nodes.push_back(open_.back()); }

 private:
  bool put(JsonKind kind, std::uint32_t size, std::uint64_t bits) {
    open_.push_back({kind, size, bits});
    return true;
  }
  /// The reader has checked the grammar; it does not round to the nearest double in every release, this does.
  bool number(std::string_view text) {
    const char* const end = text.data() + text.size();
    if (text.find_first_of(".eENI") == text.npos) {
      std::int64_t integer = 0;
      if (std::from_chars(text.data(), end, integer).ec == std::errc()) {
        return put(JsonKind::integer, 0, std::uint64_t(integer));
      }
    }
    double value = 0;
    if (std::from_chars(text.data(), end, value).ec != std::errc()) {
      const std::size_t exponent = text.find_first_of("eE");
      const bool tiny = exponent == text.npos || text[exponent + 1] == '-';
      if (!tiny) return refuse("a number too large for 64 bits");
      value = 0;
    }
    const bool finite = text.find_first_of("NI") == text.npos;
    if (!finite && !limits_.nan) return refuse("NaN and Infinity are not allowed here");
    return put(JsonKind::number, 0, std::bit_cast<std::uint64_t>(value));
  }
  bool refuse(const char* why) {
    refusal_ = why;
    return false;
  }
  bool deeper() { return ++depth_ <= limits_.depth || refuse("too many arrays and objects within each other"); }
  bool close(JsonKind kind, std::uint32_t size, std::size_t children) {
    --depth_;
    const std::size_t at = data_.nodes.size();
    const auto first = open_.end() - std::ptrdiff_t(children);
    data_.nodes.insert(data_.nodes.end(), first, open_.end());
    open_.erase(first, open_.end());
    return put(kind, size, at);
  }

  JsonData& data_;
  const JsonLimits& limits_;
  std::vector<JsonNode> open_;
  int depth_ = 0;
  const char* refusal_ = nullptr;
};

/// "line 3, column 7" of a place in a text; columns count characters, both from one.
inline std::string json_place(std::string_view text, std::size_t offset) {
  std::size_t line = 1, column = 1;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') ++line, column = 1;
    else if ((c & 0xC0) != 0x80) ++column;
  }
  return std::string("line ").append(std::to_string(line)).append(", column ").append(std::to_string(column));
}

inline Result<JsonData> parse_json(std::string_view text, std::string_view name, const JsonLimits& limits) {
  const auto fail = [&](const std::string& place, std::string_view why) {
    return Error(FaultCode::malformed, std::string(name).append(": ").append(place).append(": ").append(why));
  };
  if (text.size() > limits.bytes || text.size() > UINT32_MAX) {
    return Error(FaultCode::unsupported,
                 std::string(name).append(": expected at most ").append(std::to_string(limits.bytes))
                     .append(" bytes of JSON, found ").append(std::to_string(text.size())));
  }
  JsonData data;
  data.strings.reserve(text.size());
  data.nodes.reserve(text.size() / 16);  // growing costs more than memory that is not touched
  JsonBuilder builder(data, limits);
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag |
                             rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNanAndInfFlag;
  const rapidjson::ParseResult parsed = reader.Parse<flags>(stream, builder);
  if (parsed.IsError()) {
    const char* why = builder.refusal() ? builder.refusal() : rapidjson::GetParseError_En(parsed.Code());
    return fail(json_place(text, parsed.Offset()), why);
  }
  // The reader takes a zero byte for the end.
  if (stream.Tell() != text.size()) return fail(json_place(text, stream.Tell()), "more text behind the JSON value");
  builder.finish();
  return data;
}

}  // namespace detail
}  // namespace skald
