// The normalizer of a tokenizer.json. A new kind is one file beside this one and one line in AnyNormalizer's list.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/normalizers/byte_level.hpp"
#include "skald/text/normalizers/lowercase.hpp"
#include "skald/text/normalizers/prepend.hpp"
#include "skald/text/normalizers/replace.hpp"
#include "skald/text/normalizers/strip.hpp"
#include "skald/text/normalizers/unicode_form.hpp"

namespace skald::inline SKALD_ABI {

class AnyNormalizer;

/// One after the other; none: the text stays as it is.
struct NormalizerSequence {
  static constexpr std::string_view type = "Sequence";

  std::vector<AnyNormalizer> normalizers;

  static Result<NormalizerSequence> from_json(JsonFields& fields);
  Result<void> operator()(AlignedText& text) const;
};

class AnyNormalizer : public OneComponentOf<AnyNormalizer,
                                   NormalizerSequence,
                                   ByteLevelNormalizer,
                                   LowercaseNormalizer,
                                   NfcNormalizer,
                                   NfdNormalizer,
                                   NfkcNormalizer,
                                   NfkdNormalizer,
                                   PrependNormalizer,
                                   ReplaceNormalizer,
                                   StripNormalizer> {
 public:
  using OneComponentOf::OneComponentOf;

  Result<void> operator()(AlignedText& text) const {
    return visit([&](const auto& normalizer) { return normalizer(text); });
  }
};

inline Result<NormalizerSequence> NormalizerSequence::from_json(JsonFields& fields) {
  Result<std::vector<AnyNormalizer>> parts = parts_from_json<AnyNormalizer>(fields, "normalizers");
  if (!parts) return std::move(parts).error();
  return NormalizerSequence{*std::move(parts)};
}

inline Result<void> NormalizerSequence::operator()(AlignedText& text) const {
  for (const AnyNormalizer& normalizer : normalizers) {
    if (Result<void> done = normalizer(text); !done) return done;
  }
  return {};
}

static_assert(Normalizer<AnyNormalizer>);

}  // namespace skald
