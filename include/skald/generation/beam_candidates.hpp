// The best few of many continuations, kept in order.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "skald/core/random.hpp"
#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

/// One token behind one beam, with the summed log-probability.
struct BeamCandidate {
  float score;
  std::int32_t beam;
  token_id token;
  float rank;  ///< what candidates are ordered by: the score, or the score and a random number
};

/// What added to ln p makes the greatest few of many a draw without replacement from p, in the order of drawing
/// (Gumbel's trick: Kool, van Hoof and Welling, "Stochastic beams and where to find them", 2019).
inline float gumbel(const RandomKey& key, std::uint32_t draw) {
  const double u = (double(random_bits(key, draw)) + 0.5) * 0x1p-32;
  return float(-std::log(-std::log(u)));
}

/// Offered in rising order of (beam, token), it keeps the `room` best; of equal ones the earlier.
class BeamCandidates {
 public:
  void start(std::size_t room) {
    room_ = room;
    best_.clear();
    best_.reserve(room + 1);
  }

  void offer(const BeamCandidate& c) {
    if (best_.size() == room_ && !(c.rank > best_.back().rank)) return;
    const auto at = std::upper_bound(best_.begin(), best_.end(), c,
                                     [](const BeamCandidate& a, const BeamCandidate& b) { return a.rank > b.rank; });
    best_.insert(at, c);
    if (best_.size() > room_) best_.pop_back();
  }

  const std::vector<BeamCandidate>& sorted() const { return best_; }

 private:
  std::size_t room_ = 0;
  std::vector<BeamCandidate> best_;
};

/// x - max - ln(sum e^(x - max)), in place; sums in double.
inline void log_softmax(std::span<float> x) {
  float highest = -std::numeric_limits<float>::infinity();
  for (float v : x) highest = v > highest ? v : highest;
  if (!(std::fabs(highest) < std::numeric_limits<float>::infinity())) return;
  double sum = 0;
  for (float v : x) sum += double(std::exp(v - highest));
  const float shift = highest + float(std::log(sum));
  for (float& v : x) v -= shift;
}

}  // namespace detail

}  // namespace skald
