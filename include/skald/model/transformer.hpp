// Config and weights -> logits: one body for every family, precision and backend.
#pragma once
#include <algorithm>
#include <string_view>

#include "skald/backend/backend.hpp"
#include "skald/fwd.hpp"
#include "skald/model/special_tokens.hpp"
#include "skald/model/storage.hpp"
#include "skald/model/weights.hpp"

namespace skald::inline SKALD_ABI {

/// A model is immutable: any number of threads may call forward, each with its own queue and cache.
///   B     backend: where bytes live and which kernels run
///   DType a precision, a set OneOf<...>, or a Plan<linear, head, table>
///   A     arch: FromConfig (read at load) or Fixed<spec>
template <class B, class DType, class A>
class Transformer {
 public:
  using Backend = B;
  using Arch = A;
  using Plan = plan_of_t<DType>;
  using Queue = typename B::Queue;
  using Space = typename B::Space;
  using Ptr = typename Space::template ptr<float>;
  using Matrix = MatrixView<Space>;
  using Weights = ModelWeights<Plan, A>;

  Transformer(A arch, B backend, Weights weights, SpecialTokens special = {}, ModelStorage<B> storage = {})
      : arch_(static_cast<A&&>(arch)), backend_(static_cast<B&&>(backend)), weights_(static_cast<Weights&&>(weights)),
        special_(special), storage_(static_cast<ModelStorage<B>&&>(storage)) {}

  /// Reads a folder, a single safetensors file or a snapshot. Needs skald/model/pretrained.hpp. A family of your own:
  /// `Lm::from_pretrained<Pretrained<Lm, FamilyList<MyFamily>>>(path)`.
  template <class P = Pretrained<Transformer>>
  static auto try_from_pretrained(std::string_view path, typename P::Options options = {}) {
    return P::try_load(path, options);
  }
  template <class P = Pretrained<Transformer>>
  static Transformer from_pretrained(std::string_view path, typename P::Options options = {}) {
    return P::load(path, options);
  }

  /// Writes the folder of a model that from_pretrained loaded. Needs skald/model/save_pretrained.hpp.
  template <class S = PretrainedSaver<Transformer>>
  auto try_save_pretrained(std::string_view path, typename S::Options options = {}) const {
    return S::try_save(*this, path, options);
  }
  template <class S = PretrainedSaver<Transformer>>
  void save_pretrained(std::string_view path, typename S::Options options = {}) const {
    S::save(*this, path, options);
  }

  constexpr const ModelSpec& spec() const { return arch_.spec(); }
  const B& backend() const { return backend_; }
  const Weights& weights() const { return weights_; }
  /// What keeps the weights alive: the mapped files, and in `buffers` what had to be converted.
  const ModelStorage<B>& storage() const { return storage_; }
  std::int32_t vocab_size() const { return spec().head_rows(); }
  const SpecialTokens& special_tokens() const { return special_; }

  /// What a forward of this size takes; `q` says how many workers hold scratch of their own.
  MemoryPlan plan(index_t tokens, index_t context, index_t outputs, index_t workers = 1) const {
    const index_t scores = workers * B::Kernels::score_rows(tokens);
    return memory_plan(spec(), tokens, context, outputs, scores, &Weights::Block::scratch);
  }

  /// Language models: runs the rows of a batch and appends them to their sequences.
  /// `logits`: [batch.logits_at.size(), vocab_size()], float32, in the space's memory, there after q.wait().
  /// Faults leave the cache as it was: out_of_range (token, position, room), mismatch (rows), out_of_memory, cancelled.
  template <class Cache, class Tap = NoTap>
  Fault forward(Queue& q, const StepBatch& batch, Cache& cache, Ptr logits, Tap&& tap = {}) const;

  /// Models without a language head, which see one step: the hidden state of every token, and the pooled one of every
  /// row when `pooled` is given and the spec pools. hidden: [tokens, hidden_size]; pooled: [rows, hidden_size];
  /// float32, there after q.wait().
  template <class Tap = NoTap>
  Fault encode(Queue& q, const StepBatch& batch, Ptr hidden, Ptr pooled = {}, Tap&& tap = {}) const;

