// Reading the members of a JSON object without a line of error handling for each.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

  /// From now on all members but `kept` are those of another object.
  void replace_members(Json by, std::vector<std::string_view> kept) {
    other_ = by;
    kept_ = std::move(kept);
  }

  /// The member, or nothing where it is missing or null.
  std::optional<Json> find(std::string_view key) const {
    const bool own = !other_ || std::find(kept_.begin(), kept_.end(), key) != kept_.end();
    std::optional<Json> member = (own ? object_ : *other_).find(key);
    if (member && member->is_null()) member.reset();
    return member;
  }

  bool boolean(std::string_view key, std::optional<bool> otherwise = {}) {
    return get(key, "a boolean", otherwise, [](Json json) { return json.boolean(); });
  }
  std::string string(std::string_view key, std::optional<std::string> otherwise = {}) {
    return get(key, "a string", std::move(otherwise), [](Json json) -> std::optional<std::string> {
      const std::optional<std::string_view> text = json.string();
      return text ? std::optional<std::string>(*text) : std::nullopt;
    });
  }
  std::optional<std::string> optional_string(std::string_view key) {
    if (!find(key)) return std::nullopt;
    return string(key);
  }
  /// An integer of [0, 2^31).
  std::int32_t integer(std::string_view key, std::optional<std::int32_t> otherwise = {}) {
    return get(key, "an integer from 0 to 2147483647", otherwise, as_int32);
  }
  std::optional<Json> array(std::string_view key) {
    return get(key, "an array", std::optional<std::optional<Json>>{}, [](Json json) {
      return json.is_array() ? std::optional<std::optional<Json>>(json) : std::nullopt;
    });
  }
  std::optional<Json> object(std::string_view key) {
    return get(key, "an object", std::optional<std::optional<Json>>{}, [](Json json) {
      return json.is_object() ? std::optional<std::optional<Json>>(json) : std::nullopt;
    });
  }

  static std::optional<std::int32_t> as_int32(Json json) {
    const std::optional<std::int64_t> value = json.integer();
    return value && *value >= 0 && *value <= INT32_MAX ? std::optional<std::int32_t>(std::int32_t(*value))
                                                       : std::nullopt;
  }

  void fail(const std::string& place, std::string_view expected, std::optional<Json> found) {
    fail(FaultCode::malformed, std::string(place).append(": expected ").append(expected).append(", found ")
                                   .append(describe(found)));
  }
  void fail(FaultCode code, std::string message) {
    if (!error_) error_ = Error(code, std::move(message));
  }
  bool failed() const { return error_.has_value(); }

  /// `value`, or what went wrong.
  template <class T>
  Result<T> finish(T value) {
    if (error_) return *std::move(error_);
    return value;
  }
  Result<void> finish() {
    if (error_) return *std::move(error_);
    return {};
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

  template <class T, class Convert>
  T get(std::string_view key, std::string_view expected, std::optional<T> otherwise, Convert convert) {
    if (error_) return T{};
    const std::optional<Json> member = find(key);
    if (!member && otherwise) return *std::move(otherwise);
    std::optional<T> value = member ? convert(*member) : std::nullopt;
    if (!value) fail(place(key), expected, member);
    return value ? *std::move(value) : T{};
  }

  Json object_;
  std::optional<Json> other_;
  std::vector<std::string_view> kept_;
  std::string place_;
  std::optional<Error> error_;
};

}  // namespace skald
