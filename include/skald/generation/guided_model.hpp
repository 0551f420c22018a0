// Classifier-free guidance: a model that runs each sequence beside one without the prompt, and moves away from that.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "skald/backend/backend.hpp"
#include "skald/core/result.hpp"
#include "skald/generation/beam_candidates.hpp"
#include "skald/generation/guided_cache.hpp"
#include "skald/generation/model_wrapper.hpp"
#include "skald/generation/session.hpp"
#include "skald/layers/tap.hpp"
#include "skald/model/shifted_right.hpp"

namespace skald::inline SKALD_ABI {

struct GuidanceOptions {
  float guidance_scale = 1.5f;  ///< 1: the model alone, at its own cost
  /// What stands in the prompt's place: none: the prompt's last token alone; one for all prompts; or one a prompt.
  std::vector<std::vector<token_id>> negative_prompt_ids{};
  /// Of encoder-decoders, to reproduce what transformers 5 does for bart and mbart: beside, the decoder too reads the
  /// negative prompt (none: the start token), shifted to the right, and then each new token alone, shifted: of bart the
  /// start token again and again. Otherwise it reads what is written. Other families refuse, as there.
  bool shift_negative_prompt = false;
};

/// Logits are scale * (c - u) + u, with c = log_softmax(logits behind the text) and u the same behind the negative
/// prompt and the new tokens: transformers' guidance_scale and negative_prompt_ids. Sanchez et al., "Stay on topic with
/// classifier-free guidance" (2023). Under every search alike, since it is a model:
///   auto out = generate(Guided(lm, {.guidance_scale = 1.5f}), ids);
/// Costs two rows for each of the plain model, and a wait within forward. The model must outlive it.
/// Of an encoder-decoder the encoder reads the prompt and, beside, the negative prompt; both decoders write the same.
/// Faults of forward beside the model's: unsupported (logits within a prompt), out_of_range (no negative prompt).
template <class Model>
class Guided : public ModelWrapper<Model> {
 public:
  using Base = ModelWrapper<Model>;
  using typename Base::Backend;
  using typename Base::Ptr;
  using typename Base::Queue;
  using typename Base::Space;
  /// Whether an encoder reads the prompts.
  static constexpr bool reads_first = requires(const Model& m) { m.encoder(); };
  template <class T>
  using Inner = typename detail::SessionCache<Model, T>::type;
  /// What a Session holds for it.
  template <class T>
  using Cache = GuidedCache<Inner<T>>;

  explicit Guided(const Model& model, GuidanceOptions options = {}) : Base(model), options_(std::move(options)) {}

  float guidance_scale() const { return options_.guidance_scale; }

  /// Room for twice the sequences, and for negative prompts.
  template <class T>
  Fault allocate_cache(std::int32_t context, std::int64_t positions, Cache<T>& out) const {
    std::size_t longest = 1;
    for (const auto& ids : options_.negative_prompt_ids) longest = std::max(longest, ids.size());
    Inner<T> inner;
    const std::int64_t sequences = positions / 32 + 1;  // a sequence takes that many at least
    const std::int64_t room = 2 * positions + sequences * std::int64_t(longest);
    if (Fault f = detail::allocate_cache<T>(this->model(), context + std::int32_t(longest), room, inner)) return f;
    out = Cache<T>(std::move(inner), context);
    return {};
  }

  /// Of an encoder-decoder. Both are read in one step: the rows, and for each its negative prompt.
  /// Fault beside the model's: out_of_range (no negative prompt).
  template <class C, class Tap = NoTap>
    requires reads_first
  Fault encode(Queue& q, const StepBatch& batch, GuidedCache<C>& cache, Tap&& tap = {}) const {
    auto& work = cache.work();
    if (Fault f = start(batch, cache)) return f;
    for (std::size_t i = 0; i < batch.rows.size() && guides(); ++i) {
      const Row& row = batch.rows[i];
      if (Fault f = check_negative(row)) return f;
      const token_id first = this->special_tokens().first_of_decoder();
      auto ids = given(row);
      if (ids.empty() && options_.shift_negative_prompt) ids = std::span(&first, first < 0 ? 0u : 1u);
      if (ids.empty()) ids = batch.tokens.subspan(std::size_t(row.first + row.count - 1), 1);
      Row alone = row;
      alone.sequence = cache.pair(row.sequence).without;
      alone.first = std::int32_t(work.tokens.size());
      alone.count = std::int32_t(ids.size());
      work.tokens.insert(work.tokens.end(), ids.begin(), ids.end());
      for (std::int32_t n = 0; n < alone.count; ++n) work.positions.push_back(n);
      work.rows.push_back(alone);
    }
    return this->model().encode(q, {work.tokens, work.positions, work.rows, {}}, cache.inner(), tap);
  }
  /// The half that reads.
  decltype(auto) encoder() const
    requires reads_first
  {
    return this->model().encoder();
  }

