// JSON texts as trees to look at. Strict JSON (RFC 8259), UTF-8 checked, depth and size bounded.
#pragma once
#include <bit>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "skald/io/json_document.hpp"
#include "skald/io/mapped_file.hpp"

namespace skald::inline SKALD_ABI {

/// A view of one node; cheap to copy; valid while its JsonDocument lives, also when that is moved.
/// Asking for another type than the node's gives no value, never a fault.
class Json {
 public:
  bool is_null() const { return node_->kind == detail::JsonKind::null; }
  bool is_boolean() const { return node_->kind == detail::JsonKind::boolean; }
  bool is_integer() const { return node_->kind == detail::JsonKind::integer; }
  bool is_number() const { return is_integer() || node_->kind == detail::JsonKind::number; }
  bool is_string() const { return node_->kind == detail::JsonKind::string; }
  bool is_array() const { return node_->kind == detail::JsonKind::array; }
  bool is_object() const { return node_->kind == detail::JsonKind::object; }

  /// For messages: "null", "boolean", "integer", "number", "string", "array" or "object".
  const char* kind() const {
    constexpr const char* names[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
    return names[std::size_t(node_->kind)];
  }

  std::optional<bool> boolean() const { return value_if(is_boolean(), node_->bits != 0); }
  /// No value for 1.0 or 1e3, nor for an integer that 64 bits do not hold (that one is a number).
  std::optional<std::int64_t> integer() const { return value_if(is_integer(), std::int64_t(node_->bits)); }
  std::optional<double> number() const {
    if (is_integer()) return double(std::int64_t(node_->bits));
    return value_if(is_number(), std::bit_cast<double>(node_->bits));
  }
  std::optional<std::string_view> string() const {
    if (!is_string()) return std::nullopt;
    return text();
  }

  /// Elements of an array, members of an object, else 0.
  std::size_t size() const { return is_array() || is_object() ? node_->size : 0; }

  /// Element i of an array, value of member i of an object, in the text's order; i < size(). O(1).
  Json operator[](std::size_t i) const { return child(is_object() ? 2 * i + 1 : i); }

  /// Name of member i of an object; i < size(). O(1).
  std::string_view key(std::size_t i) const { return child(2 * i).text(); }

  /// The last member of that name, as Python's json; no value if there is none or this is no object. O(size()).
  std::optional<Json> find(std::string_view name) const {
    for (std::size_t i = is_object() ? size() : 0; i-- > 0;) {
      if (key(i) == name) return (*this)[i];
    }
    return std::nullopt;
  }

 private:
  friend class JsonDocument;
  Json(const detail::JsonData* data, const detail::JsonNode* node) : data_(data), node_(node) {}

  Json child(std::size_t i) const { return {data_, &data_->nodes[std::size_t(node_->bits) + i]}; }
  std::string_view text() const {
    return std::string_view(data_->strings).substr(std::size_t(node_->bits), node_->size);
  }
  template <class T>
  static std::optional<T> value_if(bool is, T value) {
    return is ? std::optional<T>(value) : std::nullopt;
  }

  const detail::JsonData* data_;
  const detail::JsonNode* node_;
};

/// Owns what Json looks at; nothing of the text is needed afterwards.
class JsonDocument {
 public:
  /// An empty object.
  JsonDocument() : JsonDocument({{}, {{detail::JsonKind::object, 0, 0}}}) {}

  /// `name` stands before messages: "config.json: line 3, column 7: Missing a comma or '}' after an object member."
  static Result<JsonDocument> parse(std::string_view text, std::string_view name, JsonLimits limits = {}) {
    Result<detail::JsonData> data = detail::parse_json(text, name, limits);
    if (!data) return std::move(data).error();
    return JsonDocument(*std::move(data));
  }

  Json root() const { return {data_.get(), &data_->nodes.back()}; }

 private:
  explicit JsonDocument(detail::JsonData data) : data_(std::make_unique<const detail::JsonData>(std::move(data))) {}
  std::unique_ptr<const detail::JsonData> data_;
};

/// Reads and parses a file. Errors: not_found and io name the file; malformed also the line and column.
inline Result<JsonDocument> read_json(const std::filesystem::path& path, JsonLimits limits = {}) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file) return file.error();
  return JsonDocument::parse(file->text(), path.string(), limits);
}

}  // namespace skald
