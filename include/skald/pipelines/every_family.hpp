// EveryFamily: folders of decoders, encoders and encoder-decoders alike, where which one it is shows in the file.
#pragma once
#include <type_traits>
#include <utility>
#include <variant>

#include "skald/model/pretrained_encoder_decoder.hpp"
#include "skald/pipelines/auto_options.hpp"

namespace skald::inline SKALD_ABI {

/// A Transformer or an EncoderDecoder, with what a task asks of either: one step, without a cache.
template <class B>
class EitherModel {
 public:
  using Backend = B;
  using Alone = detail::AnyModel<B, AllFamilies>;
  using Pair = detail::AnyModel<B, Seq2SeqFamilies>;
  using Queue = typename B::Queue;
  using Space = typename B::Space;
  using Ptr = typename Space::template ptr<float>;

  EitherModel(Alone model) : model_(std::move(model)) {}
  EitherModel(Pair model) : model_(std::move(model)) {}

  /// The model itself; null where it is the other.
  const Alone* transformer() const { return std::get_if<Alone>(&model_); }
  const Pair* encoder_decoder() const { return std::get_if<Pair>(&model_); }

  /// Of an encoder-decoder, its decoder's.
  const ModelSpec& spec() const {
    return either([](const auto& m) -> const ModelSpec& { return m.spec(); });
  }
  const B& backend() const {
    return either([](const auto& m) -> const B& { return m.backend(); });
  }
  const SpecialTokens& special_tokens() const {
    return either([](const auto& m) -> const SpecialTokens& { return m.special_tokens(); });
  }
  std::int32_t vocab_size() const { return spec().head_rows(); }

  Fault forward(Queue& q, const StepBatch& batch, Ptr logits) const {
    return either([&](const auto& m) { return m.forward(q, batch, logits); });
  }
  Fault encode(Queue& q, const StepBatch& batch, Ptr hidden) const {
    return either([&](const auto& m) { return m.encode(q, batch, hidden); });
  }

 private:
  template <class F>
  decltype(auto) either(F&& f) const {
    if (const Alone* alone = transformer()) return f(*alone);
    return f(*encoder_decoder());
  }

  std::variant<Alone, Pair> model_;
};

/// The list of families of pipelines that serve all of them.
struct EveryFamily {
  template <class B>
  using Model = EitherModel<B>;
};

template <class B>
struct Pretrained<EitherModel<B>, EveryFamily> {
  static Result<EitherModel<B>> try_from_checkpoint(const Checkpoint& checkpoint, const LoadOptions<B>& options = {}) {
    using Model = EitherModel<B>;
    const auto as = [&]<class M, class Families>(std::type_identity<M>, std::type_identity<Families>) {
      Result<M> model = Pretrained<M, Families>::try_from_checkpoint(checkpoint, options);
      return model ? Result<Model>(Model(*std::move(model))) : Result<Model>(std::move(model).error());
    };
    const bool pair = detail::is_encoder_decoder(checkpoint);
    return pair ? as(std::type_identity<typename Model::Pair>(), std::type_identity<Seq2SeqFamilies>())
                : as(std::type_identity<typename Model::Alone>(), std::type_identity<AllFamilies>());
  }
};

}  // namespace skald
