// One row of next-token scores, as every processor and sampler sees it.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "skald/core/fault.hpp"
#include "skald/core/types.hpp"
#include "skald/logits/numeric.hpp"
#include "skald/logits/select.hpp"

namespace skald::inline SKALD_ABI {

/// Stands for "no token": the row has no entry left, or holds a NaN.
inline constexpr token_id no_token = -1;

/// What a processor may know of the row beside its scores.
struct RowContext {
  std::span<const token_id> ids = {};   ///< prompt and generated tokens so far, without masked-out padding
  std::int32_t prompt_length = 0;       ///< how many of `ids` are the prompt
  std::int32_t max_length = 0;          ///< ids.size() at which generation ends
  std::int32_t row = 0;                 ///< which row of the batch: prompt * beams + beam
  std::int32_t prompt = 0;              ///< which prompt it continues
  std::int32_t min_keep = 1;            ///< entries that no cut goes below; more than 1 in beam search
  bool log_probs = false;               ///< whether the scores came in as log-probabilities (beam search)
  std::span<const token_id> eos = {};   ///< the end tokens
  std::int32_t padding = 0;             ///< how much longer the longest prompt of the call is: lengths count it
  token_id pad = no_token;              ///< what stands in front where rows are one padded batch; no_token: nothing

  std::span<const token_id> encoder_ids = {};  ///< what the encoder of an encoder-decoder read

  /// What was there before anything was written: what an encoder read, or the prompt.
  std::span<const token_id> source_ids() const { return encoder_ids.empty() ? prompt_ids() : encoder_ids; }
  std::span<const token_id> prompt_ids() const { return ids.first(static_cast<std::size_t>(prompt_length)); }
  std::span<const token_id> new_ids() const { return ids.subspan(static_cast<std::size_t>(prompt_length)); }
  /// Tokens so far as transformers counts them, where the rows of a batch are padded to one length.
  std::int32_t length() const { return static_cast<std::int32_t>(ids.size()) + padding; }
};

/// The scores of one row, float32. It starts dense, one entry a token of the vocabulary; the first cut writes what is
/// left into a shortlist, tokens ascending, and from then on everything costs only what the shortlist is long.
/// An entry of -inf counts as removed and is never drawn. A NaN is never cut: the sampler sees it and refuses the row.
///
/// The row owns nothing: `scores` is overwritten, `ids` and `values` are working room, at least as long. Pointers and
/// spans into a row are good until the next cut.
class LogitsRow {
 public:
  LogitsRow(std::span<float> scores, std::span<token_id> ids, std::span<float> values)
      : dense_(scores.data()), values_(values.data()), ids_(ids.data()),
        vocab_(static_cast<std::int32_t>(scores.size())) {}

  std::int32_t vocab() const { return vocab_; }
  std::int32_t size() const { return is_dense() ? vocab_ : kept_; }  ///< entries left
  bool is_dense() const { return kept_ < 0; }

  /// The scores of the entries left; token(i) is whose score values()[i] is, ascending.
  std::span<float> values() { return {scores(), static_cast<std::size_t>(size())}; }
  std::span<const float> values() const { return {scores(), static_cast<std::size_t>(size())}; }
  token_id token(std::int32_t i) const { return is_dense() ? i : ids_[i]; }

