// Regular expressions as tokenizer.json spells them (Oniguruma, Ruby syntax) rewritten for PCRE2.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/regex_reader.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Rewrites one pattern. What differs between the two and is handled here:
///
/// | written | PCRE2 would | here |
/// | --- | --- | --- |
/// | \p{L} \w \s \d [:punct:] ... | take its own Unicode version | sets of Unicode 16, regex_class.hpp |
/// | \h \v \e \N \O \R \X \b \B | mean other things by most of them | written out |
/// | [a[bc]&&[^d]] | know neither nested classes nor && | lookaheads |
/// | x{1,3}+ x{3}? x** | be possessive, lazy, an error | a repeated group |
/// | (?m:.) | let ^ and $ match at line ends (they always do) | (?s:.) |
/// | a(?i)b\|c | end the option's reach at \| | a(?i:b\|c) |
///
/// | (?i:ss) | not match U+00DF | (?i:(?:ss\|\x{DF}\|\x{1E9E})), and so for the ligatures of ff, fi, fl, st |
///
/// \K, \G, references and names are handed on. Refused: subroutine calls, absent operators, what PCRE2 refuses.
/// No other letter matches several when case does not matter, and none does in a class.
class RegexRewriter : RegexReader {
 public:
  RegexRewriter(std::string_view pattern, bool (*is_script)(std::string_view)) : RegexReader(pattern, is_script) {}

  Result<std::string> run() {
    groups_.push_back({});
    while (!failed() && at_ < pattern_.size()) step();
    if (!failed() && groups_.size() > 1) fail("a parenthesis that is not closed");
    if (failed()) return std::move(error_);
    close_options();
    return std::move(out_);
  }

 private:
  struct Group {
    std::size_t start = 0;          // where it begins in out_
    int options = 0;                // isolated options opened in it, each a group of its own
    bool extended = false;          // (?x): white space and comments are not part of the pattern
    bool caseless = false;          // (?i)
  };

  void atom(const std::string& regex) {
    atom_ = out_.size();
    out_ += regex;
  }
  void set_atom(const RegexSet& set, bool negated) { atom(regex_of(set, negated)); }
  void character_atom(char32_t c) {
    std::string regex;
    append_regex_character(regex, c);
    atom(regex);
  }

  void step() {
    const char c = pattern_[at_];
    if (groups_.back().extended && skip_extended()) return;
    switch (c) {
      case '\\': ++at_; return escape();
      case '[': {
        ++at_;
        const std::string regex = bracket();
        return atom(regex);
      }
      case '(': ++at_; return open();
      case ')': ++at_; return close();
      case '|': ++at_; out_ += '|'; atom_ = none; return;
      case '.': ++at_; return atom(".");
      case '^': case '$': ++at_; return atom(std::string(1, c));
      case '*': case '+': case '?': ++at_; return quantifier(std::string(1, c), true);
      case '{':
        if (interval()) return;
        break;
      default: break;
    }
    if (groups_.back().caseless && folded()) return;
    const CodePoint literal = decode_utf8(pattern_.data() + at_);
    at_ += std::size_t(literal.size);
    character_atom(literal.value);
  }

  /// Letters that are one character in another spelling, and that character.
  bool folded() {
    struct Folding {
      std::string_view letters, ligatures, regex;
    };
    static constexpr Folding foldings[] = {
        {"ffi", "\uFB03", "(?:ffi|\\x{FB03}|\\x{FB00}i|f\\x{FB01})"},
        {"ffl", "\uFB04", "(?:ffl|\\x{FB04}|\\x{FB00}l|f\\x{FB02})"},
        {"ss", "\u00DF\u1E9E", "(?:ss|\\x{DF}|\\x{1E9E})"},
        {"ff", "\uFB00", "(?:ff|\\x{FB00})"},
        {"fi", "\uFB01", "(?:fi|\\x{FB01})"},
        {"fl", "\uFB02", "(?:fl|\\x{FB02})"},
        {"st", "\uFB05\uFB06", "(?:st|\\x{FB05}|\\x{FB06})"}};
    const std::string_view rest = pattern_.substr(at_);
    const auto literal = std::size_t(decode_utf8(rest.data()).size);
    for (const Folding& folding : foldings) {
      std::size_t size = folding.letters.size();
      if (literal > 1) {
        if (folding.ligatures.find(rest.substr(0, literal)) == none) continue;
        size = literal;
      } else {
        if (!std::equal(folding.letters.begin(), folding.letters.end(), rest.begin(),
                        rest.begin() + std::min(size, rest.size()),
                        [](char a, char b) { return a == ascii_lowercase(b); })) {
          continue;
        }
        // What repeats the last letter does not repeat those before it.
        if (rest.size() > size && std::string_view("*+?{").find(rest[size]) != none) continue;
      }
      at_ += size;
      atom(std::string(folding.regex));
      return true;
    }
    return false;
  }