  /// What a head for masked words, token classes or questions (start, end) says of the tokens in batch.logits_at, one
  /// for sequence classes of every row: [outputs, vocab_size()], float32, there after q.wait().
  template <class Tap = NoTap>
  Fault forward(Queue& q, const StepBatch& batch, Ptr logits, Tap&& tap = {}) const;
  /// All layers of a step that sees only itself, and what then(context, hidden) makes of the hidden states: scratch, as
  /// is what the context takes more, if that was reserved. `see`: what the blocks get of its rows.  // [tokens, H]
  template <class Then, class Tap = NoTap, class See = SeeStep>
  Fault encode_then(Queue& q, const StepBatch& batch, Then&& then, Tap&& tap = {}, const See& see = {}) const {
    if (spec().cached()) return fault(FaultCode::unsupported, "encode: a language model needs a cache; call forward");
    if (Fault f = check(batch)) return f;
    index_t context = 0;
    for (const Row& row : batch.rows) context = std::max(context, index_t(row.count));
    if (Fault f = reserve<Tap>(q, batch, context)) return f;

    [[maybe_unused]] const auto working = work_on(q);
    ScratchScope scope(q);
    StepContext<B, A, std::remove_reference_t<Tap>> c{q, arch_, tap, index_t(batch.tokens.size()), context};
    const index_t width = spec().stack().kv_width();
    const Matrix keys = c.take(2 * c.tokens, width), values(keys.row(c.tokens), c.tokens, width, width);
    Matrix x;
    if (Fault f = run(c, batch, [&](int) { return see(StepRows<Space>{batch.rows, keys, values}); }, x)) return f;
    if (spec().stack().final_norm) final_norm(c, x, x);
    then(c, x);
    return {};
  }

  /// What a head says of hidden states, in a then() of encode_then.
  template <class C>
  void write_head(C& c, const StepBatch& batch, Matrix hidden, Ptr logits) const {
    using K = typename B::Kernels;
    auto& q = c.q;
    const ModelSpec& s = spec();
    const bool rows = s.head == HeadKind::sequence_class && s.pooling != Pooling::last_eos;  // else logits_at has them
    const bool masked = s.head == HeadKind::masked_language;
    const auto outputs = index_t(rows ? batch.rows.size() : batch.logits_at.size());
    if (outputs == 0) return;
    const auto& w = weights_;
    const Matrix out(logits, outputs, vocab_size(), vocab_size());
    Matrix h = c.take(outputs, hidden.cols);
    if (rows) pool(c, batch, hidden, h);
    else K::template gather<K>(q, hidden, upload(q, batch.logits_at), h);
    if (s.projection == Projection::before_positions) {
      const Matrix e = c.take(outputs, s.embedding_width());
      K::template linear<K>(q, h, w.head_projection.to(e));
      h = e;
    }
    if (s.head_transform) {
      const Matrix t = c.take(outputs, masked ? s.embedding_width() : h.cols);
      K::template linear<K>(q, h, w.head_transform.to(t));
      K::template activate<K>(q, field<&ModelSpec::head_activation>(c.spec()), t);
      if (masked)
        K::template norm<K>(q, field<&ModelSpec::norm>(c.spec()), w.head_norm.weight, w.head_norm.bias, 1, t, t);
      h = t;
    }
    head(c, h, out);
  }

