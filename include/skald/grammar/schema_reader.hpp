// JSON schemas as sets of conditions that hold together: references and allOf are followed, alternatives opened.
#pragma once
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"
#include "skald/io/json.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// One place of a schema document; `any`, `one`: which of its alternatives are chosen, -1: not yet.
struct Schema {
  Json json;
  std::string path;  // "#/properties/name"
  int any = -1, one = -1;
};
using Schemas = std::vector<Schema>;  // conditions that hold together

/// What the conditions say together.
struct FlatSchema {
  Schemas all;         // objects
  bool never = false;  // one of them is `false`
};

class SchemaReader {
 public:
  explicit SchemaReader(Json root) : root_(root) {}

  bool failed() const { return error_.has_value(); }
  Error error() && { return *std::move(error_); }
  void fail(const std::string& path, std::string_view why, FaultCode code = FaultCode::malformed) {
    if (!error_) error_.emplace(code, std::string("schema: ").append(path).append(": ").append(why));
  }
  void refuse(const std::string& path, std::string_view keyword, std::string_view why = "is not supported") {
    fail(path + "/" + std::string(keyword), why, FaultCode::unsupported);
  }

  void fail_with(const Error& error) {
    if (!error_) error_ = error;
  }

  FlatSchema flatten(const Schemas& from) {
    FlatSchema flat;
    std::set<std::string> seen, given;  // what is given may have its alternatives chosen: it counts, not what is met
    for (const Schema& s : from) given.insert(s.path);
    Schemas open(from.rbegin(), from.rend());  // a stack
    while (!open.empty() && !failed()) {
      const Schema s = open.back();
      open.pop_back();
      if (!seen.insert(s.path).second) continue;
      if (const auto value = s.json.boolean()) {
        flat.never = flat.never || !*value;
        continue;
      }
      if (!s.json.is_object()) {
        fail(s.path, std::string("expected an object or a boolean, found ").append(s.json.kind()));
        break;
      }
      check_keywords(s);
      const std::size_t before = open.size();
      follow(s, open);
      const auto met = open.begin() + std::ptrdiff_t(before);
      open.erase(std::remove_if(met, open.end(), [&](const Schema& m) { return given.contains(m.path); }), open.end());
      std::reverse(open.begin() + std::ptrdiff_t(before), open.end());
      flat.all.push_back(s);
    }
    return flat;
  }

  // Values of keywords, checked.

  std::optional<std::int32_t> count(const Schema& s, const char* keyword) {
    const auto json = s.json.find(keyword);
    if (!json) return std::nullopt;
    const auto value = json->number();
    if (!value || *value < 0 || *value != std::floor(*value)) {
      fail(s.path + "/" + keyword, std::string("expected a number of things, found ").append(json->kind()));
      return std::nullopt;
    }
    return std::int32_t(std::min(*value, 1e8));
  }
  std::optional<double> number(const Schema& s, const char* keyword) {
    const auto json = s.json.find(keyword);
    if (!json) return std::nullopt;
    if (!json->is_number()) fail(s.path + "/" + keyword, std::string("expected a number, found ").append(json->kind()));
    return json->number();
  }
  std::optional<std::string_view> text(const Schema& s, const char* keyword) {
    const auto json = s.json.find(keyword);
    if (!json) return std::nullopt;
    if (!json->is_string()) fail(s.path + "/" + keyword, std::string("expected a string, found ").append(json->kind()));
    return json->string();
  }
  std::optional<Json> object(const Schema& s, const char* keyword) {
    return checked(s, keyword, &Json::is_object, "an object");
  }
  std::optional<Json> array(const Schema& s, const char* keyword) {
    return checked(s, keyword, &Json::is_array, "an array");
  }

  static std::string below(const std::string& path, std::string_view name) {
    std::string spelled = path + "/";
    for (const char c : name) c == '~' ? spelled += "~0" : c == '/' ? spelled += "~1" : spelled += c;
    return spelled;
  }
  static std::string below(const std::string& path, std::size_t i) { return path + "/" + std::to_string(i); }

