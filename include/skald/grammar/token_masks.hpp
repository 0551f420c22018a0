// Which tokens fit: found by walking the tree of the vocabulary, remembered for each state.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/grammar/machine.hpp"
#include "skald/grammar/vocabulary.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

struct TokenMask {
  std::vector<std::uint64_t> bits;  // token t: bit t % 64 of bits[t / 64]
  std::int32_t ones = 0;

  bool has(token_id t) const {
    return std::size_t(t) / 64 < bits.size() && (bits[std::size_t(t) / 64] >> (t % 64) & 1) != 0;
  }
  void set(token_id t, bool value) {
    ones += int(value) - int(has(t));
    const std::uint64_t bit = std::uint64_t(1) << (t % 64);
    std::uint64_t& word = bits[std::size_t(t) / 64];
    word = value ? word | bit : word & ~bit;
  }
};

/// A machine and the masks of its states, for one vocabulary. Not for two threads at once.
class TokenMasks {
 public:
  /// `ends`: the tokens that end a text, whatever their bytes are.
  TokenMasks(std::shared_ptr<const GrammarAutomaton> automaton, TokenVocabulary vocabulary,
             std::span<const token_id> ends)
      : limits_(automaton->limits), vocabulary_(std::move(vocabulary)), ends_(ends.begin(), ends.end()),
        machine_(std::move(automaton)) {}

  std::span<const token_id> ends() const { return ends_; }
  bool is_end(token_id t) const { return std::find(ends_.begin(), ends_.end(), t) != ends_.end(); }

  GrammarMachine& machine() { return machine_; }

  /// Whether so much is remembered that beginning anew is due. Half of the limit is for masks, which go one by one.
  bool is_full() const { return machine_.bytes() > limits_.memory / 2; }

  /// The state behind a token; `dead` where it does not fit or writes nothing.
  GrammarState behind(GrammarState s, token_id token) {
    if (token < 0 || std::size_t(token) >= vocabulary_.size() || s <= GrammarMachine::dead) {
      return std::min(s, GrammarMachine::dead);
    }
    const std::string_view bytes = vocabulary_.bytes(token);
    auto work = std::int64_t(limits_.work);
    return bytes.empty() ? GrammarMachine::dead : machine_.step(s, bytes, work);
  }

  /// The tokens that fit, and the ends where the text may end or nothing else fits. Null where the limits do not
  /// suffice. What is handed out stays good whatever is forgotten here.
  std::shared_ptr<const TokenMask> mask(GrammarState s) {
    if (s < GrammarMachine::dead) return nullptr;
    if (masks_.size() < machine_.states()) masks_.resize(machine_.states());
    Slot& known = masks_[std::size_t(s)];
    known.used = true;
    if (known.mask) return known.mask;
    std::shared_ptr<const TokenMask> found = find(s);
    if (!found) return nullptr;
    const std::size_t each = found->bits.size() * sizeof(std::uint64_t) + sizeof(TokenMask);
    while (kept_.size() * each > limits_.memory / 2) forget_one();
    masks_.resize(machine_.states());
    masks_[std::size_t(s)] = {found, true};
    kept_.push_back(s);
    return found;
  }

 private:
  struct Slot {
    std::shared_ptr<const TokenMask> mask;
    bool used = false;  // since the hand came by
  };

  /// Rows are longer than the vocabulary where a model's table is padded, but not by much.
  bool is_usable(token_id end) const { return end >= 0 && std::size_t(end) < vocabulary_.size() + 65536; }

  /// Second chance: the first that was not used since the hand was there last.
  void forget_one() {
    for (;; ++hand_) {
      if (hand_ >= kept_.size()) hand_ = 0;
      Slot& slot = masks_[std::size_t(kept_[hand_])];
      if (!std::exchange(slot.used, false)) break;
    }
    masks_[std::size_t(kept_[hand_])].mask = nullptr;
    kept_[hand_] = kept_.back();
    kept_.pop_back();
  }

  std::shared_ptr<const TokenMask> find(GrammarState s) {
    auto mask = std::make_shared<TokenMask>();
    std::size_t tokens = vocabulary_.size();
    for (const token_id end : ends_) {
      if (is_usable(end)) tokens = std::max(tokens, std::size_t(end) + 1);
    }
    mask->bits.resize((tokens + 63) / 64);
    const TokenTree& tree = vocabulary_.tree();
    path_.resize(std::size_t(tree.nodes[0].longest) + 1);
    path_[0] = s;
    std::int32_t distance = INT32_MAX;
    const GrammarState near = machine_.nearest_count(s, distance);
    const bool is_far = near != s && distance >= worth_a_copy;
    if (!(is_far ? add_long(s, near, distance, *mask) : add_all(*mask))) return nullptr;
    for (const token_id end : ends_) {
      if (is_usable(end)) mask->set(end, false);
    }
    const bool over = machine_.may_end(s) || mask->ones == 0;
    for (const token_id end : ends_) {
      if (is_usable(end)) mask->set(end, over);
    }
    return mask;
  }

  /// Every token that fits the state path_[0]; false where the limits do not suffice.
  bool add_all(TokenMask& mask) {
    const TokenTree& tree = vocabulary_.tree();
    auto work = std::int64_t(limits_.work);
    for (std::size_t i = 1; i + 1 < tree.nodes.size();) {
      const TokenTree::Node& node = tree.nodes[i];
      const GrammarState next = machine_.step(path_[std::size_t(node.depth) - 1], node.byte, work);
      if (next < GrammarMachine::dead) return false;
      if (next == GrammarMachine::dead) {
        i = std::size_t(node.behind);
        continue;
      }
      path_[std::size_t(node.depth)] = next;
      for (std::int32_t t = node.from; t < tree.nodes[i + 1].from; ++t) {
        const auto token = std::size_t(tree.sorted[std::size_t(t)]);
        mask.bits[token / 64] |= std::uint64_t(1) << (token % 64);
      }
      mask.ones += tree.nodes[i + 1].from - node.from;
      ++i;
    }
    return true;
  }

  /// Tokens shorter than `distance` fit as they fit the state `near`; the others are tried.
  bool add_long(GrammarState s, GrammarState near, std::int32_t distance, TokenMask& mask) {
    const auto other = this->mask(near);
    if (!other) return false;
    mask = *other;
    path_[0] = s;  // the other was found with it
    const TokenTree& tree = vocabulary_.tree();
    auto work = std::int64_t(limits_.work);
    for (std::size_t i = 1; i + 1 < tree.nodes.size();) {
      const TokenTree::Node& node = tree.nodes[i];
      if (node.longest < distance) {
        i = std::size_t(node.behind);
        continue;
      }
      const GrammarState next = machine_.step(path_[std::size_t(node.depth) - 1], node.byte, work);
      if (next < GrammarMachine::dead) return false;
      path_[std::size_t(node.depth)] = next;
      for (std::int32_t t = node.from; node.depth >= distance && t < tree.nodes[i + 1].from; ++t) {
        mask.set(tree.sorted[std::size_t(t)], next != GrammarMachine::dead);
      }
      ++i;
    }
    return true;
  }

  static constexpr std::int32_t worth_a_copy = 6;  // bytes: longer tokens are few enough to be tried again

  GrammarLimits limits_;
  TokenVocabulary vocabulary_;
  std::vector<token_id> ends_;
  GrammarMachine machine_;
  std::vector<Slot> masks_;         // one a state
  std::vector<GrammarState> kept_;  // those that have one
  std::size_t hand_ = 0;
  std::vector<GrammarState> path_;
};

}  // namespace detail
}  // namespace skald
