// Reading the members of a JSON object without a line of error handling for each.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "skald/core/result.hpp"
#include "skald/io/json.hpp"

namespace skald::inline SKALD_ABI {

/// Reads one object. The first thing that is wrong is kept, with its place; reads after it give defaults. Ask finish()
/// before using anything. A message is "tokenizer.json: model.merges[3]: expected a string, found integer".
class JsonFields {
 public:
  /// `place` names the object in messages; a member is "<place>.<key>".
  JsonFields(Json object, std::string place) : object_(object), place_(std::move(place)) {
    const std::size_t named = place_.ends_with(": ") ? place_.size() - 2 : place_.size();
    if (!object.is_object()) fail(place_.substr(0, named), "an object", object);
  }

  const std::string& place() const { return place_; }
  std::string place(std::string_view key) const {
    const bool top = place_.ends_with(": ");
    return std::string(place_).append(top ? "" : ".").append(key);
  }
  /// Of an array's element: "<place>.<key>[3]".
  std::string place(std::string_view key, std::size_t i) const {
    return place(key).append("[").append(std::to_string(i)).append("]");
  }

  /// From now on all members but `kept`, whose names must outlive this, are those of another object.
  void replace_members(Json by, std::span<const std::string_view> kept) {
    other_ = by;
    kept_ = kept;
  }

  /// The member, or nothing where it is missing or null.
  std::optional<Json> find(std::string_view key) const {
    bool own = !other_;
    for (const std::string_view kept : kept_) own |= kept == key;
    std::optional<Json> member = (own ? object_ : *other_).find(key);
    if (member && member->is_null()) member.reset();
    return member;
  }

  // Members by their types. One that `otherwise` stands for may be missing.

  bool boolean(std::string_view key, std::optional<bool> otherwise = {}) {
    const auto member = get(key, "a boolean", [](Json json) { return json.is_boolean(); }, otherwise.has_value());
    return member ? *member->boolean() : otherwise.value_or(false);
  }
  std::string string(std::string_view key, std::optional<std::string_view> otherwise = {}) {
    const auto member = get(key, "a string", [](Json json) { return json.is_string(); }, otherwise.has_value());
    return std::string(member ? *member->string() : otherwise.value_or(""));
  }
  std::optional<std::string> optional_string(std::string_view key) {
    if (!find(key)) return std::nullopt;
    return string(key);
  }
  /// An integer of [0, 2^31).
  std::int32_t integer(std::string_view key, std::optional<std::int32_t> otherwise = {}) {
    constexpr std::string_view expected = "an integer from 0 to 2147483647";
    const auto member = get(key, expected, [](Json json) { return json.is_integer(); }, otherwise.has_value());
    const std::optional<std::int32_t> value = member ? as_int32(*member) : otherwise;
    if (member && !value) fail(place(key), expected, member);
    return value.value_or(0);
  }
  std::optional<Json> array(std::string_view key) {
    return get(key, "an array", [](Json json) { return json.is_array(); }, false);
  }
  std::optional<Json> object(std::string_view key) {
    return get(key, "an object", [](Json json) { return json.is_object(); }, false);
  }

  static std::optional<std::int32_t> as_int32(Json json) {
    const std::int64_t value = json.integer().value_or(-1);
    return value >= 0 && value <= INT32_MAX ? std::optional<std::int32_t>(std::int32_t(value)) : std::nullopt;
  }

  void fail(const std::string& place, std::string_view expected, std::optional<Json> found) {
    fail(FaultCode::malformed, std::string(place).append(": expected ").append(expected).append(", found ")
                                   .append(describe(found)));
  }
  void fail(FaultCode code, std::string message) {
    if (!failed()) error_ = Error(code, std::move(message));
  }
  /// What is wrong in a part is wrong here.
  void fail_with(const JsonFields& part) {
    if (!failed()) error_ = part.error_;
  }
  bool failed() const { return error_.code() != FaultCode::none; }

  /// `value`, or what went wrong.
  template <class T>
  Result<T> finish(T value) {
    if (failed()) return std::move(error_);
    return value;
  }

 private:
  static std::string describe(const std::optional<Json>& json) {
    if (!json) return "nothing";
    if (const auto text = json->string(); text && text->size() <= 40) {
      return std::string("\"").append(*text).append("\"");
    }
    if (const auto number = json->integer()) return std::to_string(*number);
    return json->kind();
  }

  /// The member if it is what `is` says; else nothing and, unless it may be missing and is, a fault.
  std::optional<Json> get(std::string_view key, std::string_view expected, bool (*is)(Json), bool optional) {
    if (failed()) return std::nullopt;
    const std::optional<Json> member = find(key);
    if (member ? is(*member) : optional) return member;
    fail(place(key), expected, member);
    return std::nullopt;
  }

  Json object_;
  std::optional<Json> other_;
  std::span<const std::string_view> kept_;
  std::string place_;
  Error error_;  // code none: all is well
};

}  // namespace skald
