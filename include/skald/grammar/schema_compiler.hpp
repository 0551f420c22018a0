// JSON schemas to rules.
#pragma once
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/grammar/json_formats.hpp"
#include "skald/grammar/json_rules.hpp"
#include "skald/grammar/number_range.hpp"
#include "skald/grammar/regex.hpp"
#include "skald/grammar/schema_reader.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A rule for every set of conditions; those that wait are a list, so schemas may refer to each other without recursion
/// here.
class SchemaCompiler {
 public:
  SchemaCompiler(Json root, Expressions& out, int whitespace)
      : out_(out), limits_(out.limits()), reader_(root), rules_(out, whitespace), ranges_(out) {
    compile({{root, "#", -1, -1}});
  }

  Result<void> run() {
    while (!waiting_.empty() && !reader_.failed() && !out_.full()) {
      const auto [rule, schemas] = std::move(waiting_.back());
      waiting_.pop_back();
      out_.define(rule, body(schemas));
      if (known_.size() > limits_.states / 50) {
        reader_.fail("#", "more sets of conditions than GrammarLimits::states / 50", FaultCode::unsupported);
      }
    }
    if (reader_.failed()) return std::move(reader_).error();
    return {};
  }

 private:
  enum Type : unsigned { null = 1, boolean = 2, integer = 4, fraction = 8, string = 16, array = 32, object = 64 };
  static constexpr unsigned every_type = 127, number = integer | fraction;

  /// The rule for values that meet all conditions.
  ExpressionId compile(const Schemas& schemas) {
    std::string key;
    for (const Schema& s : schemas) {
      key.append(s.path).append(":").append(std::to_string(s.any)).append(",").append(std::to_string(s.one));
      key += '\n';
    }
    const auto known = known_.find(key);
    if (known != known_.end()) return out_.rule(known->second);
    const RuleId rule = out_.add_rule(schemas.empty() ? "schema" : "schema " + schemas[0].path);
    known_.emplace(std::move(key), rule);
    waiting_.emplace_back(rule, schemas);
    return out_.rule(rule);
  }

  ExpressionId body(const Schemas& schemas) {
    const FlatSchema flat = reader_.flatten(schemas);
    if (reader_.failed()) return out_.empty();
    if (flat.never) return out_.nothing();
    for (std::size_t i = 0; i < flat.all.size(); ++i) {
      for (const bool any : {true, false}) {
        if ((any ? flat.all[i].any : flat.all[i].one) >= 0) continue;
        if (const auto list = reader_.array(flat.all[i], any ? "anyOf" : "oneOf")) return open(flat.all, i, any, *list);
      }
    }
    const unsigned types = types_of(flat.all);
    for (const Schema& s : flat.all) {
      if (s.json.find("enum") || s.json.find("const")) return listed(flat.all, types);
    }
    if (flat.all.empty() || types == 0) return types == 0 ? out_.nothing() : rules_.value();
    std::vector<ExpressionId> all;
    if (types & string) all.push_back(string_body(flat.all));
    if (types & number) all.push_back(number_body(flat.all, (types & fraction) == 0));
    if (types & object) all.push_back(object_body(flat.all));
    if (types & array) all.push_back(array_body(flat.all));
    if (types & boolean) all.push_back(rules_.boolean());
    if (types & null) all.push_back(rules_.null());
    return all.size() == 1 ? all[0] : out_.choice(all);
  }

  ExpressionId open(const Schemas& all, std::size_t which, bool any, Json list) {
    std::vector<ExpressionId> alternatives;
    Schemas chosen = all;
    for (std::size_t i = 0; i < list.size() && !out_.full(); ++i) {
      (any ? chosen[which].any : chosen[which].one) = int(i);
      alternatives.push_back(compile(chosen));
    }
    return out_.choice(alternatives);
  }

  // ---- Types

  unsigned type_named(const Schema& s, Json name) {
    static constexpr std::pair<std::string_view, unsigned> names[] = {
        {"null", null}, {"boolean", boolean}, {"integer", integer}, {"number", number},
        {"string", string}, {"array", array}, {"object", object}};
    for (const auto& [type_name, type] : names) {
      if (name.string() == type_name) return type;
    }
    reader_.fail(s.path + "/type", "expected null, boolean, integer, number, string, array or object");
    return 0;
  }