 private:
  std::optional<Json> checked(const Schema& s, const char* keyword, bool (Json::*is)() const, const char* expected) {
    const auto json = s.json.find(keyword);
    if (!json || ((*json).*is)()) return json;
    fail(s.path + "/" + keyword, std::string("expected ").append(expected).append(", found ").append(json->kind()));
    return std::nullopt;
  }

  /// What would change which texts are valid is never passed over.
  void check_keywords(const Schema& s) {
    for (const char* keyword :
         {"not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies", "contains",
          "minContains", "maxContains", "propertyNames", "$dynamicRef", "$recursiveRef"}) {
      if (s.json.find(keyword)) refuse(s.path, keyword);
    }
    if (const auto unique = s.json.find("uniqueItems"); unique && unique->boolean() != false) {
      refuse(s.path, "uniqueItems");
    }
    for (const char* keyword : {"unevaluatedProperties", "unevaluatedItems"}) {
      if (const auto u = s.json.find(keyword); u && u->is_object()) refuse(s.path, keyword);
    }
    if (const auto multiple = s.json.find("multipleOf")) refuse(s.path, "multipleOf");
  }

  void follow(const Schema& s, Schemas& open) {
    if (const auto reference = text(s, "$ref")) {
      if (const auto target = resolve(s, *reference)) open.push_back(*target);
    }
    const auto parts = array(s, "allOf");
    for (std::size_t i = 0; parts && i < parts->size(); ++i) {
      open.push_back({(*parts)[i], below(s.path + "/allOf", i), -1, -1});
    }
    for (const auto& [keyword, chosen] : {std::pair{"anyOf", s.any}, std::pair{"oneOf", s.one}}) {
      const auto alternatives = array(s, keyword);
      if (!alternatives) continue;
      if (alternatives->size() == 0) fail(s.path + "/" + keyword, "expected at least one schema");
      if (chosen < 0 || std::size_t(chosen) >= alternatives->size()) continue;
      const auto i = std::size_t(chosen);
      open.push_back({(*alternatives)[i], below(s.path + "/" + keyword, i), -1, -1});
    }
  }

  /// "#/$defs/node": a JSON pointer into this document.
  std::optional<Schema> resolve(const Schema& s, std::string_view reference) {
    const auto not_found = [&](FaultCode code, std::string_view why) {
      fail(s.path + "/$ref", std::string("\"").append(reference).append("\": ").append(why), code);
      return std::nullopt;
    };
    if (!reference.starts_with("#") || (reference.size() > 1 && reference[1] != '/')) {
      return not_found(FaultCode::unsupported, "expected a place in this schema, \"#/...\"");
    }
    Schema target{root_, "#", -1, -1};
    for (std::string_view rest = reference.substr(1); !rest.empty();) {
      rest.remove_prefix(1);
      const std::string_view spelled = rest.substr(0, rest.find('/'));
      rest.remove_prefix(spelled.size());
      const std::string name = unescaped(spelled);
      std::optional<Json> inner = target.json.find(name);
      if (target.json.is_array()) {
        std::size_t i = SIZE_MAX;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), i);
        const bool whole = error == std::errc() && end == name.data() + name.size();
        if (whole && i < target.json.size()) inner = target.json[i];
      }
      if (!inner) return not_found(FaultCode::not_found, "no such place in the schema");
      target = {*inner, below(target.path, name), -1, -1};
    }
    return target;
  }

  /// ~0, ~1 and %XX.
  static std::string unescaped(std::string_view spelled) {
    std::string name;
    for (std::size_t i = 0; i < spelled.size(); ++i) {
      unsigned byte = 0;
      const char* const from = spelled.data() + i + 1;
      if (spelled[i] == '%' && i + 2 < spelled.size() && std::from_chars(from, from + 2, byte, 16).ptr == from + 2) {
        name += char(byte);
        i += 2;
      } else if (spelled[i] == '~' && i + 1 < spelled.size() && (spelled[i + 1] == '0' || spelled[i + 1] == '1')) {
        name += spelled[++i] == '0' ? '~' : '/';
      } else {
        name += spelled[i];
      }
    }
    return name;
  }

  Json root_;
  std::optional<Error> error_;
};

}  // namespace detail
}  // namespace skald
