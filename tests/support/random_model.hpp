// Models of any spec whose weights are a function of their place: built in memory, or as the tensors of a folder.
#pragma once
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "skald/core/random.hpp"
#include "skald/model/family.hpp"
#include "skald/model/transformer.hpp"
#include "skald/precision/plan.hpp"

namespace support {

using skald::index_t;
using skald::Role;

/// The number at one place of one weight: two ways to the same model find the same numbers.
struct RandomWeights {
  std::uint64_t seed = 1;

  float matrix(Role role, int layer, int expert, index_t row, index_t col, index_t cols) const {
    const bool table =
        role == Role::token_embedding || role == Role::position_embedding || role == Role::type_embedding;
    return between(role, layer, expert, row, col) * (table ? 1.0f : std::sqrt(3.0f / float(cols)));
  }
  float vector(Role role, int layer, int expert, skald::VectorPart part, index_t i) const {
    const float u = between(role, layer, expert, -1, i);
    return part == skald::VectorPart::bias ? 0.2f * u : 1.0f + 0.3f * u;
  }

 private:
  float between(Role role, int layer, int expert, index_t row, index_t col) const {
    const auto which = std::uint32_t(role) << 20 | std::uint32_t(layer + 1) << 12 | std::uint32_t(expert + 1);
    return 2 * skald::random_uniform({seed, which, std::uint32_t(row + 1)}, std::uint32_t(col)) - 1;
  }
};

/// Fills the slots of a model on the host. `mixed` gives the weights the members of their set by turns.
template <class B>
class RandomFiller {
 public:
  RandomFiller(RandomWeights weights, bool mixed) : weights_(weights), mixed_(mixed) {}
  void layer(int l) { layer_ = l; }

  template <class... Ps>
  void matrix(Role role, int expert, index_t rows, index_t cols, skald::Weight<skald::OneOf<Ps...>>& slot) {
    std::size_t turn = mixed_ ? turn_++ % sizeof...(Ps) : 0;
    (void)((turn-- == 0 ? (fill<Ps>(role, expert, rows, cols, slot), true) : false) || ...);
  }
  void vector(Role role, int expert, skald::VectorPart part, index_t n, const float*& slot) {
    auto values = std::make_unique<float[]>(std::size_t(n));
    for (index_t i = 0; i < n; ++i) values[std::size_t(i)] = weights_.vector(role, layer_, expert, part, i);
    slot = values.get();
    storage.vectors.push_back(std::move(values));
  }

  skald::HeapStorage<B> storage;

 private:
  template <class P, class Set>
  void fill(Role role, int expert, index_t rows, index_t cols, skald::Weight<Set>& slot) {
    typename B::Memory memory;
    if (B::Memory::allocate(P::bytes(rows, cols), memory)) return;
    P::encode([&](index_t r, index_t c, float* out, index_t n) {
      for (index_t i = 0; i < n; ++i) out[i] = weights_.matrix(role, layer_, expert, r, c + i, cols);
    }, rows, cols, memory.data());
    slot.template set<P>(P::parts(memory.data(), rows, cols));
    storage.buffers.push_back(std::move(memory));
  }

  RandomWeights weights_;
  bool mixed_;
  std::size_t turn_ = 0;
  int layer_ = -1;
};

template <class Model>
Model random_model(typename Model::Arch arch, typename Model::Backend backend = {}, RandomWeights weights = {},
                   skald::SpecialTokens special = {}, bool mixed = false) {
  typename Model::Weights slots;
  RandomFiller<typename Model::Backend> filler(weights, mixed);
  slots.visit(arch.spec(), filler);
  return Model(std::move(arch), std::move(backend), std::move(slots), special, std::move(filler.storage));
}

}  // namespace support
