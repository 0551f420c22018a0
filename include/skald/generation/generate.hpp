// generate(): prompts in, sequences out.
#pragma once
#include <algorithm>
#include <concepts>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "skald/fwd.hpp"
#include "skald/generation/assisted_search.hpp"
#include "skald/generation/options.hpp"
#include "skald/generation/prompts.hpp"
#include "skald/generation/session.hpp"
#include "skald/generation/streamer.hpp"
#include "skald/sampling/greedy.hpp"

namespace skald::inline SKALD_ABI {

namespace detail {

struct NoStreamer {
  void put(std::int32_t, std::span<const token_id>) {}
  void end(std::int32_t, FinishReason) {}
};

/// The extras of a call that are stopping criteria, as one.
template <class... Es>
constexpr auto criteria_of(const Es&... extras) {
  return std::apply([](auto... each) { return stop_when(std::move(each)...); }, std::tuple_cat([&] {
    if constexpr (StoppingCriterion<Es>) return std::tuple<Es>(extras);
    else return std::tuple<>{};
  }()...));
}

/// The first extra that is a drafter.
template <class E, class... Es>
constexpr auto drafter_of(const E& first, const Es&... rest) {
  if constexpr (Drafter<E>) return first;
  else return drafter_of(rest...);
}

/// The first extra that is a streamer.
template <class E, class... Es>
auto& streamer_of(NoStreamer& none, E& first, Es&... rest) {
  if constexpr (Streamer<E>) return first;
  else if constexpr (sizeof...(Es) == 0) return none;
  else return streamer_of(none, rest...);
}
template <class = void>
NoStreamer& streamer_of(NoStreamer& none) { return none; }

template <class E>
consteval bool require_extra() {
  constexpr bool known = StoppingCriterion<E> || Streamer<E> || Drafter<std::remove_const_t<E>>;
  static_assert(known, "skald: what follows the options must be a stopping criterion, `FinishReason operator()(const "
                       "RowContext&) const`, a streamer with put() and end() that is not const, or a drafter with "
                       "draft(). See docs/stopping.md");
  return known;
}

/// Whether a sampler draws: all but Greedy, unless it says itself.
template <class S>
constexpr bool draws(const S& s) {
  if constexpr (requires { { s.do_sample } -> std::convertible_to<bool>; }) return s.do_sample;
  else return !std::is_same_v<S, Greedy>;
}

/// What the sequences of a call begin with: the prompts, or what a model makes of them. An encoder-decoder reads them
/// and begins otherwise: generation/encoded_prompts.hpp.
template <class Model>
decltype(auto) beginnings(const Model& model, const Prompts& prompts, const GenerateOptions& o) {
  if constexpr (requires { decoder_prompts(model, prompts, o); }) return decoder_prompts(model, prompts, o);
  else return (prompts);
}

/// Where the sequences of a call begin in the cache: where one that is kept begins alike.
template <class Session>
struct KeptBeginnings {
  Session& session;
  bool padded_batch;

