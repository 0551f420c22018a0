// Control tokens that users write are text: they are marked before a template sees them, and encoded as text behind it.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/text/encoder.hpp"
#include "skald/text/jinja/dict.hpp"

namespace skald::inline SKALD_ABI {
namespace detail {

/// The tokens that mean something to a model, the longer ones first, and the two private characters around each.
class ControlTokens {
 public:
  static constexpr std::string_view start = "\U000F0000", end = "\U000F0001";

  explicit ControlTokens(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
    std::erase(tokens_, std::string());
    std::stable_sort(tokens_.begin(), tokens_.end(), [](const std::string& a, const std::string& b) {
      return jinja::length(a) > jinja::length(b);
    });
  }

  /// The token that stands at the beginning of a text; empty: none does.
  std::string_view at_front(std::string_view text) const {
    for (const std::string& token : tokens_) {
      if (text.starts_with(token)) return token;
    }
    return {};
  }

  /// All texts in a value, but not the keys of dicts.
  jinja::Value mark(jinja::Runtime& rt, const jinja::Value& v) const {
    const jinja::Depth depth(rt);
    if (!depth || !rt.tick()) return v;
    if (v.is_string()) return mark_text(rt, v);
    if (v.is(jinja::Kind::list)) {
      std::vector<jinja::Value> elements;
      for (const jinja::Value& element : v.elements()) elements.push_back(mark(rt, element));
      return rt.list(elements);
    }
    if (!v.is(jinja::Kind::dict)) return v;
    jinja::DictBuilder members(rt);
    for (const jinja::Dict::Entry& e : v.dict().entries) members.set(e.key, mark(rt, e.value));
    return members.value();
  }

 private:
  jinja::Value mark_text(jinja::Runtime& rt, const jinja::Value& v) const {
    std::string clean;
    for (std::string_view rest = v.text(); !rest.empty();) {
      if (rest.starts_with(start) || rest.starts_with(end)) {
        rest.remove_prefix(start.size());
      } else {
        clean.push_back(rest.front());
        rest.remove_prefix(1);
      }
    }
    std::string marked;
    for (std::string_view rest = clean; !rest.empty();) {
      const std::string_view token = at_front(rest);
      if (token.empty()) marked.push_back(rest.front());
      else marked.append(start).append(token).append(end);
      rest.remove_prefix(token.empty() ? 1 : token.size());
    }
    return marked == v.text() ? v : rt.string(marked);
  }

  std::vector<std::string> tokens_;
};

/// Encodes a text that was rendered from marked messages. Marked tokens become text; a lone mark is dropped, and what
/// stands on its two sides never joins into a token.
template <class Tokenizer>
class MarkedEncoder {
 public:
  explicit MarkedEncoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer), all_(contents(tokenizer)) {}

  Result<std::vector<token_id>> encode(std::string_view text) {
    std::vector<token_id> ids;
    bool first = true;
    while (!text.empty() || first) {
      const std::size_t mark = std::min(text.find(ControlTokens::start), text.find(ControlTokens::end));
      const std::string_view piece = text.substr(0, mark);
      if (Result<void> done = append(piece, false, first, ids); !done) return std::move(done).error();
      first = false;
      if (mark == text.npos) break;
      const bool opens = text.substr(mark).starts_with(ControlTokens::start);
      text.remove_prefix(mark + ControlTokens::start.size());
      const std::string_view token = opens ? all_.at_front(text) : std::string_view();
      if (token.empty() || !text.substr(token.size()).starts_with(ControlTokens::end)) continue;
      text.remove_prefix(token.size() + ControlTokens::end.size());
      if (Result<void> done = append(token, true, false, ids); !done) return std::move(done).error();
    }
    return ids;
  }

 private:
  static std::vector<std::string> contents(const Tokenizer& tokenizer) {
    std::vector<std::string> all;
    for (const AddedToken& token : tokenizer.added_tokens().tokens()) all.push_back(token.content);
    return all;
  }

  Result<std::vector<token_id>> ids_of(const std::string& text, bool as_text) const {
    Result<Encoding> encoded = as_text ? plainly(text) : tokenizer_.try_encode(text, {.add_special_tokens = false});
    if (!encoded) return std::move(encoded).error();
    return std::move(encoded->ids);
  }
  /// As if there were no added tokens.
  Result<Encoding> plainly(const std::string& text) const {
    const AddedTokens none;
    ScratchPool<typename std::remove_cvref_t<decltype(tokenizer_.model())>::Scratch> pool;
    Encoder encoder(tokenizer_.normalizer(), tokenizer_.pre_tokenizer(), tokenizer_.model(), none, pool);
    return encoder.run(text, {});
  }

  Result<void> append(std::string_view piece, bool as_text, bool first, std::vector<token_id>& ids) {
    if (piece.empty()) return {};
    if (first) {
      Result<std::vector<token_id>> start = ids_of(std::string(piece), false);
      if (!start) return std::move(start).error();
      ids = *std::move(start);
      return {};
    }
    // Behind a line end, so that no tokenizer takes the piece for the start of a text; the line end goes again.
    const Result<std::vector<token_id>> line = ids_of("\n", false);
    Result<std::vector<token_id>> more = ids_of(std::string("\n").append(piece), as_text);
    if (!line || !more) return line ? std::move(more).error() : line.error();
    std::size_t skip = line->size();
    if (more->size() < skip || !std::equal(line->begin(), line->end(), more->begin())) {
      more = ids_of(std::string(piece), as_text);
      if (!more) return std::move(more).error();
      skip = 0;
    }
    const auto token = as_text ? tokenizer_.token_to_id(piece) : std::nullopt;
    if (token && std::find(more->begin() + std::ptrdiff_t(skip), more->end(), *token) != more->end()) {
      return Error(FaultCode::unsupported, std::string("\"").append(piece).append(
                                               "\" can not be written as text: the tokenizer makes the token of it"));
    }
    ids.insert(ids.end(), more->begin() + std::ptrdiff_t(skip), more->end());
    return {};
  }

  const Tokenizer& tokenizer_;
  ControlTokens all_;
};

}  // namespace detail
}  // namespace skald
