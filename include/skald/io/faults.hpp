// Messages about files, and the list that gathers every fault of a file before it is refused.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/error.hpp"

namespace skald::inline SKALD_ABI::detail {

/// The parts one after another.
inline std::string sentence(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part);
  return text;
}

/// A name or value out of a file, fit for one line of a message: control characters escaped, long ones cut.
inline std::string printable(std::string_view found) {
  constexpr std::size_t limit = 160;
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const char c : found.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      text.push_back(c);
    } else {
      text.append("\\x").push_back(digits[byte >> 4]);
      text.push_back(digits[byte & 15]);
    }
  }
  if (found.size() > limit) text.append("...");
  return text;
}

inline std::string in_quotes(std::string_view found) { return sentence({"\"", printable(found), "\""}); }

/// "[5632, 2048]"
inline std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size() && i < 8; ++i) {
    text.append(i ? ", " : "").append(std::to_string(shape[i]));
  }
  return text.append(shape.size() > 8 ? ", ...]" : "]");
}
inline std::string shape_text(std::initializer_list<std::int64_t> shape) {
  return shape_text(std::span<const std::int64_t>(shape.begin(), shape.size()));
}

/// All faults of one file in one Error, each once; a hundred are spelled out, the rest are counted.
class FaultList {
 public:
  bool empty() const { return faults_.empty(); }

  void add(Error error) {
    for (const Error& known : faults_) {
      if (known.message() == error.message()) return;
    }
    if (faults_.size() < limit) faults_.push_back(std::move(error));
    else ++more_;
  }
  void add(FaultCode code, std::initializer_list<std::string_view> parts) { add(Error(code, sentence(parts))); }

  /// No value when nothing was found.
  std::optional<Error> error() const {
    if (empty()) return std::nullopt;
    Error all;
    for (const Error& one : faults_) all.add(one);
    if (more_ > 0) all.add(Error(all.code(), sentence({"and ", std::to_string(more_), " more faults"})));
    return all;
  }

 private:
  static constexpr std::size_t limit = 100;
  std::vector<Error> faults_;
  std::size_t more_ = 0;
};

}  // namespace skald::inline SKALD_ABI::detail
