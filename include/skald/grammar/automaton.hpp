// A grammar ready to be followed: finite automata over bytes that call each other.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "skald/grammar/limits.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

using NodeId = std::int32_t;

struct GrammarEdge {
  enum class Kind : std::uint8_t {
    free,   // no byte
    bytes,  // one byte of first..last
    call,   // through the automaton that begins at `callee`
    count,  // through it min to max times (max < 0: any number of times); it reads at least one byte each time
  };
  Kind kind = Kind::free;
  std::uint8_t first = 0, last = 0;
  NodeId from = 0, to = 0, callee = -1;
  std::int32_t min = 0, max = 0;
};

/// Node `start` begins the whole. Each automaton has one end, a node without edges.
struct GrammarAutomaton {
  NodeId start = 0;
  std::vector<GrammarEdge> edges;         // of one node lie together
  std::vector<std::int32_t> first_edge;   // nodes + 1
  std::array<std::uint8_t, 256> classes{};  // bytes that no edge tells apart
  std::vector<std::uint8_t> sample;       // a byte of each class
  GrammarLimits limits;

  std::size_t nodes() const { return first_edge.size() - 1; }
  bool is_end(NodeId n) const { return first_edge[std::size_t(n)] == first_edge[std::size_t(n) + 1]; }
  std::span<const GrammarEdge> edges_of(NodeId n) const {
    const auto from = std::size_t(first_edge[std::size_t(n)]);
    return std::span(edges).subspan(from, std::size_t(first_edge[std::size_t(n) + 1]) - from);
  }
};

}  // namespace detail
}  // namespace skald
