// What generate and score take: prompts as ids.
#pragma once
#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <span>
#include <vector>

#include "skald/core/types.hpp"

namespace skald::inline SKALD_ABI {

/// One prompt or several: ids, lists of ids, or encodings (whatever has `ids`).
class Prompts {
 public:
  Prompts(std::vector<std::vector<token_id>> rows) : rows_(std::move(rows)) {}
  Prompts(std::vector<token_id> ids) : rows_{std::move(ids)} {}
  Prompts(std::initializer_list<token_id> ids) : rows_{ids} {}
  Prompts(std::span<const token_id> ids) : rows_{{ids.begin(), ids.end()}} {}
  template <class Encoding>
    requires requires(const Encoding& e) { { e.ids } -> std::convertible_to<const std::vector<token_id>&>; }
  Prompts(const Encoding& e) : rows_{e.ids} {}
  template <class Encoding>
    requires requires(const Encoding& e) { { e.ids } -> std::convertible_to<const std::vector<token_id>&>; }
  Prompts(const std::vector<Encoding>& batch) {
    for (const Encoding& e : batch) rows_.push_back(e.ids);
  }

  const std::vector<std::vector<token_id>>& rows() const { return rows_; }
  std::int32_t longest() const {
    std::size_t n = 0;
    for (const auto& row : rows_) n = std::max(n, row.size());
    return std::int32_t(n);
  }

 private:
  std::vector<std::vector<token_id>> rows_;
};

}  // namespace skald