  /// Where no type is given, those that the conditions speak of: other values would be valid, but nobody means them.
  unsigned types_of(const Schemas& all) {
    unsigned types = every_type, spoken_of = 0;
    for (const Schema& s : all) {
      static constexpr std::pair<const char*, unsigned> keywords[] = {
          {"properties", object}, {"required", object}, {"additionalProperties", object}, {"patternProperties", object},
          {"minProperties", object}, {"maxProperties", object}, {"items", array}, {"prefixItems", array},
          {"minItems", array}, {"maxItems", array}, {"minLength", string}, {"maxLength", string}, {"pattern", string},
          {"format", string}, {"minimum", number}, {"maximum", number}, {"exclusiveMinimum", number},
          {"exclusiveMaximum", number}};
      for (const auto& [keyword, type] : keywords) {
        if (s.json.find(keyword)) spoken_of |= type;
      }
      const auto type = s.json.find("type");
      if (!type) continue;
      unsigned here = 0;
      if (!type->is_array()) here = type_named(s, *type);
      for (std::size_t i = 0; type->is_array() && i < type->size(); ++i) here |= type_named(s, (*type)[i]);
      types &= here;
    }
    return types == every_type && spoken_of != 0 ? spoken_of : types;
  }

  static unsigned type_of(Json j) {
    if (j.is_number()) {
      const double value = j.number().value_or(0);
      return value == std::floor(value) ? integer : fraction;
    }
    return j.is_null() ? null : j.is_boolean() ? boolean : j.is_string() ? string : j.is_array() ? array : object;
  }

  /// enum and const: values that are in every list and of the types.
  ExpressionId listed(const Schemas& all, unsigned types) {
    std::vector<std::string> left;
    bool first = true;
    for (const Schema& s : all) {
      for (const char* keyword :
           {"minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
            "properties", "required", "additionalProperties", "items", "prefixItems", "minItems", "maxItems",
            "patternProperties", "minProperties", "maxProperties"}) {
        if (s.json.find(keyword)) reader_.refuse(s.path, keyword, "is not supported beside enum or const");
      }
      std::vector<Json> values;
      if (const auto constant = s.json.find("const")) values.push_back(*constant);
      const auto list = reader_.array(s, "enum");
      for (std::size_t i = 0; list && i < list->size(); ++i) values.push_back((*list)[i]);
      if (list && s.json.find("const")) reader_.refuse(s.path, "const", "is not supported beside enum");
      if (values.empty() && !list) continue;
      std::vector<std::string> here;
      for (const Json& value : values) {
        if ((type_of(value) & types) != 0) here.push_back(json_literal(value));
      }
      const auto missing = [&](const std::string& v) { return std::find(here.begin(), here.end(), v) == here.end(); };
      if (first) left = here;
      else std::erase_if(left, missing);
      first = false;
    }
    std::vector<ExpressionId> texts;
    for (const std::string& text : left) texts.push_back(out_.text(text));
    return out_.choice(texts);
  }

  // ---- Strings and numbers

  ExpressionId string_body(const Schemas& all) {
    std::int32_t min = 0, max = Expressions::unbounded;
    std::optional<ExpressionId> pattern;
    for (const Schema& s : all) {
      min = std::max(min, reader_.count(s, "minLength").value_or(0));
      if (const auto most = reader_.count(s, "maxLength")) max = max < 0 ? *most : std::min(max, *most);
      for (const char* keyword : {"pattern", "format"}) {
        const auto text = reader_.text(s, keyword);
        if (!text) continue;
        if (pattern) {
          reader_.refuse(s.path, keyword, "a second pattern or format is not supported");
          return out_.empty();
        }
        pattern = pattern_body(s, keyword, *text);
      }
    }
    if (!pattern) {
      if (min == 0 && max < 0) return rules_.string();
      if (max >= 0 && max < min) return out_.nothing();
      return rules_.quoted(out_.repeat(rules_.character(), min, max));
    }
    if (min > 0 || max >= 0) {
      for (const Schema& s : all) {
        for (const char* keyword : {"minLength", "maxLength"}) {
          if (s.json.find(keyword)) reader_.refuse(s.path, keyword, "is not supported beside pattern or format");
        }
      }
    }
    return rules_.quoted(*pattern);
  }

