// A JSON object as a model family asks it: by name, with a default, faults gathered instead of returned.
#pragma once
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/core/type_list.hpp"
#include "skald/io/faults.hpp"
#include "skald/io/json.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// A value for a message: 3, "silu", null, [64, 32], an array, an object.
inline std::string json_text(const Json& j, bool inner = false) {
  if (const auto text = j.string()) return in_quotes(*text);
  if (const auto b = j.boolean()) return *b ? "true" : "false";
  if (const auto i = j.integer()) return std::to_string(*i);
  if (const auto number = j.number()) {
    char digits[32];  // std::to_chars: the shortest form, and no locale
    return {digits, std::to_chars(digits, digits + sizeof digits, *number).ptr};
  }
  if (j.is_null()) return "null";
  if (j.is_object()) return "an object";
  if (inner || j.size() > 4) return "an array";
  std::string list = "[";
  for (std::size_t i = 0; i < j.size(); ++i) list.append(i ? ", " : "").append(json_text(j[i], true));
  return list.append("]");
}

}  // namespace detail

/// What a config answers: bool, std::int32_t, float, double, std::string_view.
template <class T>
concept ConfigValue = is_one_of<T, bool, std::int32_t, float, double, std::string_view>;

/// A view of a config.json (or an object in one); copies and children share the list of faults.
/// Strings point into the JsonDocument, which must live as long.
class JsonConfig {
 public:
  /// `file` stands before messages. Another thing than an object is the first fault.
  explicit JsonConfig(Json object, std::string file = "config.json")
      : shared_(std::make_shared<Shared>(Shared{std::move(file), {}})), object_(object) {
    if (!object.is_object()) wrong({}, "an object", object);
  }

  /// Missing and null give the fallback; so does what is no T or no T can hold, which is recorded.
  /// An integer is fine where a float is asked for, 8.0 is not where an integer is.
  template <ConfigValue T>
  T field(std::string_view name, T fallback) const {
    const std::optional<Json> found = find(name);
    return found ? value(*found, fallback, std::string(name)) : fallback;
  }

  /// Present and not null.
  bool has(std::string_view name) const { return find(name).has_value(); }

  /// The value itself, where it is deeper than what is asked below; none if it is absent or null.
  std::optional<Json> get(std::string_view name) const { return find(name); }

  /// What kind of value stands there, where a field may be one of several.
  bool is_null(std::string_view name) const {
    const std::optional<Json> found = object_ ? object_->find(name) : std::nullopt;
    return found && found->is_null();
  }
  bool is_array(std::string_view name) const { return has(name) && find(name)->is_array(); }
  bool is_string(std::string_view name) const { return has(name) && find(name)->is_string(); }

  /// The object of that name; an empty one if it is absent or, recorded, something else.
  JsonConfig child(std::string_view name) const {
    JsonConfig inner(*this);
    inner.object_ = find(name);
    inner.path_.append(name).append(".");
    if (inner.object_ && !inner.object_->is_object()) {
      wrong(name, "an object", *inner.object_);
      inner.object_.reset();
    }
    return inner;
  }

  /// Elements of an array; 0 if it is absent or, recorded, something else.
  std::int32_t size(std::string_view name) const {
    const std::optional<Json> array = find_array(name);
    return array ? std::int32_t(array->size()) : 0;
  }

  /// Element i of an array, as field() reads it; the fallback beyond its end.
  template <ConfigValue T>
  T at(std::string_view name, std::int32_t i, T fallback) const {
    const std::optional<Json> array = find_array(name);
    if (!array || i < 0 || std::size_t(i) >= array->size()) return fallback;
    const Json element = (*array)[std::size_t(i)];
    if (element.is_null()) return fallback;
    return value(element, fallback, detail::sentence({name, "[", std::to_string(i), "]"}));
  }

  /// Records "config.json: rope_parameters.factor: <rule>, found 0.5".
  void reject(std::string_view name, const char* rule) const {
    const std::optional<Json> found = object_ ? object_->find(name) : std::nullopt;
    record(name, {rule, ", found ", found ? detail::json_text(*found) : std::string("nothing")});
  }

  /// What stands before messages: "config.json".
  const std::string& file() const { return shared_->file; }

  /// Every fault recorded so far, here and in any child.
  std::optional<Error> faults() const { return shared_->faults.error(); }

 private:
  struct Shared {
    std::string file;
    detail::FaultList faults;
  };

  std::optional<Json> find(std::string_view name) const {
    std::optional<Json> found = object_ ? object_->find(name) : std::nullopt;
    if (found && found->is_null()) found.reset();
    return found;
  }

  std::optional<Json> find_array(std::string_view name) const {
    std::optional<Json> found = find(name);
    if (found && !found->is_array()) {
      wrong(name, "an array", *found);
      found.reset();
    }
    return found;
  }

  template <class T>
  T value(const Json& j, T fallback, const std::string& name) const {
    if constexpr (std::is_same_v<T, bool>) {
      if (const auto b = j.boolean()) return *b;
      wrong(name, "true or false", j);
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      if (const auto text = j.string()) return *text;
      wrong(name, "a string", j);
    } else if constexpr (std::is_same_v<T, std::int32_t>) {
      const auto i = j.integer();
      if (i && *i == std::int32_t(*i)) return std::int32_t(*i);
      wrong(name, "an integer of 32 bits", j);
    } else {
      // NaN and the infinities pass: config.json may hold them.
      const auto number = j.number();
      const double magnitude = number && *number < 0 ? -*number : number.value_or(0);
      const bool beyond = magnitude > std::numeric_limits<T>::max() && magnitude <= std::numeric_limits<double>::max();
      if (number && !beyond) return T(*number);
      wrong(name, beyond ? "a number that a float holds" : "a number", j);
    }
    return fallback;
  }

  void wrong(std::string_view name, const char* expected, const Json& found) const {
    record(name, {"expected ", expected, ", found ", detail::json_text(found)});
  }

  void record(std::string_view name, std::initializer_list<std::string_view> what) const {
    std::string message = detail::sentence({shared_->file, ": ", path_, name, name.empty() ? "" : ": "});
    shared_->faults.add(FaultCode::mismatch, {message, detail::sentence(what)});
  }

  std::shared_ptr<Shared> shared_;
  std::optional<Json> object_;
  std::string path_;  // "rope_parameters."
};

}  // namespace skald
