// Shared by the tests of token models.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../components.hpp"
#include "skald/text/json_fields.hpp"
#include "skald/text/models/token_model.hpp"

namespace models {

template <class M>
skald::Result<M> make(std::string_view json) {
  const auto document = golden::parsed(json);
  skald::JsonFields fields(document.root(), "tokenizer.json: model");
  M model;
  model.read(fields);
  return fields.finish(std::move(model));
}

template <class M>
std::string error_of(std::string_view json) {
  const auto made = make<M>(json);
  return made ? "no error" : made.error().message();
}

/// "id:size " of each token, or what is wrong.
template <class M>
std::string ids(const M& model, std::string_view text, bool byte_level = false) {
  typename M::Scratch scratch;
  std::string all;
  for (int round = 0; round < 2; ++round) {  // the second time from the cache
    std::vector<skald::Token> tokens;
    const skald::Fault f = model.tokenize({text, byte_level}, scratch, tokens);
    if (f) return skald::Error(f).message();
    std::string these;
    for (const skald::Token& token : tokens) {
      these.append(std::to_string(token.id)).append(":").append(std::to_string(token.size)).append(" ");
    }
    if (round == 1 && these != all) return "another result the second time";
    all = these;
  }
  return all;
}

}  // namespace models