  bool skip_extended() {
    if (is_white_space(char32_t(static_cast<unsigned char>(pattern_[at_])))) { ++at_; return true; }
    if (pattern_[at_] != '#') return false;
    while (more() && pattern_[at_] != '\n') ++at_;
    return true;
  }

  // Quantifiers.

  void quantifier(const std::string& text, bool takes_plus) {
    if (atom_ == none) return fail("nothing to repeat");
    if (quantified_ == out_.size()) {  // a second quantifier repeats the first one's result
      out_.insert(atom_, "(?:");
      out_ += ')';
    }
    out_ += text;
    if (take("?")) out_ += '?';
    else if (takes_plus && take("+")) out_ += '+';
    quantified_ = out_.size();
  }

  bool interval() {
    std::size_t i = at_ + 1;
    const auto number = [&] {
      const std::size_t from = i;
      while (i < pattern_.size() && pattern_[i] >= '0' && pattern_[i] <= '9') ++i;
      return std::string(pattern_.substr(from, i - from));
    };
    std::string low = number(), high = low;
    const bool comma = i < pattern_.size() && pattern_[i] == ',';
    if (comma) { ++i; high = number(); }
    if (i >= pattern_.size() || pattern_[i] != '}' || (low.empty() && high.empty())) return false;
    if (low.size() > 5 || high.size() > 5) { fail("a repetition of more than 99999"); return true; }
    at_ = i + 1;
    if (low.empty()) low = "0";
    if (!comma) {
      quantifier("{" + low + "}", false);
      if (!failed() && out_.back() == '?') {  // x{3}? is an optional x{3}, not a lazy one
        out_.pop_back();
        out_.insert(atom_, "(?:");
        out_ += ")?";
        quantified_ = out_.size();
      }
    } else if (!high.empty() && std::stoi(high) < std::stoi(low)) {
      quantifier("{" + high + "," + low + "}+", false);  // bounds the wrong way round: possessive
    } else {
      quantifier("{" + low + "," + high + "}", false);
    }
    return true;
  }

  // Groups.

  void open() {
    Group group{out_.size(), 0, groups_.back().extended, groups_.back().caseless};
    if (take("?#")) {
      while (more() && pattern_[at_] != ')') ++at_;
      return take(")") ? void() : fail("a comment that is not closed");
    }
    if (groups_.size() > 200) return fail("more than 200 groups within each other");
    if (!take("?")) {
      out_ += '(';
      ++captures_;
    } else if (more() && std::string_view(":=!>").find(pattern_[at_]) != std::string_view::npos) {
      out_.append("(?").push_back(pattern_[at_++]);
    } else if (take("<=")) {
      out_ += "(?<=";
    } else if (take("<!")) {
      out_ += "(?<!";
    } else if (take("<") || take("'")) {
      const char end = pattern_[at_ - 1] == '<' ? '>' : '\'';
      const std::size_t length = pattern_.substr(at_).find(end);
      if (length == none || length == 0) return fail("a group name that does not end");
      out_.append("(?<").append(pattern_.substr(at_, length)).append(">");
      at_ += length + 1;
    } else {
      return options(group);
    }
    groups_.push_back(group);
    atom_ = none;
  }

