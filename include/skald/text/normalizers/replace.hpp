// Every match of a pattern becomes something else.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "skald/text/normalizers/normalizer.hpp"
#include "skald/text/pattern.hpp"

namespace skald::inline SKALD_ABI {

/// Replaces matches by `content`, as it stands: no group references. What is inserted has the origin of the match's
/// last character.
struct ReplaceNormalizer {
  static constexpr std::string_view type = "Replace";
  static constexpr std::string_view untyped_key = "pattern";

  Pattern pattern;
  std::string content;

  void read(JsonFields& fields) {
    content = fields.string("content");
    pattern.read(fields, "pattern");
  }

  Result<void> operator()(AlignedText& text) const {
    if (text.view().empty()) return {};
    Pattern::Finder finder(pattern);
    finder.start(text.view());
    auto match = finder.next();
    if (!match) return finder.result();
    TextRewriter rewriter(text);
    for (; match; match = finder.next()) {
      rewriter.copy(match->begin - rewriter.position());
      rewriter.drop(match->size());
      rewriter.insert(content);
    }
    rewriter.copy(rewriter.rest().size());
    std::move(rewriter).commit(text);
    return finder.result();
  }
};

}  // namespace skald
