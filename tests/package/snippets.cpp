// The pages stay true: their code is compiled code, what they quote is what was printed, and what they point at exists.
//
//   <!-- from: examples/01_quick_start.cpp -->      the next line opens a block whose lines stand there one after the
//   other
//   <!-- from: tests/docs/errors.cpp#faces -->      the block is what stands between "// [faces]" and "// [/faces]"
//
// Leading white space does not count. Blocks of cpp and cmake need such a line, those of sh and text may have one.
#include <boost/test/unit_test.hpp>
#include <optional>
#include <set>

#include "package/sources.hpp"

namespace {

using namespace package;
namespace fs = std::filesystem;

using Lines = std::vector<std::string_view>;

std::string_view trimmed(std::string_view line) {
  const std::size_t from = line.find_first_not_of(" \t");
  return from == line.npos ? std::string_view() : line.substr(from, line.find_last_not_of(" \t\r") + 1 - from);
}

std::optional<std::string> read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || !fs::is_regular_file(path)) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// What stands between two strings of a line; nothing where either is missing.
std::optional<std::string_view> between(std::string_view line, std::string_view open, std::string_view close) {
  if (!line.starts_with(open) || !line.ends_with(close) || line.size() < open.size() + close.size())
    return std::nullopt;
  return trimmed(line.substr(open.size(), line.size() - open.size() - close.size()));
}

struct Block {
  std::size_t line;           ///< of its first line of code, counted from 1
  std::string_view language;
  std::string_view from;      ///< empty: no file is named
  Lines lines;
};

std::vector<Block> blocks_of(const Source& page, Findings& found) {
  std::vector<Block> blocks;
  const Lines lines = lines_of(page.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view from = i == 0 ? "" : between(trimmed(lines[i - 1]), "<!-- from:", "-->").value_or("");
    if (!trimmed(lines[i]).starts_with("```")) {
      if (!from.empty()) report(found, page, i, "names a file, and no block follows");
      continue;
    }
    Block block{i + 2, trimmed(lines[i]).substr(3), from, {}};
    for (++i; i < lines.size() && trimmed(lines[i]) != "```"; ++i) block.lines.push_back(trimmed(lines[i]));
    if (i == lines.size()) report(found, page, block.line - 1, "a block that does not end");
    blocks.push_back(std::move(block));
  }
  return blocks;
}

/// The lines of a file, or of one named part of it; `first` is the number of the first.
std::optional<Lines> part_of(std::string_view text, std::string_view name, std::size_t& first) {
  Lines lines = lines_of(text);
  for (std::string_view& line : lines) line = trimmed(line);
  first = 1;
  if (name.empty()) return lines;
  const std::string open = "// [" + std::string(name) + "]", close = "// [/" + std::string(name) + "]";
  const auto from = std::ranges::find(lines, open), to = std::ranges::find(lines, close);
  if (from == lines.end() || to == lines.end() || to < from) return std::nullopt;
  first = std::size_t(from - lines.begin()) + 2;
  return Lines(from + 1, to);
}

/// How many lines of the block stand at place `at`.
std::size_t agreeing(const Lines& block, const Lines& file, std::size_t at) {
  std::size_t n = 0;
  while (n < block.size() && at + n < file.size() && block[n] == file[at + n]) ++n;
  return n;
}

void check_block(Findings& found, const Source& page, const Block& block, const fs::path& top) {
  const auto say = [&](std::size_t line, const std::string& what) { report(found, page, line, what); };
  if (block.from.empty()) {
    if (block.language == "cpp" || block.language == "cmake") say(block.line - 1, "no file named above this block");
    else if (block.language != "sh" && block.language != "text")
      say(block.line - 1, "expected a block of cpp, cmake, sh or text, found \"" + std::string(block.language) + "\"");
    return;
  }
  const std::string_view path = block.from.substr(0, block.from.find('#'));
  const std::string_view name = block.from.substr(std::min(path.size() + 1, block.from.size()));
  const auto text = read(top / path);
  if (!text) return say(block.line - 2, "no file " + std::string(path));
  std::size_t first = 1;
  const auto file = part_of(*text, name, first);
  if (!file) return say(block.line - 2, std::string(path) + " has no part [" + std::string(name) + "]");
  if (block.lines.empty()) return say(block.line - 1, "an empty block");

  std::size_t best = 0, at = 0;
  for (std::size_t i = 0; i < file->size(); ++i)
    if (const std::size_t n = agreeing(block.lines, *file, i); n > best) best = n, at = i;
  const bool whole = name.empty() || file->size() == block.lines.size();
  if (best == block.lines.size() && whole) return;
  const auto line_or_end = [](const Lines& lines, std::size_t i) {
    return i < lines.size() ? "\"" + std::string(lines[i]) + "\"" : std::string("the end");
  };
  if (!name.empty()) at = 0, best = agreeing(block.lines, *file, 0);
  const std::string where = std::string(path) + ":" + std::to_string(first + at + best);
  if (best == 0 && name.empty()) return say(block.line, "this line is nowhere in " + std::string(path));
  say(block.line + best, "expected " + line_or_end(*file, at + best) + " of " + where + ", found " +
                             line_or_end(block.lines, best));
}