  ExpressionId pattern_body(const Schema& s, std::string_view keyword, std::string_view text) {
    const bool is_format = keyword == "format";
    if (is_format) {
      const auto known = json_format(text);
      if (!known) return reader_.refuse(s.path, "format", "\"" + std::string(text) + "\" is not known"), out_.empty();
      text = *known;
    }
    GrammarScanner in(text, "schema: " + s.path + "/" + std::string(keyword), limits_);
    const ExpressionId found = PatternReader(out_, in, TextForm::json, is_format).run();
    if (in.failed()) reader_.fail_with(std::move(in).error());
    return found;
  }

  ExpressionId number_body(const Schemas& all, bool whole) {
    constexpr double none = std::numeric_limits<double>::infinity();
    double low = -none, high = none;
    bool low_exclusive = false, high_exclusive = false;
    const Schema* at = nullptr;
    for (const Schema& s : all) {
      for (const bool exclusive : {false, true}) {
        const double least = reader_.number(s, exclusive ? "exclusiveMinimum" : "minimum").value_or(-none);
        const double greatest = reader_.number(s, exclusive ? "exclusiveMaximum" : "maximum").value_or(none);
        if (least > low || (least == low && exclusive)) low = least, low_exclusive = exclusive;
        if (greatest < high || (greatest == high && exclusive)) high = greatest, high_exclusive = exclusive;
        if (least > -none || greatest < none) at = &s;
      }
    }
    if (!at) return whole ? rules_.integer() : rules_.number();
    constexpr double most = 999'999'999'999'999;  // as many digits as NumberRange::digits
    if (low > most || high < -most) {
      return reader_.fail(at->path, "bounds beyond 15 digits are not supported", FaultCode::unsupported), out_.empty();
    }
    if (whole) {
      double from = std::ceil(std::max(low, -most)), to = std::floor(std::min(high, most));
      if (low_exclusive && from == low) ++from;
      if (high_exclusive && to == high) --to;
      return from > to ? out_.nothing() : ranges_.integers(std::int64_t(from), std::int64_t(to));
    }
    const bool has_low = low > -most, has_high = high < most;
    // What is negative is the mirror of what is not; zero is written without a sign.
    std::vector<ExpressionId> parts;
    if (low < 0) {
      const bool to_zero = high >= 0;
      const auto near = bound(to_zero ? 0.0 : -high, to_zero || high_exclusive);
      const auto far = has_low ? bound(-low, low_exclusive) : std::nullopt;
      if (!near || (has_low && !far)) return unwritable(*at);
      parts.push_back(out_.sequence({out_.text("-"), ranges_.decimals(*near, far)}));
    }
    if (high >= 0) {
      const bool from_zero = low < 0;
      const auto near = bound(from_zero ? 0.0 : low, !from_zero && low_exclusive);
      const auto far = has_high ? bound(high, high_exclusive) : std::nullopt;
      if (!near || (has_high && !far)) return unwritable(*at);
      parts.push_back(ranges_.decimals(*near, far));
    }
    return out_.choice(parts);
  }
  ExpressionId unwritable(const Schema& s) {
    reader_.fail(s.path, "bounds with more than 15 digits are not supported", FaultCode::unsupported);
    return out_.empty();
  }

  /// Of a number that is not negative; none where its digits are too many for doubles to tell its neighbours apart.
  static std::optional<DecimalBound> bound(double value, bool exclusive) {
    char digits[400];
    const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed).ptr;
    const std::string_view text(digits, std::size_t(end - digits));
    if (text.size() > 16) return std::nullopt;
    const std::size_t point = std::min(text.find('.'), text.size());
    DecimalBound found{std::string(text.substr(0, point)), {}, exclusive};
    if (point < text.size()) found.fraction = text.substr(point + 1);
    return found;
  }

  // ---- Arrays and objects, in the other half of this class

  ExpressionId array_body(const Schemas& all);
  ExpressionId object_body(const Schemas& all);
  struct Property;
  struct Shape;
  Shape shape_of(const Schemas& all);
  ExpressionId additional_key(const std::vector<std::string>& names);
  void refuse_beside(const Schemas& all, const char* keyword, std::string_view why) {
    for (const Schema& s : all) {
      if (s.json.find(keyword)) reader_.refuse(s.path, keyword, why);
    }
  }

  Expressions& out_;
  GrammarLimits limits_;
  SchemaReader reader_;
  JsonRules rules_;
  NumberRange ranges_;
  std::map<std::string, RuleId, std::less<>> known_;
  std::vector<std::pair<RuleId, Schemas>> waiting_;
};

}  // namespace detail
}  // namespace skald
