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

  Pattern pattern;
  std::string content;

  static Result<ReplaceNormalizer> from_json(JsonFields& fields) {
    const std::string content = fields.string("content");
    const auto json = fields.object("pattern");
    if (fields.failed()) return fields.finish(ReplaceNormalizer{});
    Result<Pattern> pattern = Pattern::from_json(*json, fields.place("pattern"));
    if (!pattern) return std::move(pattern).error();
    return ReplaceNormalizer{*std::move(pattern), content};
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
