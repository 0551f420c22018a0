// Texts of many kinds for benches: the repository's own pages and headers, and what hard cases are made of.
#pragma once
#include <skald/text/utf8.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// All files of that extension, one behind the other, as often as it takes.
inline std::string read_files(const std::filesystem::path& folder, std::string_view extension, std::size_t bytes) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::string text;
  for (std::size_t i = 0; !paths.empty() && text.size() < bytes; ++i) text += read_file(paths[i % paths.size()]);
  text.resize(std::min(text.size(), bytes));
  while (skald::detail::valid_utf8_prefix(text) != text.size()) text.pop_back();
  return text;
}

inline std::vector<std::string> text_kinds() {
  return {"english", "code", "cyrillic", "cjk", "emoji", "digits", "spaces", "newlines", "symbols", "long_words",
          "one_letter", "latin1", "random_bytes"};
}

/// Empty for a kind that is not there.
inline std::string make_text(std::string_view kind, double megabytes) {
  const auto bytes = std::size_t(megabytes * 1e6);
  if (kind == "english") return read_files(SKALD_INCLUDE_DIR "/../docs", ".md", bytes);
  if (kind == "code") return read_files(SKALD_INCLUDE_DIR, ".hpp", bytes);
  if (kind == "one_letter") return std::string(bytes, 'a');
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t n) { return std::uint32_t(random() % n); };
  std::string text;
  const auto add = [&](char32_t c) { skald::detail::append_utf8(text, c); };
  std::string noise;
  for (std::size_t line = 0; text.size() < bytes;) {
    if (kind == "cyrillic") {
      for (std::uint32_t n = 1 + below(9); n > 0; --n) add(0x430 + below(32));
      add(below(12) == 0 ? ',' : ' ');
    } else if (kind == "cjk") {
      for (std::uint32_t n = 2 + below(18); n > 0; --n) add(0x4E00 + below(below(4) == 0 ? 20000 : 600));
      add(below(3) == 0 ? 0x3002 : 0xFF0C);
    } else if (kind == "emoji") {
      add(0x1F600 + below(80));
      if (below(4) == 0) add(0xFE0F), add(0x200D), add(0x1F466 + below(4));
      if (below(6) == 0) add(' ');
    } else if (kind == "digits") {
      for (std::uint32_t n = 1 + below(12); n > 0; --n) add('0' + below(10));
      add(below(2) == 0 ? ' ' : '.');
    } else if (kind == "spaces") {
      text.append(1 + below(60), ' ');
      if (below(3) == 0) add('x');
    } else if (kind == "newlines") {
      text.append(1 + below(5), "\n\n\r\t"[below(4)]);
      if (below(4) == 0) text += "if";
    } else if (kind == "symbols") {
      for (std::uint32_t n = 1 + below(20); n > 0; --n) add(U"!?.,;:-+=*/&%$#@()[]{}<>|~^_\"'"[below(30)]);
      if (below(2) == 0) add(' ');
    } else if (kind == "long_words") {
      for (std::uint32_t n = 200 + below(2000); n > 0; --n) add('a' + below(26));
      add(' ');
    } else if (kind == "latin1") {
      for (std::uint32_t n = 1 + below(9); n > 0; --n) add(below(4) == 0 ? 0xE0 + below(31) : 'a' + below(26));
      add(' ');
    } else if (kind == "random_bytes") {  // what is no UTF-8 becomes U+FFFD
      noise.clear();
      for (int i = 0; i < 80; ++i) noise.push_back(char(below(256)));
      std::string pending;
      skald::detail::append_lossy(text, pending, noise, true);
    } else {
      return {};
    }
    if (text.size() - line > 90 && kind != "newlines" && kind != "long_words") {
      add('\n');
      line = text.size();
    }
  }
  return text;
}

}  // namespace bench
