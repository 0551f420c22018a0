// {"String": "..."} or {"Regex": "..."}: what Split and Replace look for.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "skald/text/json_fields.hpp"
#include "skald/text/regex.hpp"

namespace skald::inline SKALD_ABI {

class Pattern {
 public:
  Pattern() = default;  // finds nothing
  explicit Pattern(std::string literal) : what_(std::move(literal)) {}
  explicit Pattern(Regex regex) : what_(std::move(regex)) {}

  static Result<Pattern> from_json(Json json, const std::string& place) {
    JsonFields fields(json, place);
    if (!fields.failed() && json.size() == 1 && json.key(0) == "String") {
      return fields.finish(Pattern(fields.string("String")));
    }
    if (!fields.failed() && json.size() == 1 && json.key(0) == "Regex") {
      const std::string regex = fields.string("Regex");
      if (fields.failed()) return fields.finish(Pattern());
      Result<Regex> compiled = Regex::compile(regex);
      if (!compiled) return std::move(compiled).error().in(fields.place("Regex"));
      return Pattern(*std::move(compiled));
    }
    if (!fields.failed()) fields.fail(place, "{\"String\": ...} or {\"Regex\": ...}", json);
    return fields.finish(Pattern());
  }

  bool is_regex() const { return what_.index() == 1; }

  /// How many bytes at the end of the text, none before `from`, may begin a match of a literal pattern.
  std::size_t partial_match(std::string_view text, std::size_t from) const {
    const std::string& literal = *std::get_if<0>(&what_);
    std::size_t n = std::min(text.size() - from, literal.empty() ? 0 : literal.size() - 1);
    while (n > 0 && text.substr(text.size() - n) != std::string_view(literal).substr(0, n)) --n;
    return n;
  }

  /// Looks through one text after the other.
  class Finder {
   public:
    explicit Finder(const Pattern& pattern) : what_(make(pattern)) {}

    void start(std::string_view text) {
      if (auto* regex = std::get_if<1>(&what_)) return regex->start(text);
      text_ = text;
      at_ = 0;
    }

    /// The next match, left to right, none overlapping. An empty string is found nowhere.
    std::optional<ByteRange> next() {
      if (auto* regex = std::get_if<1>(&what_)) return regex->next();
      const std::string_view literal = *std::get_if<0>(&what_);
      const std::size_t found = literal.empty() ? text_.npos : text_.find(literal, at_);
      if (found == text_.npos) return std::nullopt;
      at_ = found + literal.size();
      return ByteRange{std::uint32_t(found), std::uint32_t(at_)};
    }

    Result<void> result() const {
      const auto* const regex = std::get_if<1>(&what_);
      return regex && regex->fault() ? Result<void>(regex->fault()) : Result<void>();
    }

   private:
    using What = std::variant<std::string_view, Regex::Matcher>;
    static What make(const Pattern& pattern) {
      if (const auto* const regex = std::get_if<1>(&pattern.what_)) return What(std::in_place_index<1>, *regex);
      return What(std::in_place_index<0>, *std::get_if<0>(&pattern.what_));
    }

    What what_;
    std::string_view text_;
    std::size_t at_ = 0;
  };

 private:
  std::variant<std::string, Regex> what_;
};

}  // namespace skald
