// Generation where every size is known at compile time: no heap, no exceptions, no threads; all memory is in one
// object.
#pragma once
#include <span>
#include <utility>

#include "skald/core/fixed_list.hpp"
#include "skald/generation/sample_search.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/spec/memory_plan.hpp"

namespace skald::inline SKALD_ABI {

/// The bytes a FixedSession holds, by part: one plan, for a budget in a static_assert and for the arrays themselves.
struct FixedMemoryPlan {
  std::size_t cache, scratch, logits, tokens;
  constexpr std::size_t total() const { return cache + scratch + logits + tokens; }
};

template <class T = float>
constexpr FixedMemoryPlan fixed_memory_plan(const ModelSpec& spec, std::int32_t context, std::int32_t chunk,
                                            decltype(&block_scratch) of_block = &block_scratch) {
  const auto vocab = std::size_t(spec.head_rows());
  return {contiguous_cache_bytes<T>(spec, 1, context), memory_plan(spec, chunk, context, 1, 1, of_block).scratch,
          vocab * (2 * sizeof(float) + sizeof(token_id)), std::size_t(context) * sizeof(token_id)};
}

namespace detail {

/// Names both numbers in the compiler's message.
template <std::size_t bytes_needed, std::size_t bytes_of_budget>
struct MemoryOf {
  static_assert(bytes_needed <= bytes_of_budget,
                "skald: a FixedSession needs more bytes than its budget has: MemoryOf<needed, budget> says how many. "
                "Less take a smaller Context or Chunk, and a cache of Int8Group. See docs/firmware.md");
  static constexpr bool fits = true;
};

}  // namespace detail

/// static_assert(memory_fits<Session, 128 * 1024>): else one sentence, and both numbers beside it.
template <class Session, std::size_t budget>
inline constexpr bool memory_fits = detail::MemoryOf<Session::memory.total(), budget>::fits;

/// One sequence of a model whose arch is Fixed. `Context` positions, the prompt read `Chunk` tokens at a time.
/// A step's cost is bounded by Chunk and Context. Make it static, or a member of something static.
template <class Model, class Rule, Sampler S, std::int32_t Context, std::int32_t Chunk = 8, class T = float>
class FixedSession {
 public:
  static constexpr FixedMemoryPlan memory =
      fixed_memory_plan<T>(Model::Arch::spec(), Context, Chunk, &Model::Weights::Block::scratch);
  using Ids = FixedList<token_id, std::size_t(Context)>;
  using Search = SampleSearch<Rule, S, AnyOf<EosToken, MaxLength>, Ids>;

  FixedSession(const Model& model, Rule rule, S sampler)
      : model_(&model),
        rule_(std::move(rule)),
        sampler_(std::move(sampler)),
        queue_(Memory(std::span<std::byte>(scratch_))),
        cache_(Model::Arch::spec(), Context, Memory(std::span<std::byte>(cache_bytes_))),
        search_(Ids{}, rule_, sampler_, AnyOf<EosToken, MaxLength>{}, SequenceSettings{}) {}
  FixedSession(const FixedSession&) = delete;
  FixedSession& operator=(const FixedSession&) = delete;

  /// A new sequence. Faults: out_of_range when the prompt leaves no room, invalid_argument for less than one new token.
  Fault start(std::span<const token_id> prompt, std::int32_t max_new_tokens = Context) {
    if (max_new_tokens < 1) return fault(FaultCode::invalid_argument, "max_new_tokens: at least", 1, max_new_tokens);
    if (prompt.empty() || prompt.size() >= std::size_t(Context))
      return fault(FaultCode::out_of_range, "prompt: tokens, at most", Context - 1, std::int64_t(prompt.size()));
    Ids ids;
    for (token_id t : prompt) ids.push_back(t);
    SequenceSettings settings;
    const std::int64_t end = std::int64_t(prompt.size()) + max_new_tokens;
    settings.max_length = end < Context ? std::int32_t(end) : Context;
    settings.prefill_chunk = Chunk;
    settings.eos = model_->special_tokens().eos;
    search_.release(cache_);
    search_ = Search(ids, rule_, sampler_, {}, settings);
    return {};
  }

  bool finished() const { return search_.finished(); }
  FinishReason reason() const { return search_.reason(); }
  std::span<const token_id> new_ids() const { return search_.new_ids(); }

  /// One forward: a chunk of the prompt, or one new token.
  Fault step() {
    builder_.clear();
    if (Fault f = search_.propose(builder_, cache_)) return f;
    if (builder_.empty()) return {};
    if (Fault f = model_->forward(queue_, builder_.batch(), cache_, logits_)) return f;
    return search_.consume(LogitsBatch{logits_, model_->vocab_size(), ids_, values_}, cache_);
  }

  /// Most scratch ever used: within memory.scratch.
  std::size_t scratch_peak() const { return queue_.peak(); }

 private:
  using Memory = typename Model::Backend::Memory;
  static constexpr auto vocab = std::size_t(Model::Arch::spec().head_rows());

  alignas(64) std::byte scratch_[memory.scratch];
  alignas(64) std::byte cache_bytes_[memory.cache];
  float logits_[vocab], values_[vocab];
  token_id ids_[vocab];
  const Model* model_;
  SKALD_NO_UNIQUE_ADDRESS Rule rule_;
  SKALD_NO_UNIQUE_ADDRESS S sampler_;
  typename Model::Queue queue_;
  ContiguousCache<typename Model::Backend, T, 1> cache_;
  FixedStepBuilder<std::size_t(Chunk)> builder_;
  Search search_;
};

// A misuse gets one sentence and no body.
template <class Model, class Rule, Sampler S, std::int32_t Context, std::int32_t Chunk, class T>
  requires(!Model::Arch::fixed)
class FixedSession<Model, Rule, S, Context, Chunk, T> {
    static_assert(always_false<Model>,
                  "skald: a FixedSession needs a model with a Fixed arch, whose sizes are constants. "
                  "See docs/firmware.md");
};

}  // namespace skald
