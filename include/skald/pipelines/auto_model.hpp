// Auto classes: the precision is read from the files too. One body over the set of all precisions, not one a precision.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/generation/generate.hpp"
#include "skald/generation/read_generation_config.hpp"
#include "skald/pipelines/auto_options.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// The body of every auto class: a model of any precision, and what its folder says about generation.
template <class B, class Families>
class AutoModelBase : public AnyModel<B, Families> {
 public:
  using Base = AnyModel<B, Families>;

  /// generation_config.json, or what config.json holds of it. An error where it asks for what is not done yet: it is
  /// reported by the generate that would have used it.
  const Result<GenerationConfig>& generation_config() const { return generation_config_; }

 protected:
  AutoModelBase(Base base, Result<GenerationConfig> config)
      : Base(std::move(base)), generation_config_(std::move(config)) {}

  static Result<AutoModelBase> try_load(std::string_view path, const AutoOptions<B>& options,
                                        std::optional<HeadKind> head = {});

 private:
  Result<GenerationConfig> generation_config_;
};

template <class B, class Families>
Result<AutoModelBase<B, Families>> AutoModelBase<B, Families>::try_load(
    std::string_view path, const AutoOptions<B>& options, std::optional<HeadKind> head) {
  Result<LoadOptions<B>> load = load_options(options, head);
  if (!load) return std::move(load).error();
  Result<Checkpoint> checkpoint = Checkpoint::try_open(std::string(path));
  if (!checkpoint) return std::move(checkpoint).error();
  Result<Base> base = Pretrained<Base, Families>::try_from_checkpoint(*checkpoint, *load);
  if (!base) return std::move(base).error();
  const auto own = checkpoint->generation_config();
  return AutoModelBase(*std::move(base),
                       read_generation_config(own ? JsonConfig(*own, "generation_config.json")
                                                  : JsonConfig(checkpoint->config(), "config.json")));
}

}  // namespace detail

SKALD_COMPILED_ONCE(model, class Transformer<Cpu, AnyPrecision, FromConfig>)
SKALD_COMPILED_ONCE(model, Fault detail::AnyModel<Cpu, AllFamilies>::forward(CpuQueue&, const StepBatch&,
                                                                             PagedCache<Cpu>&, float*, NoTap&&) const)
SKALD_COMPILED_ONCE(model, Fault detail::AnyModel<Cpu, AllFamilies>::forward(CpuQueue&, const StepBatch&, float*,
                                                                             NoTap&&) const)
SKALD_COMPILED_ONCE(model, Fault detail::AnyModel<Cpu, AllFamilies>::encode(CpuQueue&, const StepBatch&, float*,
                                                                            float*, NoTap&&) const)
SKALD_COMPILED_ONCE(loading, class detail::AutoModelBase<Cpu, AllFamilies>)

/// Decoders with a language head. `BasicAutoModelForCausalLM<B, Families>` takes another backend or families of your
/// own.
template <class B, class Families>
class BasicAutoModelForCausalLM : public detail::AutoModelBase<B, Families> {
  using Parent = detail::AutoModelBase<B, Families>;

 public:
  static Result<BasicAutoModelForCausalLM> try_from_pretrained(std::string_view path,
                                                               const AutoOptions<B>& options = {}) {
    Result<Parent> loaded = Parent::try_load(path, options, HeadKind::language);
    if (!loaded) return std::move(loaded).error();
    return BasicAutoModelForCausalLM(*std::move(loaded));
  }
  template <class Path = std::string_view>
  static BasicAutoModelForCausalLM from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

 private:
  explicit BasicAutoModelForCausalLM(Parent loaded) : Parent(std::move(loaded)) {}
};

/// What the folder holds, with the head it was saved with: hidden states (encode) of encoders, and of anything else
/// that is not saved as a language model.
template <class B, class Families>
class BasicAutoModel : public detail::AutoModelBase<B, Families> {
  using Parent = detail::AutoModelBase<B, Families>;

 public:
  static Result<BasicAutoModel> try_from_pretrained(std::string_view path, const AutoOptions<B>& options = {}) {
    Result<Parent> loaded = Parent::try_load(path, options);
    if (!loaded) return std::move(loaded).error();
    return BasicAutoModel(*std::move(loaded));
  }
  template <class Path = std::string_view>
  static BasicAutoModel from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

 private:
  explicit BasicAutoModel(Parent loaded) : Parent(std::move(loaded)) {}
};

/// Models with a head over one step; forward(queue, batch, logits) asks it. An error where the checkpoint was saved
/// with another one. A name for each: AutoModelForMaskedLM, ...ForSequenceClassification, ...ForTokenClassification,
/// ...ForQuestionAnswering.
template <HeadKind Head, class B, class Families>
class BasicAutoModelWithHead : public detail::AutoModelBase<B, Families> {
  using Parent = detail::AutoModelBase<B, Families>;

 public:
  static Result<BasicAutoModelWithHead> try_from_pretrained(std::string_view path,
                                                            const AutoOptions<B>& options = {}) {
    Result<Parent> loaded = Parent::try_load(path, options, Head);
    if (!loaded) return std::move(loaded).error();
    return BasicAutoModelWithHead(*std::move(loaded));
  }
  template <class Path = std::string_view>
  static BasicAutoModelWithHead from_pretrained(const Path& path, const AutoOptions<B>& options = {}) {
    return unwrap(try_from_pretrained(path, options));
  }

 private:
  explicit BasicAutoModelWithHead(Parent loaded) : Parent(std::move(loaded)) {}
};

using AutoModelForMaskedLM = BasicAutoModelWithHead<HeadKind::masked_language>;
using AutoModelForSequenceClassification = BasicAutoModelWithHead<HeadKind::sequence_class>;
using AutoModelForTokenClassification = BasicAutoModelWithHead<HeadKind::token_class>;
using AutoModelForQuestionAnswering = BasicAutoModelWithHead<HeadKind::question>;

}  // namespace skald
