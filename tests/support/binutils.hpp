// What nm and objdump say of objects and programs.
#pragma once
#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// What a command writes to its standard output.
inline std::vector<std::string> lines_of(const std::string& command) {
  std::vector<std::string> lines(1);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  for (int c; pipe && (c = std::fgetc(pipe.get())) != EOF;) {
    if (c == '\n') lines.emplace_back();
    else lines.back().push_back(char(c));
  }
  lines.pop_back();
  return lines;
}

inline std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty()) return words;
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

/// A symbol as C++ spells it, at most 110 characters of it.
inline std::string readable(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
  std::string name = status == 0 ? text.get() : symbol;
  if (name.size() > 110) name.replace(107, name.npos, "...");
  return name;
}

}  // namespace support
