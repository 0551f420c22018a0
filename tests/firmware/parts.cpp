// What a program for a device consists of.
//   parts object NM story.o name...      of other objects the story needs these functions at most
//   parts image NM story.elf name...     of libraries these functions at most are in the image, and it fits the budget
// The compiler's own functions may always be there, but for those of double.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "support/binutils.hpp"

namespace {

using namespace support;

constexpr std::uint64_t most_flash = 64 * 1024, most_ram = 256 * 1024;  // flash without the weights

struct Symbol {
  std::uint64_t at = 0, size = 0;
  char kind = ' ';
};

/// nm's lines are "value size kind name", without what it does not know.
std::map<std::string, Symbol> symbols_of(const std::string& nm, const std::string& file) {
  std::map<std::string, Symbol> found;
  for (const std::string& line : lines_of(nm + " -S '" + file + "'")) {
    auto words = words_of(line);
    if (words.size() < 2) continue;
    Symbol s;
    const std::string name = words.back();
    s.kind = words[words.size() - 2][0];
    if (words.size() > 2) s.at = std::stoull(words[0], nullptr, 16);
    if (words.size() > 3) s.size = std::stoull(words[1], nullptr, 16);
    found[name] = s;
  }
  return found;
}

bool named(const std::string& symbol, const std::vector<std::string>& names) {
  return std::ranges::find(names, symbol) != names.end();
}

/// libgcc's arithmetic, __aeabi_fadd, __addsf3, __ctzdi2, but not that of double: __aeabi_dadd, __extendsfdf2.
bool compilers(const std::string& symbol) {
  if (symbol.starts_with("__aeabi_")) return !symbol.starts_with("__aeabi_d") && !symbol.ends_with("2d");
  std::string name = symbol;
  while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.pop_back();
  if (!name.starts_with("__") || name.find("df") != name.npos) return false;
  for (const char* type : {"sf", "si", "di", "qi", "hi"})
    if (name.ends_with(type)) return true;
  return false;
}

/// The story's own, the device's and its linker script's, and what the standard library has in its headers.
bool own(const std::string& symbol) {
  for (const char* name : {"$", "reset_handler", "fault_handler", "report_fault", "flash_", "code_", "data_", "bss_",
                           "stack_", "tales_260k_image", "_GLOBAL_OFFSET_TABLE_"})
    if (symbol.starts_with(name)) return true;
  for (const char* name : {"5skald", "10tales_260k", "_GLOBAL__N_", "6device", "10tell_story", "7vectors", "_ZSt",
                           "_ZNSt", "_ZNKSt"})
    if (symbol.starts_with("_Z") && symbol.find(name) != symbol.npos) return true;
  return false;
}

int object(const std::map<std::string, Symbol>& symbols, const std::vector<std::string>& names) {
  int others = 0, seen = 0;
  for (const auto& [name, s] : symbols) {
    const bool library = name.starts_with("_Z") && name.find("6device") == name.npos;
    seen += own(name);
    if (s.kind != 'U' || (own(name) && !library) || compilers(name) || named(name, names)) continue;
    std::printf("not expected: %s\n", readable(name).c_str()), ++others;
  }
  return seen > 0 ? others : 1;
}

int image(const std::map<std::string, Symbol>& symbols, const std::vector<std::string>& names) {
  int wrong = 0;
  std::uint64_t weights = 0;
  for (const auto& [name, s] : symbols) {
    if (name == "tales_260k_image") weights = s.size;
    if (!own(name) && !compilers(name) && !named(name, names))
      std::printf("not expected: %s\n", readable(name).c_str()), ++wrong;
  }
  const auto between = [&](const char* from, const char* to) {
    const auto a = symbols.find(from), b = symbols.find(to);
    return a == symbols.end() || b == symbols.end() ? 0 : b->second.at - a->second.at;
  };
  const std::uint64_t code = between("code_begin", "code_end"), all = between("flash_begin", "flash_end"),
                      data = between("data_begin", "data_end"), stack = between("stack_bottom", "stack_top"),
                      bss = between("bss_begin", "bss_end"), ram = data + bss + stack;
  std::printf("flash %u: code %u, constants %u, weights %u; RAM %u: data %u, session and model %u, stack %u\n",
              unsigned(all), unsigned(code), unsigned(all - code - weights), unsigned(weights), unsigned(ram),
              unsigned(data), unsigned(bss), unsigned(stack));
  if (code == 0 || weights == 0 || stack == 0) return std::printf("a part is missing\n"), 1;
  if (all - weights > most_flash) std::printf("code and constants: at most %u\n", unsigned(most_flash)), ++wrong;
  if (ram > most_ram) std::printf("RAM: at most %u\n", unsigned(most_ram)), ++wrong;
  return wrong;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  const std::string mode = arguments[1];
  const auto symbols = symbols_of(arguments[2], arguments[3]);
  const std::vector<std::string> names(arguments + 4, arguments + count);
  if (mode == "object") return object(symbols, names) != 0;
  if (mode == "image") return image(symbols, names) != 0;
  return 2;
}
