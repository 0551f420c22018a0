// Sequence to sequence: one model that reads and one that writes, of one checkpoint. t5, bart, mbart, marian.
#pragma once
#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/layers/cross_block.hpp"
#include "skald/layers/cross_cache.hpp"
#include "skald/layers/paged_cache.hpp"
#include "skald/model/shifted_right.hpp"
#include "skald/model/transformer.hpp"

namespace skald::inline SKALD_ABI {

/// The arch of a decoder with cross attention: only here is CrossBlock named, so nobody else compiles it.
template <class A>
struct CrossArch : A {
  template <class Set>
  using Block = CrossBlock<Set, detail::fixed_experts<A>()>;
};

/// Immutable, as Transformer, and a CausalModel: its decoder, over sequences that encode() has read something for. With
/// another head it sees one step, without a cache, as a Transformer does.
template <class B, class DType>
class EncoderDecoder {
 public:
  using Encoder = Transformer<B, DType, FromConfig>;
  using Decoder = Transformer<B, DType, CrossArch<FromConfig>>;
  using Backend = B;
  using Plan = typename Decoder::Plan;
  using Queue = typename B::Queue;
  using Space = typename B::Space;
  using Ptr = typename Space::template ptr<float>;
  using Matrix = MatrixView<Space>;
  /// What a Session holds for it.
  template <class T>
  using Cache = CrossCache<PagedCache<B, T>>;
  /// What a session keeps is told by the tokens it holds, and here these do not tell what was read.
  static constexpr bool needs_every_forward = true;

  EncoderDecoder(Encoder encoder, Decoder decoder) : encoder_(std::move(encoder)), decoder_(std::move(decoder)) {}

  /// Needs skald/model/pretrained_encoder_decoder.hpp.
  template <class P = PretrainedEncoderDecoder<EncoderDecoder>>
  static auto try_from_pretrained(std::string_view path, typename P::Options options = {}) {
    return P::try_load(path, options);
  }
  template <class P = PretrainedEncoderDecoder<EncoderDecoder>>
  static EncoderDecoder from_pretrained(std::string_view path, typename P::Options options = {}) {
    return unwrap(P::try_load(path, options));
  }
  /// Needs skald/model/save_encoder_decoder.hpp.
  template <class S = PretrainedSaver<EncoderDecoder>>
  auto try_save_pretrained(std::string_view path, typename S::Options options = {}) const {
    return S::try_save(*this, path, options);
  }
  template <class S = PretrainedSaver<EncoderDecoder>>
  void save_pretrained(std::string_view path, typename S::Options options = {}) const {
    S::save(*this, path, options);
  }

  /// Of the half that writes; encoder().spec() is the other's.
  const ModelSpec& spec() const { return decoder_.spec(); }
  const Encoder& encoder() const { return encoder_; }
  const Decoder& decoder() const { return decoder_; }
  const B& backend() const { return decoder_.backend(); }
  std::int32_t vocab_size() const { return decoder_.vocab_size(); }
  const SpecialTokens& special_tokens() const { return decoder_.special_tokens(); }

  template <class T>
  Fault allocate_cache(std::int32_t context, std::int64_t positions, Cache<T>& out) const {
    PagedCache<B, T> inner;
    if (Fault f = PagedCache<B, T>::allocate(spec(), context, positions, inner)) return f;
    out = Cache<T>(spec(), std::move(inner));
    return {};
  }

  /// Runs the encoder once, over the rows of a batch of any lengths, and keeps for each row's sequence what every layer
  /// of the decoder will look at; what it saw before is forgotten. There after q.wait().
  /// Memory: tokens * layers * 2 * kv_heads * head_dim elements of the cache, until the last fork that sees it goes.
  /// Faults: as Transformer::encode; mismatch (a sequence that holds tokens already), out_of_memory.
  template <class C, class Tap = NoTap>
  Fault encode(Queue& q, const StepBatch& batch, CrossCache<C>& cache, Tap&& tap = {}) const {
    for (std::size_t i = 0; i < batch.rows.size(); ++i)
      if (const std::int32_t n = cache.length(batch.rows[i].sequence); n != 0)
        return fault(n < 0 ? FaultCode::out_of_range : FaultCode::mismatch,
                     "encode: tokens that the row's sequence holds", 0, n, std::int32_t(i));
    const auto tokens = index_t(batch.tokens.size());
    const std::size_t room = encoder_.plan(tokens, tokens, 0, q.workers()).scratch +
                             2 * scratch_bytes<float>(tokens * spec().decoder.kv_width());
    if (Fault f = q.reserve(room + attention_bytes<Tap>(tokens, tokens, encoder_.spec().encoder))) return f;
    std::int32_t block = -1;
    if (Fault f = cache.open(std::int32_t(tokens), block)) return f;
    const auto keep = [&](auto& c, Matrix hidden) {
      const StackSpec& stack = spec().decoder;
      for (int l = 0; l < stack.layers; ++l)
        decoder_.weights().blocks[std::size_t(stack.weights_index(l))].cross.read(
            c, stack[l].cross(), BlockRows<CrossCache<C>>{batch.rows, &cache, l, block}, hidden);
    };
    if (Fault f = encoder_.encode_then(q, batch, keep, tap)) return cache.close(block), f;
    for (const Row& row : batch.rows) cache.see(row.sequence, {block, row.first, row.count});
    return {};
  }

