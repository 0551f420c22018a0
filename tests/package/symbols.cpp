// Reads object files with nm and objdump.
//   symbols shared NM OBJDUMP a.o b.o ...   no two objects define one symbol of skald's; lists what else they share
//   symbols initialisers NM OBJDUMP a.o     nothing runs before main
//   symbols state NM OBJDUMP a.o            nothing of skald's can be written to
//   symbols elsewhere NM OBJDUMP a.o name... a.o uses functions of these mangled names, and holds none of them
//   symbols math NM OBJDUMP program name... of libm the program needs these functions at most, of C++'s library none
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/binutils.hpp"

namespace {

using namespace support;

bool ours(const std::string& symbol) { return symbol.find("skald") != symbol.npos; }

/// What other objects can see or merge with.
std::set<std::string> defined(const std::string& nm, const std::string& object) {
  std::set<std::string> found;
  for (const std::string& line : lines_of(nm + " --defined-only --extern-only '" + object + "'"))
    if (const auto words = words_of(line); words.size() == 3) found.insert(words[2]);
  return found;
}

/// Functions with AVX in them: on x86 every such instruction's name begins with v.
std::set<std::string> vector_code(const std::string& objdump, const std::string& object) {
  std::set<std::string> found;
  std::string function;
  for (const std::string& line : lines_of(objdump + " -d --no-show-raw-insn '" + object + "'")) {
    if (line.ends_with(">:")) {
      const std::size_t from = line.find('<') + 1;
      function = line.substr(from, line.size() - 2 - from);
    } else if (const auto words = words_of(line); words.size() > 1 && words[0].ends_with(":") &&
                                                  words[1].starts_with("v") && !words[1].starts_with("ver")) {
      found.insert(function);
    }
  }
  return found;
}

int shared(const std::string& nm, const std::string& objdump, const std::vector<std::string>& objects) {
  std::map<std::string, int> count;
  std::set<std::string> vectors;
  for (const std::string& object : objects) {
    const auto symbols = defined(nm, object);
    if (std::ranges::none_of(symbols, ours)) {
      std::printf("%s defines nothing of skald's: this test looks at the wrong thing\n", object.c_str());
      return 1;
    }
    for (const std::string& s : symbols) ++count[s];
    vectors.merge(vector_code(objdump, object));
  }
  int mixed = 0, others = 0;
  for (const auto& [symbol, times] : count)
    if (times > 1 && ours(symbol)) std::printf("shared, and ours: %s\n", readable(symbol).c_str()), ++mixed;
  std::printf("shared functions of libraries, with vector code in at least one unit (the linker keeps one of each):\n");
  for (const auto& [symbol, times] : count) {
    if (times < 2 || ours(symbol)) continue;
    ++others;
    if (vectors.contains(symbol)) std::printf("  %s\n", readable(symbol).c_str());
  }
  std::printf("%d symbols of skald's and %d of libraries are in more than one unit\n", mixed, others);
  return mixed == 0 ? 0 : 1;
}

int elsewhere(const std::string& nm, const std::string& object, const std::vector<std::string>& names) {
  int wrong = 0;
  for (const std::string& name : names) {
    int held = 0, used = 0;
    for (const std::string& line : lines_of(nm + " '" + object + "'")) {
      const auto words = words_of(line);  // value, letter, name; no value where it is undefined
      if (words.empty() || words.back().find(name) == std::string::npos) continue;
      (words.size() > 1 && words[words.size() - 2] == "U" ? used : held) += 1;
    }
    std::printf("%s: held in %d places, wanted from elsewhere in %d\n", name.c_str(), held, used);
    wrong += held > 0 || used == 0;
  }
  return wrong;
}

int initialisers(const std::string& objdump, const std::string& object) {
  int found = 0;
  for (const std::string& line : lines_of(objdump + " -h '" + object + "'"))
    if (const auto words = words_of(line);
        words.size() > 2 && (words[1].starts_with(".init_array") || words[1] == ".ctors"))
      std::printf("code runs before main: section %s of %s bytes\n", words[1].c_str(), words[2].c_str()), ++found;
  return found;
}

int state(const std::string& objdump, const std::string& object) {
  int found = 0, seen = 0;
  for (const std::string& line : lines_of(objdump + " -t '" + object + "'")) {
    const auto words = words_of(line);  // value, flags, section, size, name
    if (words.size() < 4 || !ours(words.back())) continue;
    ++seen;
    for (const std::string& word : words) {
      const bool constant = word.starts_with(".data.rel.ro");
      const bool writable = word.starts_with(".data") || word.starts_with(".bss") || word.starts_with(".tdata") ||
                            word.starts_with(".tbss");
      if (writable && !constant) std::printf("can be written to: %s\n", readable(words.back()).c_str()), ++found;
    }
  }
  std::printf("%d symbols of skald's, %d of them can be written to\n", seen, found);
  return seen > 0 ? found : 1;
}

/// "expf" of expf@GLIBC_2.27, _expf and _ZGVbN4v_expf (glibc's vectors); empty where it is none of libm's.
std::string math_function(std::string symbol) {
  static const std::set<std::string> known{
      "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos", "cosh", "erf", "erfc", "exp",
      "exp10", "exp2", "expm1", "fdim", "floor", "fma", "fmod", "frexp", "hypot", "ldexp", "lgamma", "llrint",
      "llround", "log", "log10", "log1p", "log2", "logb", "lrint", "lround", "modf", "nearbyint", "pow", "remainder",
      "rint", "round", "scalbn", "sin", "sincos", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc"};
  symbol.erase(std::min(symbol.find('@'), symbol.size()));
  if (symbol.starts_with("_ZGV")) symbol.erase(0, symbol.rfind('_'));
  symbol.erase(0, std::min(symbol.find_first_not_of('_'), symbol.size()));
  const bool suffix = symbol.ends_with('f') || symbol.ends_with('l');
  return known.contains(symbol) || known.contains(symbol.substr(0, symbol.size() - suffix)) ? symbol : std::string();
}

int math(const std::string& nm, const std::string& program, const std::set<std::string>& expected) {
  int others = 0, seen = 0;
  for (const std::string& line : lines_of(nm + " --undefined-only '" + program + "'")) {
    const auto words = words_of(line);
    if (words.empty()) continue;
    const std::string& symbol = words.back();
    const std::string function = math_function(symbol);
    ++seen;
    if (!function.empty() ? !expected.contains(function) : symbol.starts_with("_Z"))
      std::printf("not expected: %s\n", readable(symbol).c_str()), ++others;
  }
  if (seen == 0) std::printf("skipped: no symbol can be seen (no nm, or a static program)\n");
  return others;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const std::string mode = arguments[1], nm = arguments[2], objdump = arguments[3];
  const std::vector<std::string> objects(arguments + 4, arguments + count);
  if (mode == "shared") return shared(nm, objdump, objects);
  if (mode == "initialisers") return initialisers(objdump, objects[0]) != 0;
  if (mode == "state") return state(objdump, objects[0]) != 0;
  if (mode == "elsewhere") return elsewhere(nm, objects[0], {objects.begin() + 1, objects.end()}) != 0;
  if (mode == "math") return math(nm, objects[0], {objects.begin() + 1, objects.end()}) != 0;
  return 2;
}
