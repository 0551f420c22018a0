// {"String": "..."} or {"Regex": "..."}: what Split and Replace look for.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/text/json_fields.hpp"
#include "skald/text/regex.hpp"
#include "skald/text/split_patterns/split_pattern.hpp"

namespace skald::inline SKALD_ABI {

class Pattern {
 public:
  Pattern() = default;  // finds nothing
  explicit Pattern(std::string literal) : literal_(std::move(literal)) {}
  explicit Pattern(Regex regex) : regex_(std::move(regex)) {}

  /// Reads a member of `fields`.
  void read(JsonFields& fields, std::string_view key) {
    const std::optional<Json> json = fields.object(key);
    if (!json) return;
    JsonFields members(*json, fields.place(key));
    if (json->size() == 1 && json->key(0) == "String") {
      literal_ = members.string("String");
    } else if (json->size() == 1 && json->key(0) == "Regex") {
      const std::string pattern = members.string("Regex");
      if (members.failed()) return fields.fail_with(members);
      if ((known_ = detail::find_split_pattern(pattern))) return;
      Result<Regex> regex = Regex::compile(pattern);
      if (regex) *this = Pattern(*std::move(regex));
      else fields.fail(regex.error().code(), members.place("Regex").append(": ").append(regex.error().message()));
    } else {
      fields.fail(members.place(), "{\"String\": ...} or {\"Regex\": ...}", json);
    }
    fields.fail_with(members);
  }

  bool is_regex() const { return regex_.has_value() || known_ != nullptr; }
  /// Its matcher by hand, or nullptr.
  const detail::SplitPattern* known() const { return known_; }

  /// How many bytes at the end of the text, none before `from`, may begin a match of a literal pattern.
  std::size_t partial_match(std::string_view text, std::size_t from) const {
    std::size_t n = std::min(text.size() - from, literal_.empty() ? 0 : literal_.size() - 1);
    while (n > 0 && text.substr(text.size() - n) != std::string_view(literal_).substr(0, n)) --n;
    return n;
  }

  /// Looks through one text after the other.
  class Finder {
   public:
    explicit Finder(const Pattern& pattern) : known_(pattern.known_), literal_(pattern.literal_) {
      if (pattern.regex_) matcher_.emplace(*pattern.regex_);
    }

    void start(std::string_view text) {
      if (matcher_) return matcher_->start(text);
      text_ = text;
      at_ = 0;
    }

    /// The next match, left to right, none overlapping. An empty string is found nowhere.
    std::optional<ByteRange> next() {
      if (matcher_) return matcher_->next();
      if (known_) {
        const ByteRange match = known_->find(text_, at_);
        at_ = match.end;
        return match.size() > 0 ? std::optional<ByteRange>(match) : std::nullopt;
      }
      const std::size_t found = literal_.empty() ? text_.npos : text_.find(literal_, at_);
      if (found == text_.npos) return std::nullopt;
      at_ = found + literal_.size();
      return ByteRange{std::uint32_t(found), std::uint32_t(at_)};
    }

    Result<void> result() const { return matcher_ ? Result<void>(matcher_->fault()) : Result<void>(); }

   private:
    const detail::SplitPattern* known_;
    std::string_view literal_, text_;
    std::optional<Regex::Matcher> matcher_;
    std::size_t at_ = 0;
  };

 private:
  std::string literal_;
  std::optional<Regex> regex_;
  const detail::SplitPattern* known_ = nullptr;
};

}  // namespace skald
