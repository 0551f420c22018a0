// A config known at compile time, asked exactly as config.json is.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

#include "skald/spec/model_spec.hpp"

namespace skald::inline SKALD_ABI {

/// One field: {"hidden_size", 64}, {"tie_word_embeddings", true}, {"hidden_act", "silu"}.
struct ConfigField {
  std::string_view name;
  double number = 0;
  std::string_view text{};

  template <class T>
    requires std::is_arithmetic_v<T>
  constexpr ConfigField(std::string_view n, T value) : name(n), number(double(value)) {}
  constexpr ConfigField(std::string_view n, const char* value) : name(n), text(value) {}
};

/// Flat: what lies in objects and lists (rope_parameters, layer_types) keeps its default, or is set on the spec itself.
class FixedConfig {
 public:
  constexpr FixedConfig(std::initializer_list<ConfigField> fields) : fields_(fields.begin(), fields.size()) {}
  constexpr explicit FixedConfig(std::span<const ConfigField> fields) : fields_(fields) {}
  constexpr FixedConfig() = default;

  template <class T>
  constexpr T field(std::string_view name, T fallback) const {
    for (const ConfigField& f : fields_)
      if (f.name == name) {
        if constexpr (std::is_same_v<T, std::string_view>) return f.text;
        else return T(f.number);
      }
    return fallback;
  }
  constexpr bool has(std::string_view name) const {
    for (const ConfigField& f : fields_)
      if (f.name == name) return true;
    return false;
  }
  constexpr bool is_null(std::string_view) const { return false; }
  constexpr FixedConfig child(std::string_view) const { return {}; }
  constexpr std::int32_t size(std::string_view) const { return 0; }
  template <class T>
  constexpr T at(std::string_view, std::int32_t, T fallback) const { return fallback; }

  /// Not constexpr: in a constant the compiler stops here and shows the rule.
  void reject(std::string_view, const char*) const {}

 private:
  std::span<const ConfigField> fields_;
};

/// inline constexpr ModelSpec toy = spec_of<families::Llama>({{"hidden_size", 64}, {"num_hidden_layers", 5}});
template <class F>
consteval ModelSpec spec_of(std::initializer_list<ConfigField> fields) {
  return F::spec(FixedConfig(fields));
}

}  // namespace skald
