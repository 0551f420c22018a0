// How a stage read from a file is made: the "type" of its JSON picks one component of a list.
#pragma once
#include <any>
#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/type_list.hpp"
#include "skald/text/json_fields.hpp"

namespace skald::inline SKALD_ABI {

/// What a component needs so that files can name it.
///
/// | expression | meaning |
/// | --- | --- |
/// | `C::type` | the "type" in the JSON, convertible to std::string_view |
/// | `C c; c.read(fields)` | reads its members from a JsonFields, which keeps what is wrong |
/// | `C::untyped_key` (optional) | files without "type" mean this component where the key is there |
template <class C>
concept Component = std::default_initializable<C> && requires(C& component, JsonFields& fields) {
  { C::type } -> std::convertible_to<std::string_view>;
  component.read(fields);
};

namespace detail {

struct AnyStage {};  // what a file may fill with one of several components

/// What hides a component's type. A stage derives its interface from it, and from that, for each type, what holds one.
struct HiddenComponent {
  virtual ~HiddenComponent() = default;
};
/// One type for all stages: another shared_ptr would cost every user's compiler as much as ten components.
using SharedComponent = std::shared_ptr<const HiddenComponent>;

/// An entry of a stage's table.
struct ComponentKind {
  std::string_view type, untyped_key;
  SharedComponent (*read)(JsonFields& fields);
};

template <class Holder>
SharedComponent read_held(JsonFields& fields) {
  auto* const holder = new Holder;
  const SharedComponent shared(static_cast<const HiddenComponent*>(holder));
  holder->component.read(fields);
  return shared;
}

template <Component C, class Holder>
constexpr ComponentKind component_kind() {
  if constexpr (requires { C::untyped_key; }) return {C::type, C::untyped_key, read_held<Holder>};
  else return {C::type, {}, read_held<Holder>};
}

/// Makes what the JSON names; nothing, and `fields` says why, if no kind is it.
inline SharedComponent read_component(JsonFields& fields, std::span<const ComponentKind> kinds) {
  const std::optional<std::string> type = fields.optional_string("type");
  if (fields.failed()) return nullptr;
  for (const ComponentKind& kind : kinds) {
    const bool named = type ? *type == kind.type : !kind.untyped_key.empty() && fields.find(kind.untyped_key);
    if (named) return kind.read(fields);
  }
  if (!type) {
    fields.fail(fields.place("type"), "a string", std::nullopt);
  } else {
    fields.fail(FaultCode::unsupported, fields.place("type").append(": \"").append(*type)
                                            .append("\" is not supported yet"));
  }
  return nullptr;
}

/// The T in `any`, which is made where there is another type or none yet: a scratch or a state of a hidden component.
template <class T>
T& value_in(std::any& any) {
  if (T* const value = std::any_cast<T>(&any)) return *value;
  return any.emplace<T>();
}

}  // namespace detail

/// Base of Self (AnyNormalizer and so on): holds a component of any type, shared by all copies, or none, which is what
/// an absent stage means. Self has
///
/// | name | meaning |
/// | --- | --- |
/// | `Self::Components` | TypeList of the components that files can name |
/// | `Self::Interface` | derives from detail::HiddenComponent; what the stage does, as virtual functions |
/// | `Self::Holder<C>` | implements it by its member `component`, a C |
template <class Self>
class AnyComponent : public detail::AnyStage {
 public:
  /// Takes the component that the JSON names.
  void read(JsonFields& fields) { read(fields, typename Self::Components()); }

  /// `place` stands before messages: "tokenizer.json: normalizer".
  static Result<Self> from_json(Json json, const std::string& place) {
    JsonFields fields(json, place);
    Self self;
    self.read(fields);
    return fields.finish(std::move(self));
  }

  /// Whether there is a component.
  explicit operator bool() const { return component_ != nullptr; }

 protected:
  AnyComponent() = default;
  explicit AnyComponent(const detail::HiddenComponent* component) : component_(component) {}

  /// The component; there must be one.
  const auto& hidden() const { return static_cast<const typename Self::Interface&>(*component_); }

 private:
  template <class... Cs>
  void read(JsonFields& fields, TypeList<Cs...>) {
    static constexpr detail::ComponentKind kinds[] = {
        detail::component_kind<Cs, typename Self::template Holder<Cs>>()...};
    component_ = detail::read_component(fields, kinds);
  }

  detail::SharedComponent component_;
};

/// Base of the components that are several of a stage in a row. Part is AnyNormalizer or its like.
template <class Part>
struct SequenceOf {
  static constexpr std::string_view type = "Sequence";

  std::vector<Part> parts;

  void read(JsonFields& fields) {
    const std::optional<Json> list = fields.array(Part::parts_key);
    parts = std::vector<Part>(list ? list->size() : 0);
    for (std::size_t i = 0; i < parts.size() && !fields.failed(); ++i) {
      JsonFields part((*list)[i], fields.place(Part::parts_key, i));
      parts[i].read(part);
      fields.fail_with(part);
    }
  }
};

}  // namespace skald
