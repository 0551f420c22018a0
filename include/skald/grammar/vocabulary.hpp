// A vocabulary's tokens as bytes, in a tree of common beginnings.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skald/core/types.hpp"
#include "skald/io/order.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// Nodes in the order of a walk from the root down; children lie behind their parent.
struct TokenTree {
  struct Node {
    std::int32_t behind;      // the first node that does not begin with this one's bytes
    std::int32_t from;        // its tokens: sorted[from] up to the next node's from
    std::int32_t depth;       // bytes from the root to here
    std::int32_t longest;     // bytes of the longest token below
    std::uint8_t byte;
  };
  std::vector<Node> nodes;          // [0] is the root; one more at the end
  std::vector<token_id> sorted;     // tokens with bytes, by their bytes
  std::string bytes;                // of all tokens
  std::vector<std::uint32_t> ends;  // a token: where its bytes end

  std::size_t size() const { return ends.size(); }
  std::string_view bytes_of(token_id t) const {
    const std::size_t from = t > 0 ? ends[std::size_t(t) - 1] : 0;
    return std::string_view(bytes).substr(from, ends[std::size_t(t)] - from);
  }
};

inline TokenTree make_token_tree(std::span<const std::string> pieces) {
  TokenTree tree;
  for (const std::string& piece : pieces) {
    tree.bytes += piece;
    tree.ends.push_back(std::uint32_t(tree.bytes.size()));
  }
  const auto order = order_of(pieces.size(), [&](std::uint32_t a, std::uint32_t b) { return pieces[a] < pieces[b]; });
  std::vector<std::int32_t> path{0};  // nodes from the root to the last token
  tree.nodes.push_back({0, 0, 0, 0, 0});
  for (const std::uint32_t token : order) {
    const std::string_view bytes = tree.bytes_of(token_id(token));
    if (bytes.empty()) continue;
    std::size_t same = 0;
    while (same + 1 < path.size() && same < bytes.size() &&
           tree.nodes[std::size_t(path[same + 1])].byte == std::uint8_t(bytes[same])) {
      ++same;
    }
    const auto next = std::int32_t(tree.nodes.size());
    for (; path.size() > same + 1; path.pop_back()) tree.nodes[std::size_t(path.back())].behind = next;
    for (std::size_t i = same; i < bytes.size(); ++i) {
      path.push_back(std::int32_t(tree.nodes.size()));
      tree.nodes.push_back({0, std::int32_t(tree.sorted.size()), std::int32_t(i + 1), 0, std::uint8_t(bytes[i])});
    }
    for (const std::int32_t above : path) {
      std::int32_t& longest = tree.nodes[std::size_t(above)].longest;
      longest = std::max(longest, std::int32_t(bytes.size()));
    }
    tree.sorted.push_back(token_id(token));
  }
  for (const std::int32_t open : path) tree.nodes[std::size_t(open)].behind = std::int32_t(tree.nodes.size());
  tree.nodes.push_back({0, std::int32_t(tree.sorted.size()), 0, 0, 0});
  return tree;
}

}  // namespace detail

/// What every token of a vocabulary writes, made once and shared by copies. From a tokenizer: token_vocabulary in
/// skald/pipelines/token_vocabulary.hpp.
class TokenVocabulary {
 public:
  /// `pieces[t]`: the bytes that token t adds to a text, a part of a character too. Empty: a token that writes nothing,
  /// as control tokens, which no grammar allows. Cost: one sort.
  explicit TokenVocabulary(std::span<const std::string> pieces)
      : tree_(std::make_shared<const detail::TokenTree>(detail::make_token_tree(pieces))) {}

  std::size_t size() const { return tree_->size(); }
  std::string_view bytes(token_id token) const { return tree_->bytes_of(token); }
  const detail::TokenTree& tree() const { return *tree_; }

 private:
  std::shared_ptr<const detail::TokenTree> tree_;
};

}  // namespace skald