/// As web pages of repositories name their headings: "The row" is #the-row.
std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (const char c : trimmed(heading.substr(heading.find_first_not_of('#')))) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-') anchor += char(std::tolower(c));
    else if (c == ' ') anchor += '-';
  }
  return anchor;
}

bool has_heading(std::string_view page, std::string_view anchor) {
  const Lines lines = lines_of(page);
  return std::ranges::any_of(lines, [&](std::string_view l) { return l.starts_with("#") && anchor_of(l) == anchor; });
}

/// Links between pages, and names of files in the text: `layers/block.hpp` is the end of some file's path.
void check_names(Findings& found, const Source& page, const fs::path& top, const std::vector<std::string>& files) {
  const Lines lines = lines_of(page.text);
  bool code = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (trimmed(line).starts_with("```")) code = !code;
    if (code) continue;
    for (std::size_t at = 0; (at = line.find("](", at)) != line.npos; ++at) {
      const std::string_view link = line.substr(at + 2, line.find(')', at) - at - 2);
      if (link.starts_with("http")) continue;
      const std::string_view path = link.substr(0, link.find('#'));
      const fs::path target = path.empty() ? top / page.path : (top / page.path).parent_path() / path;
      const auto text = fs::is_directory(target) ? std::optional(std::string()) : read(target);
      if (!text) report(found, page, i + 1, "no file " + std::string(link));
      else if (path.size() < link.size() && !has_heading(*text, link.substr(path.size() + 1)))
        report(found, page, i + 1, "no heading for " + std::string(link));
    }
    for (std::size_t at = 0; (at = line.find('`', at)) != line.npos; ++at) {
      const std::size_t end = line.find('`', at + 1);
      if (end == line.npos) break;
      const std::string_view name = line.substr(at + 1, end - at - 1);
      at = end;
      const bool plain =
          name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.") == name.npos;
      const bool file =
          name.ends_with(".hpp") || name.ends_with(".cpp") || name.ends_with(".md") || name.ends_with(".sh");
      if (!plain || !file || name.starts_with('.')) continue;
      const auto ends = [&](const std::string& f) {
        return f.ends_with(name) && (f.size() == name.size() || f[f.size() - name.size() - 1] == '/');
      };
      if (std::ranges::none_of(files, ends)) report(found, page, i + 1, "no file " + std::string(name));
    }
  }
}

std::vector<Source> pages() {
  const fs::path top(SKALD_SOURCE_DIR);
  std::vector<Source> found{{"README.md", read(top / "README.md").value_or("")}};
  for (const auto& entry : fs::directory_iterator(top / "docs"))
    found.push_back({"docs/" + entry.path().filename().string(), read(entry.path()).value_or("")});
  std::ranges::sort(found, {}, &Source::path);
  return found;
}

/// Every file of ours, from the top on.
std::vector<std::string> files_of_ours() {
  const fs::path top(SKALD_SOURCE_DIR);
  std::vector<std::string> found;
  for (const char* folder : {"include", "tests", "examples", "docs", "bench"})
    for (const auto& entry : fs::recursive_directory_iterator(top / folder))
      if (entry.is_regular_file()) found.push_back(entry.path().lexically_relative(top).generic_string());
  for (const char* file : {"README.md", "CMakeLists.txt"}) found.push_back(file);
  return found;
}

Findings faults_of(std::string page, const std::vector<std::string>& files = {}) {
  static constexpr char here[] = SKALD_SOURCE_DIR "/tests/package";
  Findings found;
  const Source source{"page.md", std::move(page)};
  for (const Block& block : blocks_of(source, found)) check_block(found, source, block, here);
  check_names(found, source, here, files);
  return found;
}

std::string block(std::string_view from, std::string_view lines, std::string_view language = "cpp") {
  std::string text = "Text.\n\n";
  if (!from.empty()) text.append("<!-- from: ").append(from).append(" -->\n");
  return text.append("```").append(language).append("\n").append(lines).append("```\n");
}

BOOST_AUTO_TEST_SUITE(package_snippets)

