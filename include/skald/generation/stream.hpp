// Text as a range: for (std::string_view piece : stream(lm, tok, "Once upon a time", rule)) ...
#pragma once
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/generation/generate.hpp"
#include "skald/text/decode_stream.hpp"

namespace skald::inline SKALD_ABI {

/// A single pass over the new text of one sequence. Every piece is whole characters; reading on runs the model.
/// `next()` is the face without exceptions.
template <class Model, class Tokenizer, class Search>
class TextStream {
 public:
  /// `read`: what the encoder of an encoder-decoder read, which the search looks at.
  TextStream(Session<Model> session, Tokenizer tokenizer, Search search, DecodeOptions options,
             const std::atomic<bool>* cancel, std::vector<token_id> read = {})
      : session_(std::move(session)), read_(std::move(read)), search_(std::move(search)),
        text_(std::move(tokenizer), options) {
    session_.engine().queue().cancel_on(cancel);
  }

  /// The next piece; no value at the end (see reason()). After an error, or an exception of user code, call it again to
  /// go on. A cancelled stream ends with reason() cancelled.
  Result<std::optional<std::string>> next() {
    for (;;) {
      while (told_ < search_.new_ids().size()) {
        Result<std::string> piece = text_.try_push(search_.new_ids()[told_++]);
        if (!piece) return std::move(piece).error();
        if (!piece->empty()) return std::optional(*std::move(piece));
      }
      const bool cancelled = session_.engine().queue().cancelled();
      if (search_.finished() || cancelled || ended_) {
        if (!ended_ && cancelled && !search_.finished()) reason_ = FinishReason::cancelled;
        if (std::exchange(ended_, true)) return std::optional<std::string>();
        Result<std::string> rest = text_.try_finish();
        if (!rest) return std::move(rest).error();
        if (!rest->empty()) return std::optional(*std::move(rest));
        continue;
      }
      const Fault f = session_.step(search_);
      if (f && f.code != FaultCode::cancelled) return Error(f, "stream");
    }
  }

  FinishReason reason() const { return search_.finished() ? search_.reason() : reason_; }
  std::span<const token_id> ids() const { return search_.ids(); }
  std::span<const token_id> new_ids() const { return search_.new_ids(); }

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    explicit iterator(TextStream* of) : of_(of) { ++*this; }
    iterator(iterator&&) = default;
    iterator& operator=(iterator&&) = default;

    std::string_view operator*() const { return *of_->piece_; }
    iterator& operator++() {
      of_->piece_ = unwrap(of_->next());
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) { return i.done(); }

   private:
    bool done() const { return !of_->piece_; }
    TextStream* of_;
  };

  iterator begin() { return iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  Session<Model> session_;
  std::vector<token_id> read_;
  Search search_;
  DecodeStream<Tokenizer> text_;
  std::optional<std::string> piece_;
  std::size_t told_ = 0;
  bool ended_ = false;
  FinishReason reason_ = FinishReason::none;
};

/// Streams one sequence (greedy or sampled; drafts and beams have no stream of their own here). The model must outlive
/// it.
template <class Model, class Tokenizer, class Rule = Chain<>, class S = Greedy, class... Criteria>
auto try_stream(const Model& model, const Tokenizer& tokenizer, std::string_view prompt, const Rule& rule = chain(),
                const S& sampler = {}, const GenerateOptions& options = {}, const DecodeOptions& decoding = {true},
                const Criteria&... criteria) {
  using Links = decltype(chain(rule));
  using Stop = decltype(stop_when(criteria...));
  using Search = SampleSearch<Links, S, Stop>;
  using Stream = TextStream<Model, Tokenizer, Search>;
  using R = Result<Stream>;
  if (Fault f = detail::check(options, detail::draws(sampler))) return R(Error(f, "stream"));
  if (options.num_beams > 1)
    return R(Error(fault(FaultCode::invalid_argument, "num_beams: in a stream", 1, options.num_beams), "stream"));
  if (options.prompt_lookup_num_tokens > 0)
    return R(Error(fault(FaultCode::unsupported, "prompt_lookup_num_tokens: in a stream", 0,
                         options.prompt_lookup_num_tokens), "stream"));
  Links links = chain(rule);
  if (Fault f = links.check()) return R(Error(f, "stream"));
  auto encoding = tokenizer.try_encode(prompt);
  if (!encoding) return R(std::move(encoding).error());
  const Prompts given(*encoding);
  const auto& prompts = detail::beginnings(model, given, options);
  if (Fault f = detail::check_positions(model, prompts, options)) return R(Error(f, "stream"));
  SequenceSettings settings = detail::settings_for(model, prompts, 0, options);
  if (Fault f = settings.check_prompt(prompts.rows()[0].size())) return R(Error(f, "stream"));
  auto session = Session<Model>::try_create(model, {settings.max_length, settings.max_length});
  if (!session) return R(std::move(session).error());
  std::vector<token_id> read;
  {
    auto places = detail::places_of(*session, given, options);
    if (Fault f = places.read()) return R(Error(f, "stream"));
    places.begin(prompts, 0, settings);
    read.assign(settings.encoder_ids.begin(), settings.encoder_ids.end());
    settings.encoder_ids = read;
  }
  Search search(prompts.rows()[0], links, sampler, stop_when(criteria...), settings);
  return R(Stream(*std::move(session), tokenizer, std::move(search), decoding, options.cancel, std::move(read)));
}

template <class Model, class Tokenizer, class Rule = Chain<>, class S = Greedy, class... Criteria>
auto stream(const Model& model, const Tokenizer& tokenizer, std::string_view prompt, const Rule& rule = chain(),
            const S& sampler = {}, const GenerateOptions& options = {}, const DecodeOptions& decoding = {true},
            const Criteria&... criteria) {
  return unwrap(try_stream(model, tokenizer, prompt, rule, sampler, options, decoding, criteria...));
}

}  // namespace skald