  void options(Group group) {
    std::string on, off;
    std::string* which = &on;
    bool extended = group.extended, caseless = group.caseless;
    for (; more() && pattern_[at_] != ')' && pattern_[at_] != ':'; ++at_) {
      switch (pattern_[at_]) {
        case '-': which = &off; break;
        case 'i':
          which->push_back('i');
          caseless = which == &on;
          break;
        case 'm': which->push_back('s'); break;  // Ruby's m: the dot matches a newline too
        case 'x': extended = which == &on; break;
        default: return fail("an unknown group option");
      }
    }
    if (!more()) return fail("a group that is not closed");
    out_.append("(?").append(on).append(off.empty() ? "" : "-").append(off).append(":");
    atom_ = none;
    if (pattern_[at_++] == ':') {
      group.extended = extended;
      group.caseless = caseless;
      groups_.push_back(group);
    } else {  // reaches to the end of the group around it
      ++groups_.back().options;
      groups_.back().extended = extended;
      groups_.back().caseless = caseless;
    }
  }

  void close_options() { out_.append(std::size_t(groups_.back().options), ')'); }

  void close() {
    if (groups_.size() == 1) return fail("a closing parenthesis without an opening one");
    close_options();
    out_ += ')';
    atom_ = groups_.back().start;
    groups_.pop_back();
  }

  // Escapes.

  void escape() {
    if (!more()) return fail("a backslash at the end");
    const char c = pattern_[at_];
    RegexSet set;
    bool negated = false;
    if (class_escape(set, negated)) return set_atom(set, negated);
    switch (c) {
      case 'b': case 'B': {
        ++at_;
        const std::string word = regex_of(word_set(), false);
        const std::string is = "(?<=" + word + ")", is_not = "(?<!" + word + ")";
        const std::string next = "(?=" + word + ")", next_not = "(?!" + word + ")";
        return atom(c == 'b' ? "(?:" + is + next_not + "|" + is_not + next + ")"
                             : "(?:" + is + next + "|" + is_not + next_not + ")");
      }
      case 'A': case 'Z': case 'z': case 'G': case 'K':
        ++at_;
        return atom(std::string("\\").append(1, c));
      case 'R': ++at_; return atom("(?>\\x{D}\\x{A}|[\\x{A}-\\x{D}\\x{85}\\x{2028}\\x{2029}])");
      case 'X': {  // PCRE2 up to 10.42 joins pictures that nothing joins, and does not know the marks of Unicode 16
        ++at_;
        const std::string mark = regex_of(category_set("M"), false);
        const std::string extend = "(?:" + mark + "|[\\x{200C}\\x{1F3FB}-\\x{1F3FF}\\x{E0020}-\\x{E007F}])";
        const std::string rest = "(?:" + extend + "|\\x{200D})*+";
        const std::string control =
            "[\\p{Cc}\\p{Zl}\\p{Zp}\\x{AD}\\x{61C}\\x{180E}\\x{200B}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}"
            "\\x{2060}-\\x{206F}\\x{FEFF}\\x{FFF0}-\\x{FFFB}\\x{E0000}-\\x{E001F}\\x{E0080}-\\x{E00FF}]";
        return atom("(?>\\p{ExtPict}(?>" + extend + "*+\\x{200D}\\p{ExtPict})*+" + rest +
                    "|\\X(?<!" + control + ")" + rest + "|\\X)");
      }
      case 'N': ++at_; return atom("[^\\x{A}]");
      case 'O': ++at_; return atom(std::string(any_regex_character));
      case 'k': {
        ++at_;
        const std::size_t end = pattern_.substr(at_).find('>');
        if (!take("<") || end == none) return fail("a reference without a name");
        atom(std::string("\\k<").append(pattern_.substr(at_, end)));
        at_ += end;
        return;
      }
      case 'g': case 'c': case 'C': case 'M': case 'p': case 'P': case 'y': case 'Y':
        return fail("an escape that is not supported");
      default: break;
    }
    if (c >= '1' && c <= '9') {
      std::size_t end = at_;
      while (end < pattern_.size() && end < at_ + 4 && pattern_[end] >= '0' && pattern_[end] <= '9') ++end;
      const std::string number(pattern_.substr(at_, end - at_));
      if (number.size() == 1 || std::stoul(number) <= captures_) {  // else an octal number
        at_ = end;
        return atom("(?:\\g{" + number + "})");
      }
    }
    character_atom(character_escape());
  }

  std::string out_;
  std::vector<Group> groups_;
  unsigned captures_ = 0;          // groups opened so far that have a number
  std::size_t atom_ = none;        // where in out_ the last thing begins that a quantifier may repeat
  std::size_t quantified_ = none;  // the size of out_ right behind a quantifier
};

}  // namespace detail
}  // namespace skald
