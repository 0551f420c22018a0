// The plain twin of every cache: a list of numbers a sequence. Each position of each layer holds one number of its own
// in all entries of its key, and that number + 0.5 in its value.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "skald/core/error.hpp"
#include "skald/layers/kv_cache.hpp"
#include "skald/precision/half.hpp"

namespace test {

using skald::Fault;
using skald::index_t;
using skald::SeqId;

inline std::string text(const Fault& f) { return f ? skald::Error(f).message() : std::string(); }

/// A cache beside its twin: each operation is done on both, and what the views show is compared.
template <class Cache>
class Watched {
 public:
  Watched(Cache& cache, int layers) : cache_(cache), layers_(layers) {}

  SeqId create() {
    const SeqId s = cache_.create();
    if (s >= 0) twin_[s] = {};
    return s;
  }
  SeqId fork(SeqId s) {
    const SeqId to = cache_.fork(s);
    if (to >= 0) twin_[to] = twin_.at(s);
    return to;
  }
  void drop(SeqId s) {
    cache_.drop(s);
    twin_.erase(s);
  }
  bool rewind(SeqId s, int n) {
    const bool done = cache_.rewind(s, n);
    if (done) twin_.at(s).resize(std::size_t(n));
    return done;
  }
  /// Room for n more, and numbers written into it.
  Fault extend(SeqId s, int n) {
    if (Fault f = cache_.extend(s, n)) return f;
    for (int i = 0; i < n; ++i) {
      next_ = next_ % 1000 + 1;
      twin_.at(s).push_back(next_);
      for (int l = 0; l < layers_; ++l) write(cache_.view(l, s), index_t(twin_.at(s).size()) - 1, next_ + 1000 * l);
    }
    return {};
  }

  /// Whether all sequences are as their twins say.
  bool same() const {
    for (const auto& [s, numbers] : twin_) {
      if (cache_.length(s) != int(numbers.size())) return false;
      for (int l = 0; l < layers_; ++l) {
        const auto view = cache_.view(l, s);
        if (view.length != int(numbers.size())) return false;
        for (std::size_t p = 0; p < numbers.size(); ++p)
          if (!holds(view, index_t(p), numbers[p] + 1000 * l)) return false;
      }
    }
    return true;
  }

  std::vector<SeqId> sequences() const {
    std::vector<SeqId> all;
    for (const auto& entry : twin_) all.push_back(entry.first);
    return all;
  }

 private:
  template <class View>
  static void write(const View& view, index_t position, int number) {
    using T = typename View::element;
    for (index_t c = 0; c < view.width; ++c) {
      view.key(position)[c] = skald::from_float<T>(float(number));
      view.value(position)[c] = skald::from_float<T>(float(number) + 0.5f);
    }
  }
  template <class View>
  static bool holds(const View& view, index_t position, int number) {
    using T = typename View::element;
    for (index_t c = 0; c < view.width; ++c)
      if (skald::to_float(view.key(position)[c]) != skald::to_float(skald::from_float<T>(float(number))) ||
          skald::to_float(view.value(position)[c]) != skald::to_float(skald::from_float<T>(float(number) + 0.5f)))
        return false;
    return true;
  }

  Cache& cache_;
  int layers_, next_ = 0;
  std::map<SeqId, std::vector<int>> twin_;
};

}  // namespace test