  template <class C>
  Fault forward(Queue& q, const StepBatch& batch, GuidedCache<C>& cache, Ptr logits) const {
    auto& work = cache.work();
    if (Fault f = start(batch, cache)) return f;
    work.logits_at.assign(batch.logits_at.begin(), batch.logits_at.end());
    if (guides())
      if (Fault f = add_without(batch, cache)) return f;
    const StepBatch both{work.tokens, work.positions, work.rows, work.logits_at, {}};
    if (!guides()) return this->model().forward(q, both, cache.inner(), logits);
    return run(q, batch, both, cache, logits);
  }

 private:
  bool guides() const { return options_.guidance_scale != 1.0f; }

  /// The rows with the prompt.
  template <class C>
  static Fault start(const StepBatch& batch, GuidedCache<C>& cache) {
    auto& work = cache.work();
    work.clear();
    for (const Row& row : batch.rows) {
      Row alone = row;
      if (!cache.holds(row.sequence)) return fault(FaultCode::out_of_range, "cache: no such sequence", row.sequence);
      alone.sequence = cache.pair(row.sequence).with;
      work.rows.push_back(alone);
    }
    work.tokens.assign(batch.tokens.begin(), batch.tokens.end());
    work.positions.assign(batch.positions.begin(), batch.positions.end());
    return {};
  }

  Fault check_negative(const Row& row) const {
    const auto& all = options_.negative_prompt_ids;
    if (all.size() <= 1 || std::size_t(row.origin.prompt) < all.size()) return {};
    return fault(FaultCode::out_of_range, "negative_prompt_ids: one, or one a prompt; prompts",
                 std::int64_t(all.size()), row.origin.prompt + 1);
  }

  /// The negative prompt of a row; empty: none.
  std::span<const token_id> given(const Row& row) const {
    const auto& all = options_.negative_prompt_ids;
    const std::size_t which = all.size() == 1 ? 0 : std::size_t(row.origin.prompt);
    return which < all.size() ? std::span<const token_id>(all[which]) : std::span<const token_id>();
  }

  /// What the sequence without the prompt begins with, where the tokens of a row end the prompt.
  Fault add_beginning(const Row& row, std::span<const token_id> tokens, std::vector<token_id>& to) const {
    auto ids = given(row);
    const std::int32_t last = row.origin.prompt_length - 1 - row.past;
    const bool shift = reads_first && options_.shift_negative_prompt;
    if (ids.empty() || (reads_first && !shift))
      if (last >= 0 && last < row.count) ids = tokens.subspan(std::size_t(row.first + last), 1);
    if (shift) return shifted(ids, to);
    to.insert(to.end(), ids.begin(), ids.end());
    return {};
  }
  Fault shifted(std::span<const token_id> ids, std::vector<token_id>& to) const {
    if constexpr (!reads_first) return {};
    else return shift_right(ids, this->spec().decoder_input, this->special_tokens(), to);
  }