BOOST_AUTO_TEST_CASE(code_of_the_pages_is_compiled_code) {
  Findings found;
  std::size_t blocks = 0;
  for (const Source& page : pages())
    for (const Block& b : blocks_of(page, found)) {
      check_block(found, page, b, SKALD_SOURCE_DIR);
      blocks += !b.from.empty();
    }
  BOOST_TEST(found.empty(), join(found));
  BOOST_TEST(blocks > 20u);
  BOOST_TEST_MESSAGE(blocks << " blocks compared");
}

BOOST_AUTO_TEST_CASE(what_pages_point_at_exists) {
  Findings found;
  const auto files = files_of_ours();
  for (const Source& page : pages()) check_names(found, page, SKALD_SOURCE_DIR, files);
  BOOST_TEST(found.empty(), join(found));
}

/// "See docs/errors.md" in a message or a comment, and (docs/architecture.md, "A heading").
BOOST_AUTO_TEST_CASE(pages_that_sources_speak_of_exist) {
  const fs::path top(SKALD_SOURCE_DIR);
  Findings found;
  std::size_t seen = 0;
  for (const std::string& file : files_of_ours()) {
    const bool source = file.ends_with(".hpp") || file.ends_with(".cpp") || file.ends_with("CMakeLists.txt");
    if (!source || file == "tests/package/snippets.cpp") continue;
    const Source in{file, read(top / file).value_or("")};
    const Lines lines = lines_of(in.text);
    for (std::size_t i = 0; i < lines.size(); ++i)
      for (std::size_t at = 0; (at = lines[i].find("docs/", at)) != std::string_view::npos; ++at) {
        const std::size_t end = lines[i].find_first_not_of("abcdefghijklmnopqrstuvwxyz_/", at);
        if (end == std::string_view::npos || !lines[i].substr(end).starts_with(".md")) continue;
        const std::string path(lines[i].substr(at, end + 3 - at));
        const auto page = read(top / path);
        ++seen;
        if (!page) report(found, in, i + 1, "no page " + path);
        const std::string_view rest = lines[i].substr(end + 3);
        if (!page || !rest.starts_with(", \"")) continue;
        const std::string_view heading = rest.substr(3, rest.find('"', 3) - 3);
        if (!has_heading(*page, anchor_of(heading)))
          report(found, in, i + 1, path + " has no heading " + std::string(heading));
      }
  }
  BOOST_TEST(found.empty(), join(found));
  BOOST_TEST(seen > 20u);
}

BOOST_AUTO_TEST_CASE(each_fault_is_found) {
  const std::string good = "const auto tokenizer = skald::AutoTokenizer::try_from_pretrained(\"no such folder\");\n";
  const std::vector<std::string> planted{
      block("", "int i;\n"),
      block("", "int i;\n", "c++"),
      block("", "int i;\n", ""),
      block("consumer.cpp", "int i;\n"),
      block("consumer.cpp", good + "int i;\n"),
      block("consumer.cpp", ""),
      block("consumer.cpp", good + good),
      block("consumer.cpp#nothing", good),
      block("no_such_file.cpp", good),
      block("core_only", good),
      block("consumer.cpp", "int i;\n", "text"),
      "<!-- from: consumer.cpp -->\n\n```text\n```\n",
      "```text\nint i;\n",
      "[a](no_such_page.md)\n",
      "[a](#nothing)\n# Something\n",
      "see `layers/no_such.hpp`\n",
  };
  for (const std::string& page : planted) BOOST_TEST(faults_of(page).size() == 1u, page << join(faults_of(page)));
}

BOOST_AUTO_TEST_CASE(what_is_right_is_let_pass) {
  BOOST_TEST(faults_of(block("consumer.cpp", "#include <skald/skald.hpp>\n\n  int main() {\n")).empty());
  BOOST_TEST(faults_of(block("", "anything\n", "sh") + block("", "anything\n", "text")).empty());
  BOOST_TEST(faults_of("a `from/here.hpp` and `a b.hpp` and `*.cpp`\n", {"include/from/here.hpp"}).empty());
  BOOST_TEST(faults_of("[a](consumer.cpp) [b](https://example.org/no.md) [c](core_only)\n").empty());
  BOOST_TEST(anchor_of("## One program, many flags") == "one-program-many-flags");
}

BOOST_AUTO_TEST_CASE(a_named_part_is_quoted_whole) {
  const std::string text = "int a;\n// [part]\nint b;\n  int c;\n// [/part]\nint d;\n";
  std::size_t first = 0;
  const auto lines = part_of(text, "part", first);
  BOOST_REQUIRE(lines.has_value());
  BOOST_TEST((*lines == Lines{"int b;", "int c;"}));
  BOOST_TEST(first == 3u);
  BOOST_TEST(!part_of(text, "other", first));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
