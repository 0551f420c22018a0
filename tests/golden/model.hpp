// Models of one folder, and single forwards of them: padded inputs in, numbers on the host out.
#pragma once
#include <deque>
#include <map>
#include <memory>

#include "fixture.hpp"
#include "options.hpp"
#include "report.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/layers/paged_cache.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "skald/pipelines/auto_model.hpp"

namespace golden {

/// Loads each precision once. The 4-bit numbers were recorded on AVX-512: see LoadOptions::bitsandbytes_avx512_scales.
template <class B, template <class, class> class Auto = skald::BasicAutoModelForCausalLM,
          class Families = skald::AllFamilies>
class Models {
 public:
  using Backend = B;
  using Model = Auto<B, Families>;

  Models(std::filesystem::path folder, B backend) : folder_(std::move(folder)), backend_(std::move(backend)) {}

  /// `int8_activations`: LoadOptions::llm_int8_activations.
  const Model& get(const std::string& dtype, bool int8_activations = false) {
    auto& slot = models_[{dtype, int8_activations}];
    if (!slot) {
      skald::AutoOptions<B> options;
      options.dtype = dtype;
      options.backend = backend_;
      options.bitsandbytes_avx512_scales = true;
      options.llm_int8_activations = int8_activations;
      slot = std::make_unique<Model>(unwrap(Model::try_from_pretrained(folder_.string(), options)));
    }
    return *slot;
  }
  const std::filesystem::path& folder() const { return folder_; }
  const B& backend() const { return backend_; }

 private:
  std::filesystem::path folder_;
  B backend_;
  std::map<std::pair<std::string, bool>, std::unique_ptr<Model>> models_;
};

inline void check(const skald::Fault& f, const char* place) {
  if (f) throw skald::Error(f, place);
}

/// Floats where a backend keeps them.
template <class B>
class Floats {
 public:
  explicit Floats(index_t n) : size_(n) {
    check(B::Memory::allocate(std::size_t(n) * sizeof(float), memory_), "Floats");
  }
  auto data() const { return B::Space::template cast<float>(memory_.data()); }
  std::vector<float> read(typename B::Queue& q) const {
    std::vector<float> values(std::size_t(size_), 0.0f);
    q.read(values.data(), data(), size_);
    check(q.wait(), "wait");
    return values;
  }

 private:
  index_t size_;
  typename B::Memory memory_;
};

/// A tap that keeps all it sees; the numbers are there after wait().
template <class Space>
struct Recording {
  static constexpr bool hidden_states = true, attentions = true;
  std::deque<std::vector<float>> states;         ///< [tokens, hidden] a layer, the embedding first
  std::deque<std::vector<float>> probabilities;  ///< [tokens, heads, context] a layer

  template <class Q>
  void hidden(Q& q, int, skald::MatrixView<Space> x) { copy(q, x, states.emplace_back()); }
  template <class Q>
  void attention(Q& q, int, skald::MatrixView<Space> x) { copy(q, x, probabilities.emplace_back()); }

 protected:
  template <class Q>
  static void copy(Q& q, skald::MatrixView<Space> x, std::vector<float>& to) {
    to.resize(std::size_t(x.rows * x.cols));
    for (index_t r = 0; r < x.rows; ++r) q.read(to.data() + r * x.cols, x.row(r), x.cols);
  }
};

template <class M>
skald::RaggedBatch unpadded(const M& model, const Inputs& in) {
  return skald::unpad(in.padded(), model.spec().position_count, model.spec().padding_id);
}

/// The numbers of all tokens, in order.
inline std::vector<std::int32_t> every(std::size_t tokens) {
  std::vector<std::int32_t> all(tokens);
  for (std::size_t i = 0; i < tokens; ++i) all[i] = std::int32_t(i);
  return all;
}

/// One forward of a whole batch from an empty cache: logits [tokens, vocabulary].
template <class M, class Tap = skald::NoTap>
std::vector<float> logits_of(const M& model, skald::RaggedBatch batch, Tap&& tap = {}) {
  using B = typename M::Backend;
  skald::PagedCache<B> cache;
  const auto tokens = std::int32_t(batch.tokens.size());
  const auto room = std::int64_t(batch.rows.size()) * 16 + tokens;  // the last block of a row is seldom full
  check(skald::PagedCache<B>::allocate(model.spec(), tokens, room, cache), "cache");
  for (skald::Row& row : batch.rows) row.sequence = cache.create();
  typename M::Queue queue = model.backend().queue();
  const Floats<B> logits(index_t(tokens) * model.vocab_size());
  const auto at = every(batch.tokens.size());
  check(model.forward(queue, batch.step(at), cache, logits.data(), tap), "forward");
  return logits.read(queue);
}

/// One sequence fed piece by piece.
template <class M, class Cache>
class Feeder {
 public:
  Feeder(const M& model, Cache cache) : model_(model), cache_(std::move(cache)), queue_(model.backend().queue()) {
    sequence_ = cache_.create();
  }

  /// Logits of all these tokens, [tokens, vocabulary].
  std::vector<float> feed(std::span<const token_id> tokens) {
    std::vector<std::int32_t> positions;
    const std::int32_t past = cache_.length(sequence_), n = std::int32_t(tokens.size());
    for (std::int32_t i = 0; i < n; ++i) positions.push_back(past + i);
    const skald::Row row{.sequence = sequence_, .count = n, .past = past};
    const auto at = every(tokens.size());
    const Floats<typename M::Backend> logits(index_t(n) * model_.vocab_size());
    check(model_.forward(queue_, {tokens, positions, {&row, 1}, at}, cache_, logits.data()), "forward");
    return logits.read(queue_);
  }
  void forget() {
    if (!cache_.rewind(sequence_, 0)) malformed("the cache does not go back to position 0");
  }

 private:
  const M& model_;
  Cache cache_;
  typename M::Queue queue_;
  skald::SeqId sequence_;
};

template <class M>
auto paged_feeder(const M& model, std::int32_t context) {
  skald::PagedCache<typename M::Backend> cache;
  check(skald::PagedCache<typename M::Backend>::allocate(model.spec(), context, context + 16, cache), "cache");
  return Feeder<M, decltype(cache)>(model, std::move(cache));
}
template <class M>
auto contiguous_feeder(const M& model, std::int32_t context) {
  using Cache = skald::ContiguousCache<typename M::Backend>;
  typename M::Backend::Memory memory;
  check(M::Backend::Memory::allocate(skald::contiguous_cache_bytes(model.spec(), 1, context), memory), "cache");
  return Feeder<M, Cache>(model, Cache(model.spec(), context, std::move(memory)));
}

/// The mean of -log p(tokens[i + 1] | before) over the labels that count (>= 0): what a model's `loss` is.
struct Loss {
  double sum = 0;
  std::int64_t count = 0;

  void add(std::span<const float> logits, index_t vocab, std::span<const token_id> labels) {
    if (logits.size() + std::size_t(vocab) < labels.size() * std::size_t(vocab)) malformed("labels: more than there are logits");
    for (std::size_t i = 0; i + 1 < labels.size(); ++i) {
      const token_id label = labels[i + 1];
      if (label < 0) continue;
      const auto row = logits.subspan(i * std::size_t(vocab), std::size_t(vocab));
      if (label >= vocab) malformed("a label beyond the vocabulary");
      double total = 0;
      const double top = *std::max_element(row.begin(), row.end());
      for (const float x : row) total += std::exp(double(x) - top);
      sum += top + std::log(total) - double(row[std::size_t(label)]);
      ++count;
    }
  }
  double mean() const { return sum / double(count); }
};

}  // namespace golden