  /// The rows without the prompt: as soon as a prompt is read to its end, the negative one is too.
  template <class C>
  Fault add_without(const StepBatch& batch, GuidedCache<C>& cache) const {
    auto& work = cache.work();
    std::vector<std::int32_t>& first_at = work.first_at;  // where position P - 1 stands in what is fed
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
      const Row& row = batch.rows[i];
      auto& pair = cache.pair(row.sequence);
      const std::int32_t prompt = row.origin.prompt_length, end = row.past + row.count;
      first_at.push_back(-1);
      if (end < prompt) continue;
      if (Fault f = check_negative(row)) return f;
      const bool begins = row.past < prompt;
      if (begins && !cache.inner().rewind(pair.without, 0))
        return fault(FaultCode::unsupported, "cache: cannot go back to position", 0);
      Row alone = row;
      alone.sequence = pair.without;
      alone.rope_ahead = 0;
      alone.first = std::int32_t(work.tokens.size());
      if (begins) {
        if (Fault f = add_beginning(row, batch.tokens, work.tokens)) return f;
        pair.prompt = prompt, pair.negative = std::int32_t(work.tokens.size()) - alone.first;
      }
      alone.past = cache.inner().length(pair.without);
      if (pair.prompt != prompt || alone.past != (begins ? 0 : cache.length_without(row.sequence, row.past)))
        return fault(FaultCode::mismatch, "guidance: a sequence that was not begun with this prompt", std::int32_t(i));
      for (std::int32_t p = std::max(prompt, row.past); p < end; ++p) {
        const auto token = batch.tokens.subspan(std::size_t(row.first + p - row.past), 1);
        if (!reads_first || !options_.shift_negative_prompt) work.tokens.push_back(token[0]);
        else if (Fault f = shifted(token, work.tokens)) return f;
      }
      alone.count = std::int32_t(work.tokens.size()) - alone.first;
      for (std::int32_t n = 0; n < alone.count; ++n) work.positions.push_back(alone.past + n);
      first_at.back() = alone.first + (pair.negative - 1 - alone.past);
      if (alone.count > 0) work.rows.push_back(alone);
    }
    for (const std::int32_t at : batch.logits_at) {
      std::size_t i = 0;
      while (i + 1 < batch.rows.size() && at >= batch.rows[i + 1].first) ++i;
      const Row& row = batch.rows[i];
      const std::int32_t position = row.past + at - row.first, prompt = row.origin.prompt_length;
      if (position < prompt - 1 || (first_at[i] < 0 && position < prompt))
        return fault(FaultCode::unsupported, "guidance: logits within a prompt, at position", prompt - 1, position);
      work.logits_at.push_back(first_at[i] + position - (prompt - 1));
    }
    return {};
  }

  template <class C>
  Fault run(Queue& q, const StepBatch& batch, const StepBatch& both, GuidedCache<C>& cache, Ptr logits) const {
    auto& work = cache.work();
    const auto vocab = std::size_t(this->vocab_size()), outputs = batch.logits_at.size();
    const std::size_t size = 2 * outputs * vocab;
    if (work.logits.size() < size) work.logits.resize(size);
    Fault f;
    if constexpr (is_host<Space>) {
      f = this->model().forward(q, both, cache.inner(), work.logits.data());
    } else {
      if (work.memory.size() < size * sizeof(float))
        if ((f = Backend::Memory::allocate(size * sizeof(float), work.memory))) return f;
      const auto on_device = Space::template cast<float>(work.memory.data());
      f = this->model().forward(q, both, cache.inner(), on_device);
      if (!f && size > 0) q.read(work.logits.data(), on_device, index_t(size));
    }
    const Fault ended = q.wait();
    if (f) return f;
    if (ended) {
      for (const Row& row : both.rows) cache.inner().rewind(row.sequence, row.past);
      return ended;
    }
    for (std::size_t i = 0; i < outputs; ++i) {
      const std::span<float> c = std::span(work.logits).subspan(i * vocab, vocab);
      const std::span<float> u = std::span(work.logits).subspan((outputs + i) * vocab, vocab);
      detail::log_softmax(c);
      detail::log_softmax(u);
      for (std::size_t v = 0; v < vocab; ++v) c[v] = options_.guidance_scale * (c[v] - u[v]) + u[v];
    }
    if constexpr (is_host<Space>) std::copy_n(work.logits.data(), outputs * vocab, logits);
    else if (outputs > 0) q.write(logits, work.logits.data(), index_t(outputs * vocab));
    return {};
  }

  GuidanceOptions options_;
};

}  // namespace skald