 private:
  Fault check(const StepBatch& batch) const {
    const auto tokens = std::int32_t(batch.tokens.size());
    if (batch.positions.size() != batch.tokens.size())
      return fault(FaultCode::mismatch, "StepBatch.positions: one a token", tokens, std::ssize(batch.positions));
    for (std::int32_t i = 0; i < tokens; ++i) {
      const token_id id = batch.tokens[std::size_t(i)];
      if (id < 0 || id >= spec().vocab_size)
        return fault(FaultCode::out_of_range, "StepBatch.tokens: ids below", spec().vocab_size, id, i);
      const std::int32_t p = batch.positions[std::size_t(i)];
      if (p < 0 || (spec().position_table != PositionTable::none && p >= spec().max_positions))
        return fault(FaultCode::out_of_range, "StepBatch.positions: below", spec().max_positions, p, i);
      if (!batch.types.empty() &&
          (batch.types[std::size_t(i)] < 0 || batch.types[std::size_t(i)] >= spec().token_types))
        return fault(FaultCode::out_of_range, "StepBatch.types: below", spec().token_types, batch.types[std::size_t(i)],
                     i);
    }
    std::int32_t next = 0;
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
      const Row& row = batch.rows[i];
      if (row.first != next || row.count <= 0 || row.count > tokens - next)
        return fault(FaultCode::mismatch, "StepBatch.rows.first: rows follow one another", next, row.first,
                     std::int32_t(i));
      if (row.adapter != 0)
        return fault(FaultCode::out_of_range, "StepBatch.rows.adapter: adapters loaded", 0, row.adapter,
                     std::int32_t(i));
      next += row.count;
    }
    if (next != tokens) return fault(FaultCode::mismatch, "StepBatch.tokens: tokens in rows", next, tokens);
    for (std::size_t i = 0; i < batch.logits_at.size(); ++i)
      if (batch.logits_at[i] < 0 || batch.logits_at[i] >= tokens)
        return fault(FaultCode::out_of_range, "StepBatch.logits_at: below", tokens, batch.logits_at[i],
                     std::int32_t(i));
    return {};
  }

  template <class Tap>
  Fault reserve(Queue& q, const StepBatch& batch, index_t context) const {
    const auto tokens = index_t(batch.tokens.size()), outputs = index_t(batch.logits_at.size());
    std::size_t bytes = plan(tokens, context, std::max(outputs, index_t(batch.rows.size())), q.workers()).scratch;
    if constexpr (std::remove_reference_t<Tap>::attentions)
      bytes += scratch_bytes<float>(tokens * spec().stack().kinds[0].attention.heads * context);
    return q.reserve(bytes);
  }

  template <class Cache>
  static Fault undo(const StepBatch& batch, Cache& cache, std::size_t rows, const Fault& f) {
    for (std::size_t i = 0; i < rows; ++i) cache.rewind(batch.rows[i].sequence, batch.rows[i].past);
    return f;
  }

  template <class T>
  static auto upload(Queue& q, std::span<const T> values) {
    auto to = q.template take<T>(index_t(values.size()));
    q.write(to, values.data(), index_t(values.size()));
    return to;
  }

  template <class C, class RowsOf>
  Fault run(C& c, const StepBatch& batch, RowsOf&& rows_of, Matrix& x) const {
    auto positions = upload(c.q, batch.positions);
    x = c.take(c.tokens, spec().hidden_size);
    embed(c, batch, positions, x);
    rope_tables(c, batch, positions);
    const StackSpec& stack = spec().stack();
    if (stack.has_relative_bias())
      c.relative = {weights_.relative_bias, stack.relative_buckets, stack.relative_max_distance};
    for (int l = 0; l < stack.layers; ++l) {
      if (c.q.cancelled()) return fault(FaultCode::cancelled, "forward: cancelled before layer", l);
      if constexpr (std::remove_reference_t<decltype(c.tap)>::hidden_states) c.tap.hidden(c.q, l, x);
      with_kind(arch_, l, [&](auto kind) {
        weights_.blocks[std::size_t(stack.weights_index(l))].forward(c, kind, l, rows_of(l), x);
      });
    }
    if (c.q.cancelled()) return fault(FaultCode::cancelled, "forward: cancelled before layer", stack.layers);
    if constexpr (std::remove_reference_t<decltype(c.tap)>::hidden_states) {
      ScratchScope scope(c.q);
      Matrix last = x;
      if (stack.final_norm) final_norm(c, x, last = c.take(x.rows, x.cols));
      c.tap.hidden(c.q, stack.layers, last);
    }
    return {};
  }

