// Taking a guess at its odds, so that what comes out has the distribution of the model alone.
#pragma once
#include <cmath>
#include <concepts>
#include <span>

#include "skald/core/random.hpp"
#include "skald/logits/row.hpp"

namespace skald::inline SKALD_ABI {

/// Whether a sampler draws from softmax(scores). Multinomial ones do; one of your own says so by a member
/// `bool do_sample` or `static constexpr bool draws_from_softmax = true`. Others are asked for a token of their own,
/// which is compared with the guess.
template <class S>
constexpr bool draws_from_softmax(const S& s) {
  if constexpr (requires { { s.do_sample } -> std::convertible_to<bool>; }) return s.do_sample;
  else if constexpr (requires { { S::draws_from_softmax } -> std::convertible_to<bool>; }) return S::draws_from_softmax;
  else return false;
}

namespace detail {

// Draws of one position: 0 is the sampler's, 1 the drafter's.
inline constexpr std::uint32_t guess_draw = 1, acceptance_draw = 2, residual_draw = 3;

/// `guess` was drawn from q. It is the token with probability min(1, p / q); else the token is drawn from what p has
/// more than q, max(p - q, 0), p = softmax(row). The token then has the distribution p. Leviathan, Kalman and Matias,
/// "Fast inference from transformers via speculative decoding" (2023). no_token as Multinomial.
inline token_id speculative_token(LogitsRow& row, token_id guess, std::span<const float> q, const RandomKey& key) {
  const float top = row.max();
  if (!(top > -infinity && top < infinity)) return no_token;
  double total = 0, of_q = 0;
  row.for_each([&](float x, token_id) { total += std::exp(double(x) - double(top)); });
  for (const float each : q) of_q += double(each);
  const auto p = [&](float x) { return std::exp(double(x) - double(top)) / total; };
  const float* score = row.find(guess);
  const double p_guess = score ? p(*score) : 0.0, q_guess = double(q[std::size_t(guess)]) / of_q;
  if (double(random_uniform(key, acceptance_draw)) * q_guess < p_guess) return guess;

  double left = 0;
  const auto more = [&](float x, token_id t) {
    const double d = p(x) - double(q[std::size_t(t)]) / of_q;
    return t != guess && d > 0 ? d : 0.0;
  };
  row.for_each([&](float x, token_id t) { left += more(x, t); });
  double target = double(random_uniform(key, residual_draw)) * left;
  token_id token = no_token;
  row.for_each([&](float x, token_id t) {
    const double weight = more(x, t);
    if (weight <= 0 || target < 0) return;
    token = t;  // the last possible one, should rounding keep the sum just below
    target -= weight;
  });
  return token == no_token ? row.best() : token;
}

}  // namespace detail
}  // namespace skald
