// The values of JSON as rules.
#pragma once
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "skald/grammar/text_form.hpp"
#include "skald/io/json.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// A JSON text without white space.
inline std::string json_literal(Json j) {
  if (const auto text = j.string()) return "\"" + json_text(*text) + "\"";
  if (const auto value = j.boolean()) return *value ? "true" : "false";
  if (const auto value = j.integer()) return std::to_string(*value);
  if (const auto value = j.number()) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, *value).ptr};
  }
  if (j.is_null()) return "null";
  std::string text(1, j.is_array() ? '[' : '{');
  for (std::size_t i = 0; i < j.size(); ++i) {  // as deep as JsonLimits let it be
    if (i > 0) text += ',';
    if (j.is_object()) text.append("\"").append(json_text(j.key(i))).append("\":");
    text += json_literal(j[i]);
  }
  return text += j.is_array() ? ']' : '}';
}

/// Each is made when it is first asked for.
class JsonRules {
 public:
  /// `whitespace`: how many characters of indentation may stand where white space may; 0: none at all.
  JsonRules(Expressions& out, int whitespace) : out_(out), whitespace_(whitespace) {}

  /// Nothing, a space, or a new line with its indentation.
  ExpressionId space() {
    if (whitespace_ == 0) return out_.empty();
    return rule(space_, "white space", [this] {
      const ExpressionId blank = out_.choice({out_.bytes(' ', ' '), out_.bytes('\t', '\t')});
      return out_.choice({out_.empty(), out_.text(" "),
                          out_.sequence({out_.text("\n"), out_.repeat(blank, 0, whitespace_)})});
    });
  }

  /// One character of a string, as it is or escaped; no surrogates.
  ExpressionId character() {
    return rule(character_, "a character", [this] {
      const auto hex = [this](std::string_view ranges) {
        std::vector<ExpressionId> all;
        for (std::size_t i = 0; i < ranges.size(); i += 2) {
          all.push_back(out_.bytes(std::uint8_t(ranges[i]), std::uint8_t(ranges[i + 1])));
        }
        return out_.choice(all);
      };
      const ExpressionId any = hex("09AFaf");
      const ExpressionId number = out_.choice({out_.sequence({hex("09ACEFacef"), any, any, any}),
                                               out_.sequence({hex("DDdd"), hex("07"), any, any})});
      std::vector<ExpressionId> letters;
      for (const char c : std::string_view("\"\\/bfnrt")) {
        letters.push_back(out_.bytes(std::uint8_t(c), std::uint8_t(c)));
      }
      letters.push_back(out_.sequence({out_.text("u"), number}));
      return out_.choice({raw_character({}), out_.sequence({out_.text("\\"), out_.choice(letters)})});
    });
  }

  /// One character that stands as it is, but those of `without`.
  ExpressionId raw_character(CharacterSet without) {
    without.add(0, 0x1F);
    without.add('"', '"');
    without.add('\\', '\\');
    return out_.character(without.complement());
  }

  ExpressionId string() {
    return rule(string_, "a string", [this] { return quoted(out_.repeat(character(), 0)); });
  }
  ExpressionId quoted(ExpressionId inner) { return out_.sequence({out_.text("\""), inner, out_.text("\"")}); }

  ExpressionId integer() {
    return rule(integer_, "an integer", [this] { return out_.sequence({out_.optional(out_.text("-")), whole()}); });
  }
  ExpressionId number() {
    return rule(number_, "a number", [this] {
      const ExpressionId digit = out_.bytes('0', '9');
      const ExpressionId sign = out_.optional(out_.choice({out_.text("+"), out_.text("-")}));
      const ExpressionId e = out_.choice({out_.text("e"), out_.text("E")});
      return out_.sequence({out_.optional(out_.text("-")), whole(),
                            out_.optional(out_.sequence({out_.text("."), out_.repeat(digit, 1, 16)})),
                            out_.optional(out_.sequence({e, sign, out_.repeat(digit, 1, 2)}))});
    });
  }
  ExpressionId boolean() { return out_.choice({out_.text("true"), out_.text("false")}); }
  ExpressionId null() { return out_.text("null"); }

  /// Any value.
  ExpressionId value() {
    return rule(value_, "a value", [this] {
      const ExpressionId any = out_.rule(value_);
      return out_.choice({string(), number(), boolean(), null(), array(list(any, 0, Expressions::unbounded)),
                          object(list(member(string(), any), 0, Expressions::unbounded))});
    });
  }

  ExpressionId comma() { return out_.sequence({out_.text(","), space()}); }
  ExpressionId member(ExpressionId key, ExpressionId of) {
    return out_.sequence({key, out_.text(":"), space(), of});
  }
  ExpressionId array(ExpressionId inner) { return in_brackets("[", inner, "]"); }
  ExpressionId object(ExpressionId inner) { return in_brackets("{", inner, "}"); }

  /// min to max of them with commas between.
  ExpressionId list(ExpressionId one, std::int32_t min, std::int32_t max) {
    if (max == 0) return out_.empty();
    const ExpressionId more = out_.repeat(out_.sequence({comma(), one}), std::max(min - 1, 0), max < 0 ? max : max - 1);
    const ExpressionId all = out_.sequence({one, more});
    return min == 0 ? out_.optional(all) : all;
  }

 private:
  template <class F>
  ExpressionId rule(RuleId& id, const char* name, F&& body) {
    if (id < 0) {
      id = out_.add_rule(name);
      const RuleId made = id;
      out_.define(made, body());
    }
    return out_.rule(id);
  }

  /// Without superfluous zeros, and no more digits than a double tells apart.
  ExpressionId whole() {
    const ExpressionId more = out_.repeat(out_.bytes('0', '9'), 0, 14);
    return out_.choice({out_.text("0"), out_.sequence({out_.bytes('1', '9'), more})});
  }
  ExpressionId in_brackets(std::string_view open, ExpressionId inner, std::string_view close) {
    return out_.sequence({out_.text(open), space(), inner, space(), out_.text(close)});
  }

  Expressions& out_;
  int whitespace_;
  RuleId space_ = -1, character_ = -1, string_ = -1, integer_ = -1, number_ = -1, value_ = -1;
};

}  // namespace detail
}  // namespace skald