  template <class C>
  void embed(C& c, const StepBatch& batch, typename Space::template ptr<std::int32_t> positions, Matrix x) const {
    using K = typename B::Kernels;
    auto& q = c.q;
    const ModelSpec& s = spec();
    ScratchScope scope(q);
    auto ids = upload(q, batch.tokens);
    const bool narrow = s.projection != Projection::none;
    const Matrix e = narrow ? c.take(c.tokens, s.embedding_width()) : x;
    K::template embed<K>(q, weights_.tokens, ids, 0, s.embedding_scale, false, e);
    const auto& w = weights_;
    if (s.projection == Projection::before_positions) K::template linear<K>(q, e, w.embedding_projection.to(x));
    const Matrix sum = s.projection == Projection::before_positions ? x : e;
    if (s.token_types) {
      typename Space::template ptr<std::int32_t> types{};
      if (!batch.types.empty()) types = upload(q, batch.types);
      K::template embed<K>(q, w.types, types, 0, 1.0f, true, sum);
    }
    if (s.position_table != PositionTable::none)
      K::template embed<K>(q, w.positions, positions, s.position_offset, 1.0f, true, sum);
    if (s.embedding_norm)
      K::template norm<K>(q, field<&ModelSpec::norm>(c.spec()), w.embedding_norm.weight, w.embedding_norm.bias, 1, sum,
                          sum);
    if (s.projection == Projection::after_norm)
      K::template linear<K>(q, e, w.embedding_projection.to(x));
  }

  /// One table a rope of the spec, shared by all layers that use it.
  template <class C>
  void rope_tables(C& c, const StepBatch& batch, typename Space::template ptr<std::int32_t> positions) const {
    using K = typename B::Kernels;
    const ModelSpec& s = spec();
    bool used[2] = {false, false};
    for (int k = 0; k < s.stack().kinds_used(); ++k) {
      const AttentionSpec& a = s.stack().kinds[k].attention;
      if (a.position == Position::rope) used[a.rope] = true;
    }
    if (used[0])
      K::template rope_table<K>(c.q, element<&ModelSpec::ropes, 0>(c.spec()), s.max_positions, batch.rows, positions,
                                c.rope_tables[0] = c.take(c.tokens, s.ropes[0].dim));
    if (used[1])
      K::template rope_table<K>(c.q, element<&ModelSpec::ropes, 1>(c.spec()), s.max_positions, batch.rows, positions,
                                c.rope_tables[1] = c.take(c.tokens, s.ropes[1].dim));
  }

  template <class C>
  void final_norm(C& c, Matrix x, Matrix y) const {
    using K = typename B::Kernels;
    K::template norm<K>(c.q, field<&ModelSpec::norm>(c.spec()), weights_.final_norm.weight, weights_.final_norm.bias, 1,
                        x, y);
  }

  template <class C>
  void write_logits(C& c, const StepBatch& batch, Matrix x, Ptr logits) const {
    using K = typename B::Kernels;
    auto& q = c.q;
    const auto outputs = index_t(batch.logits_at.size());
    if (outputs == 0) return;
    const auto& w = weights_;
    const Matrix out(logits, outputs, vocab_size(), vocab_size());
    Matrix h = c.take(outputs, x.cols);
    K::template gather<K>(q, x, upload(q, batch.logits_at), h);
    if (spec().stack().final_norm) final_norm(c, h, h);
    if (spec().projection == Projection::before_positions) {
      const Matrix e = c.take(outputs, spec().embedding_width());
      K::template linear<K>(q, h, w.head_projection.to(e));
      h = e;
    }
    head(c, h, out);
    K::template scale_logits<K>(q, c.spec(), out);
  }

  /// One hidden state a row, as the spec pools.                                                    // [rows, H]
  template <class C>
  void pool(C& c, const StepBatch& batch, Matrix hidden, Matrix out) const {
    using K = typename B::Kernels;
    const bool dense = spec().pooling == Pooling::first_tanh;
    const Matrix picked = dense ? c.take(out.rows, out.cols) : out;
    for (index_t i = 0; i < out.rows; ++i)
      K::template copy<K>(c.q, Matrix(hidden.row(pooled_token(batch, batch.rows[std::size_t(i)])), 1, hidden.cols,
                                      hidden.cols),
                          Matrix(picked.row(i), 1, picked.cols, picked.cols));
    if (!dense) return;
    K::template linear<K>(c.q, picked, weights_.pooler.to(out));
    K::template activate<K>(c.q, Value<Activation>{Activation::tanh}, out);
  }

  /// The first token of a row, or its last that is not padding_id: transformers looks at ids there, not at the mask.
  std::int32_t pooled_token(const StepBatch& batch, const Row& row) const {
    if (spec().pooling != Pooling::last) return row.first;
    for (std::int32_t t = row.first + row.count; t-- > row.first;)
      if (batch.tokens[std::size_t(t)] != spec().padding_id) return t;
    return row.first;
  }

