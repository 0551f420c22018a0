// pipeline<"text-classification">(folder): the task's name chooses the type when the program is compiled.
#pragma once
#include <filesystem>

#include "skald/core/fixed_string.hpp"
#include "skald/pipelines/auto_options.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// What a wrong task gives, so that its sentence stands alone.
struct NoPipeline {
  template <class... Args>
  static Result<NoPipeline> try_from_pretrained(const Args&...);
};

template <FixedString>
inline constexpr bool no_such_task = false;

}  // namespace detail

/// Which pipeline does a task. Each header in pipelines/ adds its own; so may you, for a task and a type of yours:
///
///     template <>
///     struct skald::PipelineFor<"my-task"> {
///       template <class B, class Families> using type = MyPipeline;   // has try_from_pretrained(path, AutoOptions<B>)
///       using DefaultFamilies = ...;                                  // may be left out: AllFamilies
///     };
template <FixedString Task>
struct PipelineFor {
  static_assert(detail::no_such_task<Task>,
                "skald: pipeline<...> knows text-generation, text2text-generation (summarization, translation), "
                "text-classification (sentiment-analysis), token-classification (ner), question-answering, fill-mask, "
                "feature-extraction, zero-shot-classification, sentence-similarity, text-ranking, and what you add; "
                "each needs its header, <skald/pipelines.hpp> has all. See docs/pipelines.md");
  template <class B, class Families>
  using type = detail::NoPipeline;
};

namespace detail {

template <class For>
struct families_of {
  using type = AllFamilies;
};
template <class For>
  requires requires { typename For::DefaultFamilies; }
struct families_of<For> {
  using type = typename For::DefaultFamilies;
};
template <FixedString Task>
using families_of_task = typename families_of<PipelineFor<Task>>::type;

}  // namespace detail

/// As transformers' pipeline(task, model): the object that does the task with the model of that folder.
template <FixedString Task, class B = Cpu, class Families = detail::families_of_task<Task>>
auto try_pipeline(const std::filesystem::path& path, const AutoOptions<B>& options = {}) {
  return PipelineFor<Task>::template type<B, Families>::try_from_pretrained(path, options);
}
template <FixedString Task, class B = Cpu, class Families = detail::families_of_task<Task>>
auto pipeline(const std::filesystem::path& path, const AutoOptions<B>& options = {}) {
  return unwrap(try_pipeline<Task, B, Families>(path, options));
}

/// Transformers downloads a model of its choice here; nothing is downloaded by skald, and none is built in.
template <FixedString Task, class B = Cpu>
auto pipeline() {
  static_assert(detail::no_such_task<Task>,
                "skald: pipeline<...>() needs the folder of a model, since nothing is downloaded and none is built in: "
                "pipeline<\"text-generation\">(\"examples/models/skald-tales\") takes the one of this repository. See "
                "docs/pipelines.md");
}
template <FixedString Task, class B = Cpu>
auto try_pipeline() { return pipeline<Task, B>(); }

}  // namespace skald
