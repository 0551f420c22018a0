// Ends sequences when a time has passed.
#pragma once
#include <chrono>
#include <limits>
#include <utility>

#include "skald/generation/stopping.hpp"

namespace skald::inline SKALD_ABI {

/// transformers' max_time: asked after every token, so a text may take a step longer; the tokens so far are there. The
/// time runs from when it is made. `Clock` is anything with now(), as the clocks of std::chrono: a test brings its own.
template <class Clock = std::chrono::steady_clock>
class MaxTime {
 public:
  explicit MaxTime(double seconds, Clock clock = {}) : seconds_(seconds), clock_(std::move(clock)) {
    if (limited()) start_ = clock_.now();
  }

  FinishReason operator()(const RowContext&) const {
    if (!limited()) return FinishReason::none;
    const std::chrono::duration<double> passed = clock_.now() - start_;
    return passed.count() > seconds_ ? FinishReason::time : FinishReason::none;
  }

 private:
  bool limited() const { return seconds_ < std::numeric_limits<double>::infinity(); }

  double seconds_;
  SKALD_NO_UNIQUE_ADDRESS Clock clock_;
  decltype(std::declval<const Clock&>().now()) start_{};
};

static_assert(StoppingCriterion<MaxTime<>>);

}  // namespace skald
