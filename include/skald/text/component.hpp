// How a stage read from a file is made: the "type" of its JSON picks one component of a list.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "skald/core/type_list.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {

/// What a component needs so that files can name it.
///
/// | expression | meaning |
/// | --- | --- |
/// | `C::type` | the "type" in the JSON, convertible to std::string_view |
/// | `C::from_json(fields)` | Result<C>; reads its members from a JsonFields |
/// | `C::untyped_key` (optional) | files without "type" mean this component where the key is there |
template <class C>
concept Component = requires(JsonFields& fields) {
  { C::type } -> std::convertible_to<std::string_view>;
  { C::from_json(fields) } -> std::same_as<Result<C>>;
};

namespace detail {
struct AnyStage {};  // what a file may fill with one of several components
}  // namespace detail

/// Base of Self, which holds one of Cs. The first is what an absent stage means; it must be default constructible.
template <class Self, class... Cs>
class OneComponentOf : public detail::AnyStage {
 public:
  using Components = TypeList<Cs...>;

  OneComponentOf() = default;
  template <Component C>
    requires(is_one_of<C, Cs...>)
  OneComponentOf(C component) : component_(std::move(component)) {}

  /// `place` stands before messages: "tokenizer.json: normalizer".
  static Result<Self> from_json(Json json, const std::string& place) {
    JsonFields fields(json, place);
    return from_json(fields);
  }
  static Result<Self> from_json(JsonFields& fields) {
    const std::optional<std::string> type = fields.optional_string("type");
    if (fields.failed()) return fields.finish(Self());
    std::optional<Result<Self>> made;
    TypeList<Cs...>::any([&]<class C>(std::type_identity<C>) {
      if (!names<C>(fields, type)) return false;
      Result<C> component = C::from_json(fields);
      if (component) made = Result<Self>(Self(*std::move(component)));
      else made = Result<Self>(std::move(component).error());
      return true;
    });
    if (made) return *std::move(made);
    if (!type) {
      fields.fail(fields.place("type"), "a string", std::nullopt);
    } else {
      fields.fail(FaultCode::unsupported, fields.place("type").append(": \"").append(*type)
                                              .append("\" is not supported yet"));
    }
    return fields.finish(Self());
  }

  template <class F>
  decltype(auto) visit(F f) const {
    return std::visit(f, component_);
  }

 private:
  template <class C>
  static bool names(const JsonFields& fields, const std::optional<std::string>& type) {
    if (type) return !type->empty() && *type == C::type;
    if constexpr (requires { C::untyped_key; }) return fields.find(C::untyped_key).has_value();
    return false;
  }

  std::variant<Cs...> component_;
};

/// Reads the parts of a "Sequence".
template <class Part>
Result<std::vector<Part>> parts_from_json(JsonFields& fields, std::string_view key) {
  std::vector<Part> parts;
  const std::optional<Json> list = fields.array(key);
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const std::string place = fields.place(key).append("[").append(std::to_string(i)).append("]");
    Result<Part> part = Part::from_json((*list)[i], place);
    if (!part) return std::move(part).error();
    parts.push_back(*std::move(part));
  }
  return fields.finish(std::move(parts));
}

}  // namespace skald
