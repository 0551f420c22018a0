// Hidden states and attentions of what was generated: a model that wraps a model, and where they are kept.
#pragma once
#include <deque>
#include <span>
#include <type_traits>
#include <vector>

#include "skald/backend/backend.hpp"
#include "skald/generation/model_wrapper.hpp"
#include "skald/layers/tap.hpp"
#include "skald/tensor/matrix_view.hpp"
#include "skald/tensor/step_batch.hpp"

namespace skald::inline SKALD_ABI {

/// What forwards showed, by output row (RowOrigin::row) and position. A position that is fed again (a rejected draft,
/// a step that was cancelled) is written again; of beams it holds what stood in that place at that step, beam_indices
/// say whose past it is. Memory: positions * (layers + 1) * hidden floats, and positions^2 / 2 * layers * heads of
/// attentions.
/// One thread at a time.
class RecordedStates {
 public:
  /// How many positions of a row were fed.
  std::int32_t positions(std::int32_t row) { return settle(), row < rows() ? rows_[std::size_t(row)].positions : 0; }
  std::int32_t rows() const { return std::int32_t(rows_.size()); }

  /// 0: the embedding, i: after layer i, the last behind the final norm. [hidden]; empty: not recorded.
  std::span<const float> hidden(std::int32_t row, std::int32_t layer, std::int32_t position) {
    settle();
    return at(row, position) ? found(rows_[std::size_t(row)].hidden, layer, position) : std::span<const float>();
  }
  /// Probabilities that the token at `position` gives to positions [0, position], one head. Empty: not recorded.
  std::span<const float> attention(std::int32_t row, std::int32_t layer, std::int32_t head, std::int32_t position) {
    settle();
    const auto all = at(row, position) ? found(rows_[std::size_t(row)].attentions, layer, position)
                                       : std::span<const float>();
    const auto keys = std::size_t(position) + 1;
    return (std::size_t(head) + 1) * keys <= all.size() ? all.subspan(std::size_t(head) * keys, keys)
                                                        : std::span<const float>();
  }

  /// What WithStates calls around a forward.
  void begin(const StepBatch& batch) {
    settle();
    step_.assign(batch.rows.begin(), batch.rows.end());
  }
  void forget() {
    step_.clear();
    seen_.clear();
  }
  /// The views are there after the queue's wait(): they are sorted into their rows at the next look.
  template <class Q, class Matrix>
  void see(Q& q, bool attention, std::int32_t layer, const Matrix& m) {
    Seen& s = seen_.emplace_back(Seen{attention, layer, m.cols, {}});
    s.values.resize(std::size_t(m.rows * m.cols));
    if (m.stride == m.cols) return q.read(s.values.data(), m.data, m.rows * m.cols);
    for (index_t r = 0; r < m.rows; ++r) q.read(s.values.data() + r * m.cols, m.row(r), m.cols);
  }

 private:
  struct Seen {
    bool attention;
    std::int32_t layer;
    index_t cols;
    std::vector<float> values;
  };
  using Layers = std::vector<std::vector<std::vector<float>>>;  // [layer][position]
  struct RowStates {
    std::int32_t positions = 0;
    Layers hidden, attentions;
  };

  bool at(std::int32_t row, std::int32_t position) const {
    return row >= 0 && row < rows() && position >= 0 && position < rows_[std::size_t(row)].positions;
  }
  static std::span<const float> found(const Layers& layers, std::int32_t layer, std::int32_t position) {
    if (layer < 0 || std::size_t(layer) >= layers.size()) return {};
    const auto& places = layers[std::size_t(layer)];
    return std::size_t(position) < places.size() ? places[std::size_t(position)] : std::span<const float>();
  }

  void settle() {
    std::size_t tokens = 0;
    for (const Row& row : step_) tokens += std::size_t(row.count);
    for (const Row& row : step_) {
      const auto which = std::size_t(row.origin.row);
      if (rows_.size() <= which) rows_.resize(which + 1);
      RowStates& to = rows_[which];
      to.positions = row.past + row.count;
      for (const Seen& s : seen_) {
        const std::size_t lines = s.values.size() / std::size_t(s.cols) / tokens;  // heads, or 1
        for (std::int32_t i = 0; i < row.count; ++i) {
          const auto position = std::size_t(row.past + i), keep = s.attention ? position + 1 : std::size_t(s.cols);
          auto& place = slot(s.attention ? to.attentions : to.hidden, s.layer, position);
          for (std::size_t line = 0; line < lines; ++line) {
            const auto from = s.values.begin() + std::ptrdiff_t((std::size_t(row.first + i) * lines + line)) * s.cols;
            place.insert(place.end(), from, from + std::ptrdiff_t(keep));
          }
        }
      }
    }
    forget();
  }
  static std::vector<float>& slot(Layers& layers, std::int32_t layer, std::size_t position) {
    if (layers.size() <= std::size_t(layer)) layers.resize(std::size_t(layer) + 1);
    auto& places = layers[std::size_t(layer)];
    if (places.size() <= position) places.resize(position + 1);
    places[position].clear();
    return places[position];
  }

  std::vector<Row> step_;
  std::deque<Seen> seen_;  // what a queue still writes must not move
  std::vector<RowStates> rows_;
};

/// A model whose forwards are recorded, for every search alike. The model and `states` must outlive it.
///   RecordedStates states;
///   auto out = generate(WithStates(lm, states), ids);
/// `WithStates<Lm, true, true>` sees attentions too, which cost tokens * heads * context floats of scratch.
template <class Model, bool Hidden = true, bool Attentions = false>
class WithStates : public ModelWrapper<Model> {
 public:
  using Base = ModelWrapper<Model>;
  using typename Base::Ptr;
  using typename Base::Queue;
  using typename Base::Space;
  static constexpr bool needs_every_forward = true;  ///< so a Session keeps no beginnings for it

  WithStates(const Model& model, RecordedStates& states) : Base(model), states_(&states) {}

  template <class Cache>
  Fault forward(Queue& q, const StepBatch& batch, Cache& cache, Ptr logits) const {
    states_->begin(batch);
    const Fault f = this->model().forward(q, batch, cache, logits, Tap{states_});
    if (f) states_->forget();
    return f;
  }

 private:
  struct Tap {
    static constexpr bool hidden_states = Hidden, attentions = Attentions;
    RecordedStates* to;
    void hidden(Queue& q, int layer, MatrixView<Space> x) { to->see(q, false, layer, x); }
    void attention(Queue& q, int layer, MatrixView<Space> x) { to->see(q, true, layer, x); }
  };

  RecordedStates* states_;
};

}  // namespace skald
