// Regular expressions of tokenizer.json. The only file that knows PCRE2.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/core/result.hpp"
#include "skald/text/aligned_text.hpp"
#include "skald/text/regex_syntax.hpp"

// PCRE2 wants to know which width its unsuffixed names mean; only the suffixed ones are used here.
#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>

namespace skald::inline SKALD_ABI {
namespace detail {

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* p) const { release(p); }
};
using Pcre2Code = std::shared_ptr<pcre2_code_8>;
using Pcre2CompileContext = std::unique_ptr<pcre2_compile_context_8, Releaser<pcre2_compile_context_free_8>>;
using Pcre2MatchContext = std::unique_ptr<pcre2_match_context_8, Releaser<pcre2_match_context_free_8>>;
using Pcre2MatchData = std::unique_ptr<pcre2_match_data_8, Releaser<pcre2_match_data_free_8>>;

inline Result<Pcre2Code> compile_pcre2(std::string_view pattern) {
  const Pcre2CompileContext context(pcre2_compile_context_create_8(nullptr));
  if (!context) return fault(FaultCode::out_of_memory, "a regular expression");
  pcre2_set_newline_8(context.get(), PCRE2_NEWLINE_LF);
  int code = 0;
  PCRE2_SIZE at = 0;
  pcre2_code_8* const compiled = pcre2_compile_8(
      reinterpret_cast<PCRE2_SPTR8>(pattern.data()), pattern.size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &code, &at, context.get());
  if (compiled) return Pcre2Code(compiled, pcre2_code_free_8);
  PCRE2_UCHAR8 message[256] = {};
  pcre2_get_error_message_8(code, message, sizeof message);
  return Error(FaultCode::unsupported, reinterpret_cast<const char*>(message));
}

inline bool is_script(std::string_view name) {
  return compile_pcre2(std::string("\\p{sc:").append(name).append("}")).has_value();
}

}  // namespace detail

/// A pattern of tokenizer.json: Oniguruma's Ruby syntax with the classes of Unicode 16 (regex_syntax.hpp). Immutable,
/// cheap to copy, used by any number of threads at once, each with a Matcher of its own.
class Regex {
 public:
  /// Errors (unsupported): "at byte 3 of the pattern: ..." or PCRE2's own sentence.
  static Result<Regex> compile(std::string_view pattern) {
    if (detail::valid_utf8_prefix(pattern) != pattern.size()) {
      return Error(FaultCode::malformed, "the pattern is not UTF-8");
    }
    if (pattern.size() > max_pattern) return Error(FaultCode::unsupported, "the pattern is longer than 65536 bytes");
    Result<std::string> rewritten = detail::RegexRewriter(pattern, detail::is_script).run();
    if (!rewritten) return std::move(rewritten).error();
    Result<detail::Pcre2Code> code = detail::compile_pcre2(*rewritten);
    if (!code) return std::move(code).error();
    // Where there is no just-in-time compiler, or no memory that may be executed, the interpreter does.
    const bool jit = pcre2_jit_compile_8(code->get(), PCRE2_JIT_COMPLETE) == 0;
    return Regex(*std::move(code), jit);
  }

  /// Finds matches in one text after the other; belongs to one thread.
  ///
  /// Work is bounded: at one place of a text of n bytes, at most 10,000 + 16 n steps back are taken and 64 MiB used,
  /// or next() gives no match and fault() says so. What an attempt may cost times how many there are is at worst n^2.
  class Matcher {
   public:
    explicit Matcher(const Regex& regex)
        : code_(regex.code_.get()), jit_(regex.jit_), data_(pcre2_match_data_create_8(1, nullptr)),
          context_(pcre2_match_context_create_8(nullptr)) {
      if (!data_ || !context_) fault_ = skald::fault(FaultCode::out_of_memory, "a regular expression's match");
      else pcre2_set_heap_limit_8(context_.get(), 64 * 1024);
    }

    void start(std::string_view text) {
      text_ = text;
      search_ = 0;
      last_end_ = SIZE_MAX;
      if (context_) pcre2_set_match_limit_8(context_.get(), std::uint32_t(10000 + 16 * std::min(text.size(), most)));
    }

    /// The next match. Matches do not overlap; an empty one right behind another match is passed over.
    std::optional<ByteRange> next() {
      while (!fault_ && search_ <= text_.size()) {
        const int result = match();
        if (result == PCRE2_ERROR_NOMATCH) break;
        if (result < 0) {
          fault_ = skald::fault(FaultCode::unsupported, "the pattern needs too many steps for this text");
          break;
        }
        const PCRE2_SIZE* const place = pcre2_get_ovector_pointer_8(data_.get());
        const std::size_t begin = place[0], end = place[1];
        if (begin >= end && end == last_end_) {  // no progress: look on behind the next character
          search_ = end < text_.size() ? end + std::size_t(detail::decode_utf8(text_.data() + end).size) : end + 1;
          continue;
        }
        search_ = last_end_ = end;
        return ByteRange{std::uint32_t(std::min(begin, end)), std::uint32_t(end)};
      }
      return std::nullopt;
    }

    const Fault& fault() const { return fault_; }

   private:
    static constexpr std::size_t most = 1u << 27;

    int match() {
      const auto text = reinterpret_cast<PCRE2_SPTR8>(text_.data());
      if (jit_) {
        const int result = pcre2_jit_match_8(code_, text, text_.size(), search_, 0, data_.get(), context_.get());
        if (result != PCRE2_ERROR_JIT_STACKLIMIT) return result;
      }
      return pcre2_match_8(code_, text, text_.size(), search_, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data_.get(),
                           context_.get());
    }

    const pcre2_code_8* code_;
    bool jit_;
    detail::Pcre2MatchData data_;
    detail::Pcre2MatchContext context_;
    std::string_view text_;
    std::size_t search_ = 0, last_end_ = SIZE_MAX;
    Fault fault_;
  };

 private:
  static constexpr std::size_t max_pattern = 65536;

  Regex(detail::Pcre2Code code, bool jit) : code_(std::move(code)), jit_(jit) {}

  detail::Pcre2Code code_;
  bool jit_ = false;
};

}  // namespace skald
