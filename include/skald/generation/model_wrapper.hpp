// What a model that wraps a model passes on.
#pragma once
#include <cstdint>
#include <utility>

#include "skald/core/config.hpp"

namespace skald::inline SKALD_ABI {

/// Everything of a CausalModel but forward(), which is yours to write. The model must outlive it.
template <class Model>
class ModelWrapper {
 public:
  using Backend = typename Model::Backend;
  using Space = typename Model::Space;
  using Queue = typename Model::Queue;
  using Ptr = typename Model::Ptr;
  /// As of the model: see Session.
  static constexpr bool needs_every_forward = [] {
    if constexpr (requires { Model::needs_every_forward; }) return Model::needs_every_forward;
    else return false;
  }();

  explicit ModelWrapper(const Model& model) : model_(&model) {}

  const Model& model() const { return *model_; }
  decltype(auto) spec() const { return model_->spec(); }
  decltype(auto) backend() const { return model_->backend(); }
  decltype(auto) special_tokens() const { return model_->special_tokens(); }
  std::int32_t vocab_size() const { return model_->vocab_size(); }
  template <class M = Model>
  auto generation_config() const -> decltype(std::declval<const M&>().generation_config()) {
    return static_cast<const M*>(model_)->generation_config();
  }

 private:
  const Model* model_;
};

}  // namespace skald
