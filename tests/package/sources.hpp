// Headers as text: what the tests of floors and style read.
#pragma once
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace package {

struct Source {
  std::string path;  ///< from include/ on: "skald/io/json.hpp"
  std::string text;
};

/// A found fault: "skald/io/json.hpp:12: what is wrong".
using Findings = std::vector<std::string>;

inline void report(Findings& to, const Source& in, std::size_t line, std::string_view what) {
  to.push_back(std::string(in.path).append(":").append(std::to_string(line)).append(": ").append(what));
}

inline std::string join(const Findings& findings) {
  std::string all;
  for (const std::string& f : findings) all.append("\n").append(f);
  return all;
}

/// Every .hpp below `include`, in the order of their names.
inline std::vector<Source> read_headers(const std::filesystem::path& include) {
  std::vector<Source> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(include)) {
    if (entry.path().extension() != ".hpp") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    found.push_back({entry.path().lexically_relative(include).generic_string(),
                     std::string(std::istreambuf_iterator<char>(in), {})});
  }
  std::ranges::sort(found, {}, &Source::path);
  return found;
}

inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct Include {
  std::size_t line;
  std::string name;
  bool quoted;
};

inline std::vector<Include> includes_of(const Source& source) {
  std::vector<Include> found;
  const auto lines = lines_of(source.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    const auto skip = [&](std::string_view what) {
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      if (!line.starts_with(what)) return false;
      line.remove_prefix(what.size());
      return true;
    };
    if (!skip("#") || !skip("include") || (!skip("<") && !skip("\""))) continue;
    const bool quoted = line.data()[-1] == '"';
    found.push_back({i + 1, std::string(line.substr(0, line.find(quoted ? '"' : '>'))), quoted});
  }
  return found;
}

/// The text with comments and the insides of literals blanked out, line by line as before.
inline std::string code_of(std::string_view text) {
  std::string code(text);
  std::size_t i = 0;
  const auto blank_until = [&](std::string_view end, bool escapes) {
    while (i < code.size() && !std::string_view(code).substr(i).starts_with(end)) {
      if (escapes && code[i] == '\\' && i + 1 < code.size()) code[i++] = ' ';
      if (code[i] != '\n') code[i] = ' ';
      ++i;
    }
    i = std::min(i + end.size(), code.size());
  };
  while (i < code.size()) {
    const std::string_view rest = std::string_view(code).substr(i);
    if (rest.starts_with("//")) blank_until("\n", false);
    else if (rest.starts_with("/*")) blank_until("*/", false);
    else if (rest.starts_with("R\"") && rest.find('(') != rest.npos) {
      const std::string end = std::string(")").append(rest.substr(2, rest.find('(') - 2)).append("\"");
      i += 2;
      blank_until(end, false);
    } else if (rest.starts_with("\"")) ++i, blank_until("\"", true);
    // A quote between digits only parts them.
    else if (rest.starts_with("'") && (i == 0 || !std::isalnum(static_cast<unsigned char>(code[i - 1]))))
      ++i, blank_until("'", true);
    else ++i;
  }
  return code;
}

}  // namespace package
