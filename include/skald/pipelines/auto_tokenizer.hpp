// AutoTokenizer: the tokenizer of a folder.
#pragma once
#include <filesystem>
#include <string_view>
#include <utility>

#include "skald/text/tokenizer.hpp"

namespace skald::inline SKALD_ABI {

struct AutoTokenizer {
  template <class Path = std::filesystem::path>
  static Result<Tokenizer> try_from_pretrained(const Path& directory) {
    return Tokenizer::try_from_pretrained(directory);
  }
  template <class Path = std::filesystem::path>
  static Tokenizer from_pretrained(const Path& directory) { return unwrap(try_from_pretrained(directory)); }
};

}  // namespace skald
