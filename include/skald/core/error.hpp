// The error of the border: a sentence that names the file, tensor or field, and both values.
#pragma once
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "skald/core/fault.hpp"

namespace skald::inline SKALD_ABI {

/// Thrown by `x()`, carried by the `Result` of `try_x()`. One error may report many faults (a checkpoint's, say):
/// `what()` joins them line by line, `all()` lists them. See docs/errors.md.
class Error : public std::exception {
 public:
  Error() = default;
  Error(FaultCode code, std::string message) : code_(code), message_(std::move(message)) {}

  /// `place` is put in front: "model.safetensors: ...".
  explicit Error(const Fault& f, const std::string& place = {}) : code_(f.code), message_(place) {
    if (!place.empty()) message_ += ": ";
    message_ += f.what ? f.what : name(f.code);
    if (f.index >= 0) message_.append("[").append(std::to_string(f.index)).append("]");
    if (f.values) {
      message_.append(": expected ").append(std::to_string(f.expected));
      message_.append(", found ").append(std::to_string(f.found));
    }
  }

  FaultCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// Every fault on its own; the first is the one that `code()` speaks of.
  std::vector<std::string> all() const {
    std::vector<std::string> lines;
    for (std::size_t from = 0; from <= message_.size();) {
      const std::size_t end = message_.find('\n', from);
      lines.push_back(message_.substr(from, end - from));
      if (end == std::string::npos) break;
      from = end + 1;
    }
    return lines;
  }

  /// Adds another fault found in the same pass.
  void add(const Error& other) {
    if (message_.empty()) { *this = other; return; }
    message_.append("\n").append(other.message_);
  }

  /// The same error seen from further out: "<place>: <message>".
  Error in(const std::string& place) && {
    message_ = place + ": " + message_;
    return std::move(*this);
  }

 private:
  FaultCode code_ = FaultCode::none;
  std::string message_;
};

}  // namespace skald
