// Many texts in whatever holds them, and the two ways of calling a pipeline: with one input or with many.
#pragma once
#include <concepts>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/core/result.hpp"

namespace skald::inline SKALD_ABI {

/// A list of views: of a vector of strings, an array of literals, {"a", "b"}. What it looks at must outlive it.
class Texts {
 public:
  Texts(std::initializer_list<std::string_view> texts) : views_(texts) {}
  template <class Range>
    requires(!std::convertible_to<const Range&, std::string_view> &&
             requires(const Range& r) { std::string_view(*std::begin(r)); })
  Texts(const Range& texts) {
    for (const auto& text : texts) views_.emplace_back(text);
  }

  std::size_t size() const { return views_.size(); }
  operator std::span<const std::string_view>() const { return views_; }

 private:
  std::vector<std::string_view> views_;
};

/// Two texts that are read together.
struct TextPair {
  std::string_view text, text_pair;
};

namespace detail {

/// Calls of a pipeline: one input gives its Output, many give a list of them, which is faster than one after the
/// other. Self::run(inputs, options) does the work.
template <class Self, class Output, class Options>
class TextPipeline {
 public:
  Result<std::vector<Output>> try_run(const Texts& texts, const Options& options = {}) const {
    return self().run(std::span<const std::string_view>(texts), options);
  }
  Result<std::vector<Output>> try_run(std::initializer_list<std::string_view> texts,
                                      const Options& options = {}) const {
    return self().run(std::span(texts.begin(), texts.size()), options);
  }
  Result<Output> try_run(std::string_view text, const Options& options = {}) const {
    return first(self().run(std::span(&text, 1), options));
  }

  std::vector<Output> operator()(const Texts& texts, const Options& options = {}) const {
    return unwrap(try_run(texts, options));
  }
  std::vector<Output> operator()(std::initializer_list<std::string_view> texts, const Options& options = {}) const {
    return unwrap(try_run(texts, options));
  }
  Output operator()(std::string_view text, const Options& options = {}) const {
    return unwrap(try_run(text, options));
  }

 protected:
  static Result<Output> first(Result<std::vector<Output>> all) {
    if (!all) return std::move(all).error();
    return std::move(all->front());
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

}  // namespace detail

}  // namespace skald
