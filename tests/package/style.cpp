// What keeps headers readable and harmless: size, lines, macros, and no word that surprises the host.
#include <boost/test/unit_test.hpp>
#include <set>

#include "package/sources.hpp"

namespace {

using namespace package;

constexpr std::size_t most_lines = 400, most_columns = 120;

/// Tables are as long as what they list.
bool is_table(std::string_view path) {
  return path.find("/tables/") != path.npos || path.find("/unicode/") != path.npos;
}

/// The library reports by Fault and Result: it does not throw (but in unwrap), stop the process or write to a console.
const std::set<std::string, std::less<>> unwelcome{
    "throw", "try",  "catch",  "dynamic_cast", "typeid", "assert", "abort", "exit", "_Exit", "quick_exit", "terminate",
    "cout",  "cerr", "clog",   "printf",       "fprintf", "vprintf", "puts",  "fputs", "putchar", "perror", "goto",
};

/// Macros: all in core/config.hpp, but for the one that PCRE2 wants of those who include it.
bool may_define(std::string_view path, std::string_view macro) {
  return path == "skald/core/config.hpp" || macro == "PCRE2_CODE_UNIT_WIDTH";
}

std::size_t columns(std::string_view line) {
  return std::size_t(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

Findings faults_of(const Source& in) {
  Findings found;
  const auto lines = lines_of(in.text);
  if (lines.size() > most_lines && !is_table(in.path))
    report(found, in, lines.size(), "expected at most 400 lines, found " + std::to_string(lines.size()));
  if (std::ranges::find(lines, "#pragma once") == lines.end()) report(found, in, 1, "no #pragma once");
  const std::string code = code_of(in.text);
  const auto code_lines = lines_of(code);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = i < code_lines.size() ? code_lines[i] : std::string_view();
    if (columns(lines[i]) > most_columns)
      report(found, in, i + 1, "expected at most 120 columns, found " + std::to_string(columns(lines[i])));
    std::string before;
    for (std::size_t at = 0; at < line.size();) {
      if (!is_word(line[at])) { ++at; continue; }
      const std::size_t from = at;
      while (at < line.size() && is_word(line[at])) ++at;
      const std::string word(line.substr(from, at - from));
      const bool unwraps = in.path == "skald/core/result.hpp" && word == "throw";
      if (unwelcome.contains(word) && !unwraps) report(found, in, i + 1, word);
      if (before == "define" && line.find('#') < from && !may_define(in.path, word))
        report(found, in, i + 1, "macro " + word + " outside core/config.hpp");
      before = word;
    }
  }
  return found;
}

Findings faults_of(std::string text, std::string path = "skald/io/a.hpp") {
  return faults_of(Source{std::move(path), std::move(text)});
}

BOOST_AUTO_TEST_SUITE(package_style)

BOOST_AUTO_TEST_CASE(headers_are_small_and_harmless) {
  Findings found;
  std::vector<std::size_t> sizes;
  for (const Source& in : read_headers(SKALD_SOURCE_DIR "/include")) {
    std::ranges::copy(faults_of(in), std::back_inserter(found));
    if (!is_table(in.path)) sizes.push_back(lines_of(in.text).size());
  }
  BOOST_TEST(found.empty(), join(found));
  std::ranges::sort(sizes);
  BOOST_TEST_MESSAGE(sizes.size() << " headers, median " << sizes[sizes.size() / 2] << ", longest " << sizes.back());
}

BOOST_AUTO_TEST_CASE(each_fault_is_found) {
  const std::string once = "#pragma once\n";
  const std::vector<std::string> planted{
      "int i;\n",
      once + std::string(most_columns + 1, '/'),
      once + "#define SKALD_X 1\n",
      once + "# define SKALD_X 1\n",
      once + "void f() { throw 1; }\n",
      once + "void f() { std::abort(); }\n",
      once + "auto c = '\"'; void f() { std::exit(1); } auto d = \"\";\n",
      once + "/* a */ int n = 1'000; void f() { assert(n); }  // '\n",
      once + "inline void f() { std::cout << R\"x(a)\")x\"; }\n",
      once + [] { std::string lines; for (std::size_t i = 0; i < most_lines; ++i) lines += "\n"; return lines; }(),
  };
  for (const std::string& text : planted) BOOST_TEST(faults_of(text).size() == 1u, text << join(faults_of(text)));
}

BOOST_AUTO_TEST_CASE(what_is_right_is_let_pass) {
  const std::string once = "#pragma once\n";
  BOOST_TEST(
      faults_of(once + "// throw\n/* abort();\n exit */ auto s = \"throw \\\" abort\"; int try_x, rethrow;\n").empty());
  BOOST_TEST(faults_of(once + "auto s = R\"(throw)\"; static_assert(true); auto c = '\\''; int thrown;\n").empty());
  BOOST_TEST(faults_of(once + "#define SKALD_X 1\n", "skald/core/config.hpp").empty());
  BOOST_TEST(faults_of(once + "throw std::move(r).error();\n", "skald/core/result.hpp").empty());
  BOOST_TEST(faults_of(once + std::string(500, '\n'), "skald/text/unicode/a.hpp").empty());
  std::string umlauts;
  for (std::size_t i = 0; i < most_columns - 2; ++i) umlauts += "\xC3\xA4";
  BOOST_TEST(faults_of(once + "//" + umlauts).empty());
}

/// Every folder is tested, and every page that a header or a message speaks of is there.
BOOST_AUTO_TEST_CASE(what_headers_speak_of_exists) {
  const std::filesystem::path top(SKALD_SOURCE_DIR);
  std::set<std::string> missing;
  for (const Source& in : read_headers(top / "include")) {
    const std::size_t slash = in.path.find('/', 6);
    if (slash != in.path.npos && !exists(top / "tests" / in.path.substr(6, slash - 6)))
      missing.insert("tests/" + in.path.substr(6, slash - 6));
    for (std::size_t at = 0; (at = in.text.find("docs/", at)) != in.text.npos; ++at) {
      const std::size_t end = in.text.find(".md", at);
      const std::string page = in.text.substr(at, end + 3 - at);
      if (!exists(top / page)) missing.insert(page + ", named in " + in.path);
    }
  }
  BOOST_TEST(missing.empty(), join({missing.begin(), missing.end()}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