  Fault read() const { return {}; }
  void begin(const Prompts& prompts, std::size_t p, SequenceSettings& s) const {
    if (!padded_batch && !prompts.rows()[p].empty())
      s.begun = session.kept().fork_for(prompts.rows()[p], session.engine().cache());
  }
};
template <class Session>
auto places_of(Session& session, const Prompts& prompts, const GenerateOptions& o) {
  if constexpr (requires { encoded_prompts(session, prompts, o); }) return encoded_prompts(session, prompts, o);
  else return KeptBeginnings<Session>{session, o.padded_batch};
}

/// How long sequences may get, and which tokens end them.
template <class Model>
SequenceSettings settings_for(const Model& model, const Prompts& prompts, std::size_t row, const GenerateOptions& o) {
  const std::int32_t longest = prompts.longest(), most = model.spec().max_positions;
  std::int32_t total = o.max_length;
  constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
  if (o.max_new_tokens > 0) total = std::int32_t(std::min(limit, std::int64_t{longest} + o.max_new_tokens));
  else if (o.max_length == 0) total = std::min(20 + longest, std::max(most, longest + 1));
  // A table ends; the last token is not fed any more.
  const bool table = model.spec().position_table != PositionTable::none;
  if (o.at_max_positions == AtMaxPositions::stop || (table && o.at_max_positions != AtMaxPositions::shift))
    total = std::min(total, std::max(most, longest) + 1);
  SequenceSettings s;
  if (o.at_max_positions == AtMaxPositions::shift) s.window = most;
  // Lengths are counted as in a left-padded batch: every row may grow by the same number of tokens.
  s.max_length = total - (longest - std::int32_t(prompts.rows()[row].size()));
  s.prompt = std::int32_t(row);
  s.padding = longest - std::int32_t(prompts.rows()[row].size());
  s.sequences = std::uint32_t(prompts.rows().size()) * std::uint32_t(std::max(1, o.num_return_sequences));
  s.prefill_chunk = o.prefill_chunk_size;
  s.rope_switch = model.spec().rope_switch();
  if (o.padded_batch) s.rope_ahead = longest - std::int32_t(prompts.rows()[row].size());
  if (o.eos_token_id)
    for (token_id e : *o.eos_token_id) s.eos.push_back(e);
  else
    s.eos = model.special_tokens().eos;
  if (o.padded_batch && s.padding > 0) {
    const token_id own = model.special_tokens().pad;
    s.pad = o.pad_token_id.value_or(own >= 0 || s.eos.empty() ? own : s.eos[0]);
  }
  return s;
}

/// A call that might go beyond the model's positions, where that is an error.
template <class Model>
Fault check_positions(const Model& model, const Prompts& prompts, const GenerateOptions& o) {
  if (o.at_max_positions != AtMaxPositions::error) return {};
  GenerateOptions whole = o;
  whole.at_max_positions = AtMaxPositions::shift;  // counted to the end
  for (std::size_t p = 0; p < prompts.rows().size(); ++p)
    if (const std::int64_t n = settings_for(model, prompts, p, whole).max_length; n - 1 > model.spec().max_positions)
      return fault(FaultCode::out_of_range, "at_max_positions: positions of the model", model.spec().max_positions,
                   n - 1, std::int32_t(p));
  return {};
}

/// A session with room for all sequences of a call.
template <class Model>
Result<Session<Model>> session_for(const Model& model, const Prompts& prompts, const GenerateOptions& options) {
  std::int64_t positions = 0, context = 1;
  const auto& begun = beginnings(model, prompts, options);
  for (std::size_t p = 0; p < begun.rows().size(); ++p) {
    const SequenceSettings s = settings_for(model, begun, p, options);
    const std::int64_t n = std::max(1, s.window > 0 ? std::min(s.window, s.max_length) : s.max_length);
    context = std::max(context, n);
    // A block of slack for every sequence: its last one is seldom full, and forks copy one.
    positions += std::int64_t(std::max(options.num_beams, options.num_return_sequences)) * (n + 32);
  }
  return Session<Model>::try_create(model, {std::int32_t(context), std::max<std::int64_t>(1, positions), 0});
}

/// Steps all searches to their end, telling the streamer; a cancelled call ends without a fault.
template <class Session, class Search, class S>
Fault run(Session& session, std::vector<Search>& searches, const GenerateOptions& o, S& streamer) {
  auto& queue = session.engine().queue();
  queue.cancel_on(o.cancel);
  struct Reset {
    decltype(queue) q;
    ~Reset() { q.cancel_on(nullptr); }
  } reset{queue};
  std::vector<std::size_t> told(searches.size(), 0);
  const auto tell = [&] {
    if constexpr (requires(const Search& s) { s.new_ids(); })
      for (std::size_t i = 0; i < searches.size(); ++i) {
        const Search& s = searches[i];
        if (told[i] >= s.new_ids().size()) continue;
        streamer.put(std::int32_t(i), s.new_ids().subspan(told[i]));
        told[i] = s.new_ids().size();
        if (s.finished()) streamer.end(std::int32_t(i), s.reason());
      }
  };
  if constexpr (requires(const Search& s) { streamer.prompt(0, s.ids()); })
    for (std::size_t i = 0; i < searches.size(); ++i) streamer.prompt(std::int32_t(i), searches[i].ids());
  Fault failed;
  while (!failed && !queue.cancelled() &&
         !std::ranges::all_of(searches, [](const Search& s) { return s.finished(); }))
    if (failed = session.step(searches); !failed) tell();
  if (failed.code == FaultCode::cancelled) failed = {};
  if constexpr (requires(const Search& s) { s.new_ids(); })
    for (std::size_t i = 0; i < searches.size(); ++i)
      if (!searches[i].finished())
        streamer.end(std::int32_t(i), failed ? FinishReason::none : FinishReason::cancelled);
  return failed;
}

/// Gives the sequences of searches back, also when code of the user threw.
template <class Search, class Cache>
struct ReleaseAtEnd {
  std::vector<Search>& searches;
  Cache& cache;
  ~ReleaseAtEnd() {
    for (Search& s : searches) s.release(cache);
  }
};
template <class Search, class Cache>
ReleaseAtEnd(std::vector<Search>&, Cache&) -> ReleaseAtEnd<Search, Cache>;

/// What the searches of a call leave for the next one.
template <class Session, class Search>
void keep(Session& session, std::vector<Search>& searches) {
  auto& cache = session.engine().cache();
  if constexpr (requires(Search& s) { s.hand_over(cache); })
    if (session.kept().most() > 0)
      for (Search& s : searches) session.kept().keep(s.hand_over(cache), cache);
}

template <class Search>
void collect(const std::vector<Search>& searches, GenerateOutput& out) {
  for (const Search& s : searches) {
    out.sequences.emplace_back(s.ids().begin(), s.ids().end());
    out.prompt_lengths.push_back(s.prompt_length());
    out.finish_reasons.push_back(s.finished() ? s.reason() : FinishReason::cancelled);
  }
}

template <class Rule, class Stop>
void collect(const std::vector<BeamSearch<Rule, Stop>>& searches, const BeamSettings& beams, GenerateOutput& out) {
  for (std::size_t p = 0; p < searches.size(); ++p) {
    const auto& s = searches[p];
    if (!s.finished()) {
      out.sequences.emplace_back(s.best_running().begin(), s.best_running().end());
      out.prompt_lengths.push_back(s.prompt_length());
      out.finish_reasons.push_back(FinishReason::cancelled);
      continue;
    }
    for (const BeamHypothesis& h : s.results()) {
      out.sequences.push_back(h.ids);
      out.prompt_lengths.push_back(s.prompt_length());
      out.finish_reasons.push_back(h.reason);
      out.sequences_scores.push_back(h.score);
      auto& indices = out.beam_indices.emplace_back();
      for (std::int32_t b : h.beams) indices.push_back(b + std::int32_t(p) * beams.num_beams);
    }
  }
}

}  // namespace detail

/// Generates on a session the caller keeps. See generate().
template <class Model, class T, class Rule, class S, class... Extras>
Result<GenerateOutput> try_generate_on(Session<Model, T>& session, const Prompts& given, const Rule& rule,
                                       const S& sampler, const GenerateOptions& options, Extras&&... extras) {
  using namespace detail;
  if constexpr ((require_extra<std::remove_reference_t<Extras>>() && ...) && require_sampler<S>()) {
    if (Fault f = check(options, draws(sampler))) return Error(f, "generate");
    constexpr bool streams = (Streamer<std::remove_reference_t<Extras>> || ...);
    constexpr bool drafts = (Drafter<std::remove_cvref_t<Extras>> || ...);
    if (Fault f = check_extras(options, streams, drafts)) return Error(f, "generate");
    const auto& prompts = beginnings(session.model(), given, options);
    if (Fault f = check_positions(session.model(), prompts, options)) return Error(f, "generate");
    auto links = chain(rule);
    if (Fault f = links.check()) return Error(f, "generate");
    const auto stop = criteria_of<std::remove_cvref_t<Extras>...>(extras...);
    auto places = places_of(session, given, options);
    if (Fault f = places.read()) return Error(f, "generate");
    NoStreamer none;
    auto& streamer = streamer_of(none, extras...);
    GenerateOutput out;
    const auto with = [&](auto& searches, auto&&... more) -> Result<GenerateOutput> {
      const ReleaseAtEnd release{searches, session.engine().cache()};
      if (const Fault f = run(session, searches, options, streamer)) return Error(f, "generate");
      collect(searches, more..., out);
      if (!options.padded_batch) keep(session, searches);
      return std::move(out);
    };
    const Model& model = session.model();
    const auto settings_of = [&](std::size_t p) {
      SequenceSettings s = settings_for(model, prompts, p, options);
      places.begin(prompts, p, s);
      return s;
    };
    if (options.num_beams > 1) {
      const BeamSettings beams{options.num_beams, options.num_return_sequences, options.length_penalty,
                               options.early_stopping, draws(sampler), random_key(sampler, 0, 0).seed};
      std::vector<BeamSearch<decltype(links), decltype(stop)>> searches;
      for (std::size_t p = 0; p < prompts.rows().size(); ++p)
        searches.emplace_back(prompts.rows()[p], links, stop, settings_of(p), beams);
      return with(searches, beams);
    }
    const auto each = [&](auto&& add) {
      for (std::size_t p = 0; p < prompts.rows().size(); ++p)
        for (std::int32_t r = 0; r < options.num_return_sequences; ++r) {
          SequenceSettings settings = settings_of(p);
          settings.sequence = std::uint32_t(p) * std::uint32_t(options.num_return_sequences) + std::uint32_t(r);
          add(prompts.rows()[p], settings);
        }
    };
    const auto assisted = [&](auto drafter) -> Result<GenerateOutput> {
      if constexpr (requires { drafter.vocab_size(); })
        if (drafter.vocab_size() != model.vocab_size())
          return Error(fault(FaultCode::mismatch, "assistant model: vocab_size", model.vocab_size(),
                             drafter.vocab_size()), "generate");
      if constexpr (requires { drafter.cancel_on(options.cancel); }) drafter.cancel_on(options.cancel);
      std::vector<AssistedSearch<decltype(links), S, decltype(stop), decltype(drafter)>> searches;
      each([&](const auto& ids, const auto& settings) {
        searches.emplace_back(ids, links, sampler, stop, drafter, settings);
      });
      return with(searches);
    };
    if constexpr (drafts) {
      return assisted(drafter_of(extras...));
    } else {
      if (options.prompt_lookup_num_tokens > 0)
        return assisted(PromptLookup{options.prompt_lookup_num_tokens, options.max_matching_ngram_size});
      std::vector<SampleSearch<decltype(links), S, decltype(stop)>> searches;
      each([&](const auto& ids, const auto& settings) { searches.emplace_back(ids, links, sampler, stop, settings); });
      return with(searches);
    }
  } else {
    return Error();
  }
}

/// Generates for one prompt or a batch. After the options may follow stopping criteria, a streamer and a drafter of
/// your own:
///   auto out = generate(lm, ids, RepetitionPenalty{1.1f} | Temperature{0.7f}, Multinomial{.seed = 42},
///                       {.max_new_tokens = 50}, my_criterion, my_streamer);
/// Errors: invalid_argument (options), out_of_range (a token), out_of_memory, numeric (a row without mass).
template <class Model, class Rule = Chain<>, class S = Greedy, class... Extras>
  requires(!std::same_as<Rule, GenerationConfig>)
Result<GenerateOutput> try_generate(const Model& model, const Prompts& prompts, const Rule& rule = chain(),
                                    const S& sampler = {}, const GenerateOptions& options = {}, Extras&&... extras) {
  if (Fault f = detail::check(options, detail::draws(sampler))) return Error(f, "generate");
  auto session = detail::session_for(model, prompts, options);
  if (!session) return std::move(session).error();
  return try_generate_on(*session, prompts, rule, sampler, options, extras...);
}

template <class Model, class Rule = Chain<>, class S = Greedy, class... Extras>
  requires(!std::same_as<Rule, GenerationConfig>)
GenerateOutput generate(const Model& model, const Prompts& prompts, const Rule& rule = chain(), const S& sampler = {},
                        const GenerateOptions& options = {}, Extras&&... extras) {
  return unwrap(try_generate(model, prompts, rule, sampler, options, extras...));
}

}  // namespace skald