  /// The last product: with the head's own weights, or the table it is tied to.
  template <class C>
  void head(C& c, Matrix h, Matrix out) const {
    using K = typename B::Kernels;
    const auto& w = weights_;
    const bool words = spec().head == HeadKind::language || spec().head == HeadKind::masked_language;
    if (spec().tied && words && Weights::one_table) {
      if constexpr (Weights::one_table) K::template linear<K>(c.q, h, Product{&w.tokens, w.head.bias, out});
    } else {
      K::template linear<K>(c.q, h, w.head.to(out));
    }
  }

  SKALD_NO_UNIQUE_ADDRESS A arch_;
  SKALD_NO_UNIQUE_ADDRESS B backend_;
  Weights weights_;
  SpecialTokens special_;
  SKALD_NO_UNIQUE_ADDRESS ModelStorage<B> storage_;
};

template <class B, class DType, class A> template <class Cache, class Tap>
Fault Transformer<B, DType, A>::forward(Queue& q, const StepBatch& batch, Cache& cache, Ptr logits, Tap&& tap) const {
  if (!spec().cached())
    return fault(FaultCode::unsupported, "forward: a model without a language head has no cache: leave it out");
  if (Fault f = check(batch)) return f;
  index_t context = 0;
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const Row& row = batch.rows[i];
    if (row.past != cache.length(row.sequence))
      return fault(FaultCode::mismatch, "StepBatch.rows.past: positions the cache holds", cache.length(row.sequence),
                   row.past, std::int32_t(i));
    context = std::max<index_t>(context, index_t(row.past) + row.count);
  }
  if (Fault f = reserve<Tap>(q, batch, context)) return f;
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const Row& row = batch.rows[i];
    if (row.past != cache.length(row.sequence))
      return undo(batch, cache, i, fault(FaultCode::mismatch, "StepBatch.rows.sequence: stands in another row too",
                                         std::int32_t(i)));
    if (Fault f = cache.extend(row.sequence, row.count)) return undo(batch, cache, i, f);
  }

  [[maybe_unused]] const auto working = work_on(q);
  ScratchScope scope(q);
  StepContext<B, A, std::remove_reference_t<Tap>> c{q, arch_, tap, index_t(batch.tokens.size()), context};
  Matrix x;
  const auto rows_of = [&](int layer) { return CacheRows<Cache>{batch.rows, &cache, layer}; };
  if (Fault f = run(c, batch, rows_of, x)) return undo(batch, cache, batch.rows.size(), f);
  write_logits(c, batch, x, logits);
  return {};
}

template <class B, class DType, class A> template <class Tap>
Fault Transformer<B, DType, A>::encode(Queue& q, const StepBatch& batch, Ptr hidden, Ptr pooled, Tap&& tap) const {
  return encode_then(q, batch, [&](auto& c, Matrix x) {
    const Matrix out(hidden, x.rows, x.cols, x.cols);
    B::Kernels::template copy<typename B::Kernels>(c.q, x, out);
    if (pooled && spec().pooling != Pooling::none)
      pool(c, batch, out, Matrix(pooled, index_t(batch.rows.size()), x.cols, x.cols));
  }, tap);
}

template <class B, class DType, class A> template <class Tap>
Fault Transformer<B, DType, A>::forward(Queue& q, const StepBatch& batch, Ptr logits, Tap&& tap) const {
  if (spec().head == HeadKind::none || spec().head == HeadKind::language)
    return fault(FaultCode::unsupported, "forward: without a cache, a head for classes, questions or masked words");
  return encode_then(q, batch, [&](auto& c, Matrix x) { write_head(c, batch, x, logits); }, tap);
}

// A misuse gets one sentence and no body.
template <class B, class DType, class A>
  requires(!Backend<B>)
class Transformer<B, DType, A> {
  static_assert(always_false<B>, "skald: the first parameter of Transformer must be a backend: Cpu, Reference, Bare or "
                                 "one of your own. See docs/backends.md");
};
template <class B, class DType, class A>
  requires(Backend<B> && !Arch<A>)
class Transformer<B, DType, A> {
  static_assert(always_false<A>, "skald: the third parameter of Transformer must be an arch: FromConfig, Fixed<spec> "
                                 "or one of your own. See docs/families.md");
};

}  // namespace skald
