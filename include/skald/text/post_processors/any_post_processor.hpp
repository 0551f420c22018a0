// The post-processor of a tokenizer.json. A new kind is one file beside this one and one line in the list.
#pragma once
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/post_processors/bert_processing.hpp"
#include "skald/text/post_processors/byte_level.hpp"
#include "skald/text/post_processors/template_processing.hpp"

namespace skald::inline SKALD_ABI {

struct PostProcessorSequence;

/// Any post-processor, a user's own too; an empty one leaves the texts as they are.
class AnyPostProcessor : public AnyComponent<AnyPostProcessor> {
 public:
  using Components = TypeList<BertProcessing,
                              ByteLevelProcessing,
                              PostProcessorSequence,
                              RobertaProcessing,
                              TemplateProcessing>;

  static constexpr std::string_view parts_key = "processors";  // of a Sequence

  AnyPostProcessor() = default;
  template <class P>
    requires(!std::is_same_v<P, AnyPostProcessor> && PostProcessor<P>)
  AnyPostProcessor(P processor) : AnyComponent(new Holder<P>(std::move(processor))) {}

  std::size_t added_tokens(bool pair) const { return *this ? hidden().added_tokens(pair) : 0; }
  Result<void> operator()(PostProcessing& work) const { return *this ? hidden()(work) : NoPostProcessor()(work); }

 private:
  friend AnyComponent;

  struct Interface : detail::HiddenComponent {
    virtual std::size_t added_tokens(bool pair) const = 0;
    virtual Result<void> operator()(PostProcessing& work) const = 0;
  };
  template <class P>
  struct Holder final : Interface {
    Holder() = default;
    explicit Holder(P processor) : component(std::move(processor)) {}
    std::size_t added_tokens(bool pair) const override { return component.added_tokens(pair); }
    Result<void> operator()(PostProcessing& work) const override { return component(work); }

    P component;
  };
};

/// One after the other.
struct PostProcessorSequence : SequenceOf<AnyPostProcessor> {
  std::size_t added_tokens(bool pair) const {
    std::size_t n = 0;
    for (const AnyPostProcessor& processor : parts) n += processor.added_tokens(pair);
    return n;
  }
  Result<void> operator()(PostProcessing& work) const {
    const bool last = work.last;
    for (const AnyPostProcessor& processor : parts) {
      work.last = last && &processor == &parts.back();
      if (Result<void> done = processor(work); !done) return done;
    }
    return {};
  }
};

static_assert(PostProcessor<AnyPostProcessor>);

}  // namespace skald