  /// The score of `token`, null when it was cut or is none of this vocabulary. O(log size()) once cut.
  float* find(token_id token) {
    if (token < 0 || token >= vocab_) return nullptr;
    if (is_dense()) return dense_ + token;
    std::int32_t first = 0, last = kept_;
    while (first < last) {
      const std::int32_t middle = first + (last - first) / 2;
      if (ids_[middle] < token) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return first < kept_ && ids_[first] == token ? values_ + first : nullptr;
  }

  /// f(float& score, token_id token) for every entry left.
  template <class F>
  void for_each(F&& f) {
    if (is_dense()) {
      for (std::int32_t i = 0; i < vocab_; ++i) f(dense_[i], token_id{i});
    } else {
      for (std::int32_t i = 0; i < kept_; ++i) f(values_[i], ids_[i]);
    }
  }

  /// Removes one token: its score becomes -inf. One that was cut, or is none of this vocabulary, is no mistake.
  void ban(token_id token) {
    if (float* score = find(token)) *score = -detail::infinity;
  }

  /// Leaves nothing but `tokens`, all with the score 0, also where they were cut. The row is dense again.
  void force(std::span<const token_id> tokens) {
    for (float& score : dense()) score = -detail::infinity;
    for (const token_id t : tokens) {
      if (float* score = find(t)) *score = 0.0f;
    }
  }

  /// Cuts every entry for which f(float score, token_id token) is false.
  template <class F>
  void keep_if(F&& f) {
    std::int32_t n = 0;
    for_each([&](float score, token_id token) {
      values_[n] = score;
      ids_[n] = token;
      n += f(score, token) ? 1 : 0;
    });
    kept_ = n;
  }

  /// Cuts all but the given tokens, which may come in any order and twice; what is none of the vocabulary is passed
  /// over.
  template <class Range>
  void keep_only(const Range& tokens) {
    if (!is_dense()) {
      const std::span<float> wanted = scratch();
      for (std::int32_t i = 0; i < kept_; ++i) wanted[static_cast<std::size_t>(ids_[i])] = 0.0f;
      for (const token_id t : tokens) {
        if (t >= 0 && t < vocab_) wanted[static_cast<std::size_t>(t)] = 1.0f;
      }
      return keep_if([wanted](float, token_id t) { return wanted[static_cast<std::size_t>(t)] == 1.0f; });
    }
    for (std::int32_t i = 0; i < vocab_; ++i) ids_[i] = 0;
    for (const token_id t : tokens) {
      if (t >= 0 && t < vocab_) ids_[t] = 1;
    }
    std::int32_t n = 0;
    for (std::int32_t i = 0; i < vocab_; ++i) {  // n <= i: what is written has been read
      const bool wanted = ids_[i] != 0;
      values_[n] = dense_[i];
      ids_[n] = i;
      n += wanted ? 1 : 0;
    }
    kept_ = n;
  }

  /// Cuts every token whose bit is 0, and those that `bits` is too short for: token t is bit t % 64 of bits[t / 64].
  /// `ones`: how many bits are 1. Where that is less than an eighth of the vocabulary, a list is left, as of keep_only;
  /// else the others become -inf and the row stays dense. Whole words of ones cost nothing.
  void keep_bits(std::span<const std::uint64_t> bits, std::int32_t ones) {
    const auto bit = [bits](std::int32_t t) {
      const auto word = static_cast<std::size_t>(t) / 64;
      return word < bits.size() && (bits[word] >> (t % 64) & 1) != 0;
    };
    if (!is_dense()) return keep_if([&](float, token_id t) { return bit(t); });
    const std::int32_t words = std::min(vocab_ / 64, static_cast<std::int32_t>(bits.size()));
    if (ones < vocab_ / 8) {
      std::int32_t n = 0;
      const auto keep = [&](std::int32_t t) {
        values_[n] = dense_[t];
        ids_[n++] = t;
      };
      for (std::int32_t w = 0; w < words; ++w) {
        for (std::uint64_t word = bits[static_cast<std::size_t>(w)]; word != 0; word &= word - 1) {
          keep(w * 64 + std::countr_zero(word));
        }
      }
      for (std::int32_t t = words * 64; t < vocab_; ++t) {
        if (bit(t)) keep(t);
      }
      kept_ = n;
      return;
    }
    for (std::int32_t w = 0; w < words; ++w) {
      const std::uint64_t word = bits[static_cast<std::size_t>(w)];
      float* const scores = dense_ + std::ptrdiff_t{64} * w;
      if (std::popcount(word) >= 48) {
        for (std::uint64_t cut = ~word; cut != 0; cut &= cut - 1) scores[std::countr_zero(cut)] = -detail::infinity;
        continue;
      }
      constexpr std::uint32_t cut = std::bit_cast<std::uint32_t>(-detail::infinity);
      for (std::int32_t i = 0; i < 64; ++i) {  // without a branch
        const std::uint32_t keep = 0u - static_cast<std::uint32_t>(word >> i & 1);
        const auto score = std::bit_cast<std::uint32_t>(scores[i]);
        scores[i] = std::bit_cast<float>((score & keep) | (cut & ~keep));
      }
    }
    for (std::int32_t t = words * 64; t < vocab_; ++t) dense_[t] = bit(t) ? dense_[t] : -detail::infinity;
  }

  /// Cuts every entry whose score f does not accept; `f(float score)` is called more than once. Where more than an
  /// eighth of a large vocabulary would be left, the others become -inf and the row stays dense: that is cheaper than
  /// a list, now and later.
  template <class F>
  void keep_scores(F f) {
    constexpr std::int32_t chunk = 1024;
    const float* const from = scores();
    const std::int32_t n = size(), most = is_dense() && vocab_ >= 4 * chunk ? vocab_ / 8 : vocab_;
    if (most < n && detail::count_where(from, n, f) > most) {
      for (std::int32_t i = 0; i < vocab_; ++i) dense_[i] = f(dense_[i]) ? dense_[i] : -detail::infinity;
      return;
    }
    std::int32_t kept = 0;
    for (std::int32_t first = 0; first < n; first += chunk) {
      const std::int32_t last = n - first < chunk ? n : first + chunk;
      const std::int32_t hits = detail::count_where(from + first, last - first, f);
      if (hits == 0) continue;
      if (hits * 4 < last - first) {
        detail::for_each_where(from + first, last - first, f, [&](std::int32_t i) {
          ids_[kept] = token(first + i);
          values_[kept++] = from[first + i];
          return true;
        });
      } else {  // without a branch; what is written at `kept` has been read
        for (std::int32_t i = first; i < last; ++i) {
          const float v = from[i];
          const token_id t = token(i);
          values_[kept] = v;
          ids_[kept] = t;
          kept += f(v) ? 1 : 0;
        }
      }
    }
    kept_ = kept;
  }

  /// Cuts what is less than `threshold`; of the scores equal to it the first `ties` stay, lowest tokens first.
  void keep_at_least(float threshold, std::int32_t ties = detail::all_ties) {
    if (!(threshold > -detail::infinity)) return;  // nothing is less
    keep_scores([threshold](float v) { return !(v < threshold); });
    const auto tied = [threshold](float v) { return v == threshold; };
    if (ties >= size() || detail::count_where(scores(), size(), tied) <= ties) return;
    if (!is_dense()) return keep_if([&](float v, token_id) { return v != threshold || ties-- > 0; });
    detail::for_each_where(dense_, vocab_, tied, [&](std::int32_t i) {
      if (ties-- <= 0) dense_[i] = -detail::infinity;
      return true;
    });
  }

  /// Keeps the k highest scores and no more; among equal ones the lower token ranks higher.
  void keep_best(std::int32_t k) {
    narrow(k);
    const detail::Cut cut = largest(k);
    keep_at_least(cut.threshold, cut.ties);
  }

  /// Keeps what is at least as high as the k-th highest score: k, and those equal to the last of them.
  void keep_best_with_ties(std::int32_t k) {
    narrow(k);
    keep_at_least(largest(k).threshold);
  }

  /// The k-th highest score; -inf when there are fewer. O(size()), works in scratch().
  float kth_best(std::int32_t k) { return largest(k).threshold; }

  /// The highest score; -inf when there is none, NaN when one is NaN.
  float max() const { return detail::max_of(scores(), size()); }

  /// The token with the highest score, the lowest of several; no_token when nothing is left or a score is NaN.
  token_id best() const {
    const float top = max();
    token_id found = no_token;
    if (top == -detail::infinity) return found;
    detail::for_each_where(scores(), size(), [top](float v) { return v == top; }, [&](std::int32_t i) {
      found = token(i);
      return false;
    });
    return found;
  }

  /// The plain array of vocab() scores, -inf where the row was cut. The row is dense again.
  std::span<float> dense() {
    if (!is_dense()) {
      for (std::int32_t i = 0; i < vocab_; ++i) dense_[i] = -detail::infinity;
      for (std::int32_t i = 0; i < kept_; ++i) dense_[ids_[i]] = values_[i];
      kept_ = -1;
    }
    return values();
  }

  /// Says that a processor cannot do its work on this row. Generation ends with the first such fault.
  void fail(const Fault& f) {
    if (!fault_) fault_ = f;
  }
  const Fault& fault() const { return fault_; }

  /// vocab() floats without meaning, to work in until the next cut.
  std::span<float> scratch() { return {is_dense() ? values_ : dense_, static_cast<std::size_t>(vocab_)}; }

 private:
  float* scores() const { return is_dense() ? dense_ : values_; }

  /// Cuts most of what is not among the k best of a large row: the k-th of the maxima of its blocks is a bound, since k
  /// blocks have a score at least as high.
  void narrow(std::int32_t k) {
    const std::int32_t width = (size() / (16 * detail::lanes) < 2 * k ? 4 : 16) * detail::lanes;
    if (k < 1 || size() / width < 2 * k) return;
    float* const maxima = scratch().data();
    const std::int32_t blocks = detail::block_maxima(scores(), size(), width, maxima);
    keep_at_least(detail::select_largest(maxima, blocks, k).threshold);
  }

  /// The cut that keeps the k best. Only what beats the k-th best so far joins the pool, which is thinned out to k when
  /// it is full: a large row is read once, and seldom written from.
  detail::Cut largest(std::int32_t k) {
    if (k < 1) return {detail::infinity, 0};
    const std::int32_t room = k < 256 ? 1024 : k < size() / 4 ? 4 * k : size();
    const float* from = scores();
    float* pool = scratch().data();
    float threshold = -detail::infinity;
    std::int32_t n = 0;
    const auto joins = [&threshold](float v) { return v > threshold; };
    detail::for_each_where(from, size(), joins, [&](std::int32_t i) {
      pool[n++] = from[i];
      if (n == room && n > k) {
        threshold = detail::select_largest(pool, n, k).threshold;
        n = k;
      }
      return true;
    });
    return n < k ? detail::Cut{} : detail::select_largest(pool, n, k);
  }

  float* dense_;
  float* values_;
  token_id* ids_;
  std::int32_t vocab_;
  std::int32_t kept_ = -1;  // -1: dense
  Fault fault_{};
};

}  // namespace skald
