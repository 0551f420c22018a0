// The post-processor of a tokenizer.json. A new kind is one file beside this one and one line in the list.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "skald/text/component.hpp"
#include "skald/text/post_processors/bert_processing.hpp"
#include "skald/text/post_processors/byte_level.hpp"
#include "skald/text/post_processors/template_processing.hpp"

namespace skald::inline SKALD_ABI {

class AnyPostProcessor;

/// One after the other; none: the texts as they are.
struct PostProcessorSequence {
  static constexpr std::string_view type = "Sequence";

  std::vector<AnyPostProcessor> processors;

  static Result<PostProcessorSequence> from_json(JsonFields& fields);
  std::size_t added_tokens(bool pair) const;
  Result<void> operator()(PostProcessing& work) const;
};

class AnyPostProcessor : public OneComponentOf<AnyPostProcessor,
                                      PostProcessorSequence,
                                      BertProcessing,
                                      ByteLevelProcessing,
                                      RobertaProcessing,
                                      TemplateProcessing> {
 public:
  using OneComponentOf::OneComponentOf;

  std::size_t added_tokens(bool pair) const {
    return visit([&](const auto& processor) { return processor.added_tokens(pair); });
  }
  Result<void> operator()(PostProcessing& work) const {
    return visit([&](const auto& processor) { return processor(work); });
  }
};

inline Result<PostProcessorSequence> PostProcessorSequence::from_json(JsonFields& fields) {
  Result<std::vector<AnyPostProcessor>> parts = parts_from_json<AnyPostProcessor>(fields, "processors");
  if (!parts) return std::move(parts).error();
  return PostProcessorSequence{*std::move(parts)};
}

inline std::size_t PostProcessorSequence::added_tokens(bool pair) const {
  std::size_t n = 0;
  for (const AnyPostProcessor& processor : processors) n += processor.added_tokens(pair);
  return n;
}

inline Result<void> PostProcessorSequence::operator()(PostProcessing& work) const {
  for (const AnyPostProcessor& processor : processors) {
    if (Result<void> done = processor(work); !done) return done;
  }
  return {};
}

static_assert(PostProcessor<AnyPostProcessor>);

}  // namespace skald
