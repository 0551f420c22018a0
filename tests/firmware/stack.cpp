// A bound of the stack from what GCC writes with -fcallgraph-info=su: the deepest way through the calls.
//   stack MOST INDIRECT FUNCTION file.ci...   at most MOST bytes from FUNCTION on; calls through pointers go to
//                                             functions whose names hold INDIRECT
// A function without a known size, in a library, is taken to need 64 bytes.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/binutils.hpp"

namespace {

constexpr const char* through_pointer = "__indirect_call";
constexpr long unknown = 64;

struct Calls {
  std::map<std::string, long> bytes;
  std::map<std::string, std::set<std::string>> to;
};

/// What stands between `before` and the next quotation mark.
std::string field(const std::string& line, const std::string& before) {
  const std::size_t from = line.find(before + ": \"");
  if (from == line.npos) return {};
  const std::size_t begin = from + before.size() + 3;
  return line.substr(begin, line.find('"', begin) - begin);
}

bool read(const char* file, Calls& calls) {
  std::ifstream in(file);
  if (!in) return std::printf("%s cannot be read\n", file), false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("edge: ")) calls.to[field(line, "sourcename")].insert(field(line, "targetname"));
    if (!line.starts_with("node: ")) continue;
    const std::string label = field(line, "label");
    const std::size_t size = label.find(" bytes (");
    if (size == label.npos) continue;
    if (label.find("(dynamic)", size) != label.npos)
      return std::printf("no size that is known: %s\n", label.c_str()), false;
    calls.bytes[field(line, "title")] = std::stol(label.substr(label.rfind('n', size) + 1));
  }
  return true;
}

class Deepest {
 public:
  Deepest(const Calls& calls, const std::string& indirect) : calls_(calls), indirect_(indirect) {}

  long of(std::string function) {
    function = defined(function);
    if (const auto known = depth_.find(function); known != depth_.end()) {
      if (known->second < 0) std::printf("calls itself: %s\n", support::readable(function).c_str()), recursive_ = true;
      return std::max(known->second, 0L);
    }
    depth_[function] = -1;
    long most = 0;
    std::string next;
    for (const std::string& called : called_by(function))
      if (const long d = of(called); d > most) most = d, next = defined(called);
    const auto own = calls_.bytes.find(function);
    next_[function] = next;
    return depth_[function] = most + (own == calls_.bytes.end() ? unknown : own->second);
  }

  bool recursive() const { return recursive_; }

  void print(std::string function) {
    for (; !function.empty(); function = next_[function]) {
      const auto own = calls_.bytes.find(function);
      const std::size_t symbol = function.rfind(':') == function.npos ? 0 : function.rfind(':') + 1;
      std::printf("%6ld %s\n", own == calls_.bytes.end() ? unknown : own->second,
                  support::readable(function.substr(symbol)).c_str());
    }
  }

 private:
  /// Two constructors that are one have one size, under the name of the second.
  std::string defined(const std::string& function) const {
    if (calls_.bytes.contains(function)) return function;
    std::string other = function;
    for (std::size_t at = 0; (at = other.find("C1E", at)) != other.npos; ++at) {
      other[at + 1] = '2';
      if (calls_.bytes.contains(other)) return other;
      other[at + 1] = '1';
    }
    return function;
  }

  std::set<std::string> called_by(const std::string& function) const {
    std::set<std::string> all;
    if (function == through_pointer) {
      for (const auto& [name, bytes] : calls_.bytes)
        if (name.find(indirect_) != name.npos) all.insert(name);
    } else if (const auto to = calls_.to.find(function); to != calls_.to.end()) {
      all = to->second;
    }
    return all;
  }

  const Calls& calls_;
  std::string indirect_;
  std::map<std::string, long> depth_;
  std::map<std::string, std::string> next_;
  bool recursive_ = false;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const long most = std::stol(arguments[1]);
  const std::string function = arguments[3];
  Calls calls;
  for (int i = 4; i < count; ++i)
    if (!read(arguments[i], calls)) return 1;
  if (!calls.bytes.contains(function)) return std::printf("%s is not there\n", function.c_str()), 1;
  Deepest deepest(calls, arguments[2]);
  const long bytes = deepest.of(function);
  deepest.print(function);
  std::printf("%6ld bytes of stack, %ld are there\n", bytes, most);
  return bytes <= most && !deepest.recursive() ? 0 : 1;
}