  /// As Transformer::forward, of the decoder. Fault beside its own: invalid_argument, a sequence nothing was read for.
  template <class C, class Tap = NoTap>
  Fault forward(Queue& q, const StepBatch& batch, CrossCache<C>& cache, Ptr logits, Tap&& tap = {}) const {
    index_t context = 0;
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
      const Row& row = batch.rows[i];
      const std::int32_t read = cache.cross_length(row.sequence);
      if (read == 0 && cache.length(row.sequence) >= 0)
        return fault(FaultCode::invalid_argument, "forward: nothing was read for this sequence: call encode first",
                     std::int32_t(i));
      context = std::max(context, std::max(index_t(read), index_t(row.past) + row.count));
    }
    const auto tokens = index_t(batch.tokens.size()), outputs = index_t(batch.logits_at.size());
    const std::size_t room = decoder_.plan(tokens, context, outputs, q.workers()).scratch;
    if (Fault f = q.reserve(room + attention_bytes<Tap>(tokens, context, spec().decoder))) return f;
    return decoder_.forward(q, batch, cache, logits, tap);
  }

  /// What a head for classes or questions says: the encoder reads the step, the decoder the same one place later
  /// (shift_right). Questions: of the tokens in batch.logits_at, start and end; classes: of every row, from its last
  /// eos_token_id.                                                                       // [outputs, vocab_size()]
  /// Waits for the queue. Faults: as Transformer::forward; invalid_argument (a row without an eos_token_id).
  Fault forward(Queue& q, const StepBatch& batch, Ptr logits) const {
    if (spec().head == HeadKind::none || spec().head == HeadKind::language)
      return fault(FaultCode::unsupported, "forward: without a cache, a head for classes or questions");
    return step(q, batch, logits, false);
  }
  /// The decoder's hidden states, of the same, whatever the head.                        // [tokens, hidden_size]
  Fault encode(Queue& q, const StepBatch& batch, Ptr hidden) const { return step(q, batch, hidden, true); }

 private:
  Fault step(Queue& q, const StepBatch& batch, Ptr to, bool hidden) const {
    const auto tokens = index_t(batch.tokens.size()), width = index_t(spec().hidden_size);
    typename B::Memory memory;
    if (Fault f = B::Memory::allocate(std::size_t(tokens * width) * sizeof(float), memory)) return f;
    const Matrix read(Space::template cast<float>(memory.data()), tokens, width, width);
    Fault f = encoder_.encode(q, batch, read.data);
    if (!f) f = write(q, batch, read, to, hidden);
    const Fault ended = q.wait();
    return f ? f : ended;
  }

  /// The decoder's part of a step that the encoder has found good.
  Fault write(Queue& q, const StepBatch& batch, Matrix read, Ptr to, bool hidden) const {
    std::vector<token_id> ids;
    std::vector<std::int32_t> last;
    index_t context = 0;
    const bool classes = spec().head == HeadKind::sequence_class && !hidden;
    for (const Row& row : batch.rows) {
      context = std::max(context, index_t(row.count));
      const auto own = batch.tokens.subspan(std::size_t(row.first), std::size_t(row.count));
      if (Fault f = shift_right(own, spec().decoder_input, special_tokens(), ids)) return f;
      auto t = row.count - 1;
      while (t >= 0 && own[std::size_t(t)] != spec().eos_id) --t;
      if (classes && t < 0)
        return fault(FaultCode::invalid_argument, "forward: a text without its eos_token_id",
                     std::int32_t(last.size()));
      last.push_back(row.first + t);
    }
    const std::span at = classes ? std::span(std::as_const(last)) : batch.logits_at;
    const StepBatch shifted{ids, batch.positions, batch.rows, at};
    const index_t outputs = std::max(index_t(at.size()), index_t(batch.rows.size()));
    if (Fault f = q.reserve(decoder_.plan(read.rows, context, outputs, q.workers()).scratch +
                            2 * scratch_bytes<float>(read.rows * spec().decoder.kv_width())))
      return f;
    return decoder_.encode_then(q, shifted, [&](auto& c, Matrix x) {
      using K = typename B::Kernels;
      if (hidden) K::template copy<K>(c.q, x, Matrix(to, x.rows, x.cols, x.cols));
      else decoder_.write_head(c, shifted, x, to);
    }, NoTap{}, [&](const StepRows<Space>& rows) { return ReadRows<Space>{rows, read}; });
  }

  /// The rows of an encoder's step at their places in a block.
  template <class Cache>
  struct BlockRows {
    std::span<const Row> rows;
    const Cache* cache;
    int layer;
    std::int32_t block;

    std::size_t size() const { return rows.size(); }
    AttentionRow<Space, typename Cache::element> operator[](std::size_t i) const {
      return {rows[i].first, rows[i].count, 0, cache->cross_view(layer, {block, rows[i].first, rows[i].count})};
    }
  };

  template <class Tap>
  static std::size_t attention_bytes(index_t tokens, index_t context, const StackSpec& stack) {
    if constexpr (!std::remove_reference_t<Tap>::attentions) return 0;
    else return scratch_bytes<float>(tokens * stack.kinds[0].attention.heads * context);
  }

  Encoder encoder_;
  Decoder decoder_;
};

}  // namespace skald
