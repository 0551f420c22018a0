// The normalizer of a tokenizer.json. A new kind is one file beside this one and one line in AnyNormalizer's list.
#pragma once
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/normalizers/bert.hpp"
#include "skald/text/normalizers/byte_level.hpp"
#include "skald/text/normalizers/lowercase.hpp"
#include "skald/text/normalizers/nmt.hpp"
#include "skald/text/normalizers/precompiled.hpp"
#include "skald/text/normalizers/prepend.hpp"
#include "skald/text/normalizers/replace.hpp"
#include "skald/text/normalizers/strip.hpp"
#include "skald/text/normalizers/strip_accents.hpp"
#include "skald/text/normalizers/unicode_form.hpp"

namespace skald::inline SKALD_ABI {

struct NormalizerSequence;

/// Any normalizer, a user's own too; an empty one leaves the text as it is.
class AnyNormalizer : public AnyComponent<AnyNormalizer> {
 public:
  using Components = TypeList<BertNormalizer,
                              ByteLevelNormalizer,
                              LowercaseNormalizer,
                              NfcNormalizer,
                              NfdNormalizer,
                              NfkcNormalizer,
                              NfkdNormalizer,
                              NmtNormalizer,
                              NormalizerSequence,
                              PrecompiledNormalizer,
                              PrependNormalizer,
                              ReplaceNormalizer,
                              StripAccentsNormalizer,
                              StripNormalizer>;

  static constexpr std::string_view parts_key = "normalizers";  // of a Sequence

  AnyNormalizer() = default;
  template <class N>
    requires(!std::is_same_v<N, AnyNormalizer> && Normalizer<N>)
  AnyNormalizer(N normalizer) : AnyComponent(new Holder<N>(std::move(normalizer))) {}

  Result<void> operator()(AlignedText& text) const { return *this ? hidden()(text) : Result<void>(); }

 private:
  friend AnyComponent;

  struct Interface : detail::HiddenComponent {
    virtual Result<void> operator()(AlignedText& text) const = 0;
  };
  template <class N>
  struct Holder final : Interface {
    Holder() = default;
    explicit Holder(N normalizer) : component(std::move(normalizer)) {}
    Result<void> operator()(AlignedText& text) const override { return component(text); }

    N component;
  };
};

/// One after the other.
struct NormalizerSequence : SequenceOf<AnyNormalizer> {
  static constexpr std::string_view untyped_key = AnyNormalizer::parts_key;

  Result<void> operator()(AlignedText& text) const {
    for (const AnyNormalizer& normalizer : parts) {
      if (Result<void> done = normalizer(text); !done) return done;
    }
    return {};
  }
};

static_assert(Normalizer<AnyNormalizer>);

}  // namespace skald
