// The model that users' parts are tried on: a small one, on the plain backend.
#pragma once
#include <boost/test/unit_test.hpp>

#include <vector>

#include "skald/backend/reference.hpp"
#include "skald/generation/generate.hpp"
#include "skald/model/transformer.hpp"
#include "skald/ops/reference/kernels.hpp"

namespace seams {

using Lm = skald::Transformer<skald::Reference, skald::fp32, skald::FromConfig>;
using Tokens = std::vector<skald::token_id>;

/// Loaded once, in lm.cpp.
const Lm& lm();

inline const Tokens prompt{1, 20, 31, 42, 20};

inline Tokens new_tokens(const skald::GenerateOutput& out, std::size_t i = 0) {
  return {out.new_tokens(i).begin(), out.new_tokens(i).end()};
}

}  // namespace seams
