#include "skald/generation/generate.hpp"

#include "generation/searches.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/logits/top_k.hpp"

BOOST_AUTO_TEST_SUITE(generation_generate)

using namespace test;

namespace {

const Tokens prompt{3, 1, 4, 1, 5};

template <class... As>
std::string refusal(const FakeModel& model, const As&... as) {
  const auto out = try_generate(model, as...);
  return out ? "accepted" : out.error().message();
}

/// Everything a streamer hears.
struct Heard {
  std::vector<Tokens> tokens = std::vector<Tokens>(3);
  std::vector<std::pair<std::int32_t, FinishReason>> ends{};
  int throw_at = -1, puts = 0;
  void put(std::int32_t row, std::span<const token_id> t) {
    if (++puts == throw_at) throw 7;
    tokens[std::size_t(row)].insert(tokens[std::size_t(row)].end(), t.begin(), t.end());
  }
  void end(std::int32_t row, FinishReason r) { ends.emplace_back(row, r); }
};

Tokens new_tokens(const GenerateOutput& out, std::size_t i) {
  return {out.new_tokens(i).begin(), out.new_tokens(i).end()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(lengths) {
  FakeModel model;
  const auto total = [&](const Tokens& ids, GenerateOptions options) {
    const GenerateOutput out = generate(model, ids, chain(), Greedy{}, options);
    BOOST_TEST((out.finish_reasons[0] == FinishReason::length));
    BOOST_TEST(out.prompt_lengths[0] == std::int32_t(ids.size()));
    return out.sequences[0].size();
  };
  BOOST_TEST(generate(model, prompt).sequences[0].size() == 25u);  // 20 new tokens by default
  BOOST_TEST(total(prompt, {.max_new_tokens = 7}) == 12u);
  BOOST_TEST(total(prompt, {.max_length = 9}) == 9u);
  BOOST_TEST(total(prompt, {.max_new_tokens = 7, .max_length = 9}) == 12u);
  // The default ends at the model's positions, as transformers has it, and leaves room for a token; what is asked for
  // does not.
  BOOST_TEST(total(Tokens(90, 1), {}) == 100u);
  BOOST_TEST(total(Tokens(100, 1), {}) == 101u);
  BOOST_TEST(total(Tokens(90, 1), {.max_new_tokens = 30}) == 120u);
  model.spec().position_table = PositionTable::learned;
  BOOST_TEST(total(Tokens(90, 1), {.max_new_tokens = 30}) == 101u);
  BOOST_TEST(total(Tokens(90, 1), {.max_length = 500}) == 101u);
  model.spec().position_table = PositionTable::none;
  BOOST_TEST(refusal(model, prompt, chain(), Greedy{}, GenerateOptions{.max_length = 5}) ==
             "generate: generate: prompt tokens below max_length: expected 5, found 5");
  BOOST_TEST(refusal(model, Tokens{}) == "generate: generate: the prompt holds no token");
  BOOST_TEST(refusal(model, std::vector<Tokens>{}) == "accepted");
  // More than there is memory for is said before anything runs.
  model.forwards = 0;
  const auto endless = try_generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 2147483647});
  BOOST_REQUIRE(!endless);
  BOOST_TEST(model.forwards == 0);
}

BOOST_AUTO_TEST_CASE(at_the_last_position_of_the_model) {
  FakeModel model(24);
  model.spec().max_positions = 20;
  const auto length = [&](AtMaxPositions what, std::int32_t n = 40) {
    return generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = n, .at_max_positions = what}).sequences[0].size();
  };
  const auto with = [&](const GenerateOptions& o) { return refusal(model, prompt, chain(), Greedy{}, o); };
  for (const PositionTable table : {PositionTable::none, PositionTable::learned}) {
    model.spec().position_table = table;
    BOOST_TEST(length(AtMaxPositions::go_on) == (table == PositionTable::learned ? 21u : 45u));
    BOOST_TEST(length(AtMaxPositions::stop) == 21u);  // the last token is not fed
    BOOST_TEST(length(AtMaxPositions::shift) == 45u);
    BOOST_TEST(with({.max_new_tokens = 17, .at_max_positions = AtMaxPositions::error}) ==
               "generate: at_max_positions: positions of the model[0]: expected 20, found 21");
    BOOST_TEST(length(AtMaxPositions::error, 16) == 21u);
  }
  BOOST_TEST(with({.num_beams = 2, .at_max_positions = AtMaxPositions::shift}) ==
             "generate: at_max_positions: shift with beams or drafts");
  BOOST_TEST(with({.prompt_lookup_num_tokens = 2, .at_max_positions = AtMaxPositions::shift}) ==
             "generate: at_max_positions: shift with beams or drafts");

  // Each token is what the model says behind the tokens that it still sees: by hand.
  Tokens ids = prompt;
  for (std::size_t from = 0; ids.size() < 45;) {
    if (ids.size() - from > 20) from = ids.size() - 10;
    std::vector<float> scores(24);
    FakeModel::hashed(1)(std::span(ids).subspan(from), scores);
    ids.push_back(token_id(std::max_element(scores.begin(), scores.end()) - scores.begin()));
  }
  BOOST_TEST(generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 40, .at_max_positions = AtMaxPositions::shift})
                 .sequences[0] == ids);
  const Tokens longer(50, 3);  // a prompt that does not fit
  BOOST_TEST(generate(model, longer, chain(), Greedy{}, {.max_new_tokens = 1, .at_max_positions = AtMaxPositions::shift})
                 .new_tokens(0)[0] ==
             generate(model, Tokens(10, 3), chain(), Greedy{}, {.max_new_tokens = 1}).new_tokens(0)[0]);
}

BOOST_AUTO_TEST_CASE(a_batch_grows_as_if_padded) {
  const FakeModel model;
  const std::vector<Tokens> batch{{3, 1, 4, 1, 5}, {9, 2}, {6}};
  for (const GenerateOptions& options :
       {GenerateOptions{.max_new_tokens = 6}, GenerateOptions{.max_length = 11}, GenerateOptions{}}) {
    const GenerateOutput out = generate(model, batch, chain(), Greedy{}, options);
    for (std::size_t i = 0; i < 3; ++i) {
      BOOST_TEST(out.new_tokens(i).size() == (options.max_new_tokens || options.max_length ? 6u : 20u));
      BOOST_TEST(out.prompt_lengths[i] == std::int32_t(batch[i].size()));
      BOOST_TEST(out.sequences[i] == generate(model, batch[i], chain(), Greedy{},
                                              {.max_new_tokens = std::int32_t(out.new_tokens(i).size())})
                                         .sequences[0]);
    }
  }
}

BOOST_AUTO_TEST_CASE(end_tokens) {
  const FakeModel model(24, {5, 6, 7, 8}, FakeModel::hashed(2));
  const GenerateOutput own = generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 60});
  BOOST_TEST((own.finish_reasons[0] == FinishReason::stop));
  BOOST_TEST((own.sequences[0].back() >= 5 && own.sequences[0].back() <= 8));
  const GenerateOutput none =
      generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 60, .eos_token_id = Tokens{}});
  BOOST_TEST(none.sequences[0].size() == 65u);
  const token_id third = none.sequences[0][7];
  const GenerateOutput other =
      generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 60, .eos_token_id = Tokens{third}});
  BOOST_TEST(other.sequences[0].size() <= 8u);
  BOOST_TEST(other.sequences[0].back() == third);
}

BOOST_AUTO_TEST_CASE(every_way_gives_what_its_search_gives) {
  const FakeModel model(24, {7}, FakeModel::hashed(3));
  const auto rule = Temperature{0.7f} | TopK{8};
  const Multinomial sampler{.seed = 11};
  const std::vector<Tokens> batch{prompt, {2, 2, 2}};
  const GenerateOutput out = generate(model, batch, rule, sampler, {.max_new_tokens = 15, .num_return_sequences = 3});
  const GenerateOutput lookup = generate(
      model, batch, rule, sampler, {.max_new_tokens = 15, .num_return_sequences = 3, .prompt_lookup_num_tokens = 4});
  const GenerateOutput chunked =
      generate(model, batch, rule, sampler, {.max_new_tokens = 15, .num_return_sequences = 3, .prefill_chunk_size = 2});
  BOOST_REQUIRE(out.sequences.size() == 6u);
  FakeSession session = session_on(model);
  for (std::uint32_t i = 0; i < 6; ++i) {
    auto search = sample(batch[i / 3], settings(std::int32_t(batch[i / 3].size()) + 15, {7}, i), rule, sampler);
    run(session, search);
    BOOST_TEST(out.sequences[i] == ids_of(search));
    BOOST_TEST((out.finish_reasons[i] == search.reason()));
  }
  BOOST_TEST((lookup.sequences == out.sequences));
  BOOST_TEST((chunked.sequences == out.sequences));
  BOOST_TEST(out.sequences[0] != out.sequences[1]);

  const GenerateOutput beamed = generate(model, batch, chain(), Greedy{},
                                         {.max_new_tokens = 12,
                                          .num_beams = 4,
                                          .num_return_sequences = 2,
                                          .length_penalty = 2,
                                          .early_stopping = EarlyStopping::yes});
  BOOST_REQUIRE(beamed.sequences.size() == 4u);
  for (std::int32_t p = 0; p < 2; ++p) {
    auto search = beams(batch[std::size_t(p)], settings(std::int32_t(batch[std::size_t(p)].size()) + 12, {7}),
                        {4, 2, 2, EarlyStopping::yes});
    run(session, search);
    for (std::size_t r = 0; r < 2; ++r) {
      const std::size_t i = std::size_t(p) * 2 + r;
      BOOST_TEST(beamed.sequences[i] == search.results()[r].ids);
      BOOST_TEST(beamed.sequences_scores[i] == search.results()[r].score);
      BOOST_TEST((beamed.finish_reasons[i] == search.results()[r].reason));
      BOOST_TEST(beamed.beam_indices[i].size() == new_tokens(beamed, i).size());
      for (std::size_t t = 0; t < beamed.beam_indices[i].size(); ++t)
        BOOST_TEST(beamed.beam_indices[i][t] == search.results()[r].beams[t] + 4 * p);
    }
  }
}

BOOST_AUTO_TEST_CASE(extras_of_the_user) {
  const FakeModel model(24, {}, FakeModel::hashed(3));
  const GenerateOutput plain = generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 15});
  const token_id fifth = plain.sequences[0][9];
  const auto at_fifth = [&](const RowContext& c) {
    return c.ids.back() == fifth ? FinishReason::stop : FinishReason::none;
  };
  const auto ends_at = [&](const GenerateOutput& out) {
    BOOST_TEST((out.finish_reasons[0] == FinishReason::stop));
    BOOST_TEST(out.sequences[0].back() == fifth);
    BOOST_TEST(out.sequences[0].size() <= 10u);
    return out.sequences[0];
  };
  const Tokens stopped = ends_at(generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 15}, at_fifth));
  Heard heard;
  // In any order, with any of the ways that have tokens before the end.
  ends_at(generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 15}, heard, at_fifth));
  BOOST_TEST(heard.tokens[0] == Tokens(stopped.begin() + 5, stopped.end()));
  BOOST_TEST((heard.ends == std::vector<std::pair<std::int32_t, FinishReason>>{{0, FinishReason::stop}}));
  struct Nothing {
    std::span<const token_id> draft(std::span<const token_id> ids, std::int32_t) { return ids.first(0); }
  };
  const std::int64_t before = model.forwards;
  BOOST_TEST(ends_at(generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 15}, Nothing{}, at_fifth)) ==
             stopped);
  BOOST_TEST(model.forwards - before == std::int64_t(stopped.size()) - 5);

  Heard three;
  const GenerateOutput batch =
      generate(model, std::vector<Tokens>{prompt, {9, 2}, {6}}, chain(), Greedy{}, {.max_new_tokens = 4}, three);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(three.tokens[i] == new_tokens(batch, i));
  BOOST_TEST(three.ends.size() == 3u);
  // Drafts come several at once.
  Heard lookup;
  const GenerateOutput drafted = generate(model, Tokens{1, 1, 1, 1}, chain(), Greedy{},
                                          {.max_new_tokens = 9, .prompt_lookup_num_tokens = 3}, lookup);
  BOOST_TEST(lookup.tokens[0] == new_tokens(drafted, 0));
}

BOOST_AUTO_TEST_CASE(options_that_are_refused) {
  const FakeModel model;
  const auto with = [&](const GenerateOptions& o) { return refusal(model, prompt, chain(), Greedy{}, o); };
  const auto sampled = [&](const GenerateOptions& o) { return refusal(model, prompt, chain(), Multinomial{}, o); };
  BOOST_TEST(with({.max_new_tokens = -1}) == "generate: max_new_tokens: at least: expected 0, found -1");
  BOOST_TEST(with({.max_length = -5}) == "generate: max_length: at least: expected 0, found -5");
  BOOST_TEST(with({.num_beams = 0}) == "generate: num_beams: at least: expected 1, found 0");
  BOOST_TEST(sampled({.num_return_sequences = 0}) == "generate: num_return_sequences: at least: expected 1, found 0");
  BOOST_TEST(with({.prompt_lookup_num_tokens = -1}) ==
             "generate: prompt_lookup_num_tokens: at least: expected 0, found -1");
  BOOST_TEST(with({.max_matching_ngram_size = 0}) ==
             "generate: max_matching_ngram_size: at least: expected 1, found 0");
  BOOST_TEST(with({.prefill_chunk_size = -1}) == "generate: prefill_chunk_size: at least: expected 0, found -1");
  BOOST_TEST(with({.num_return_sequences = 2}) ==
             "generate: num_return_sequences: without sampling or beams: expected 1, found 2");
  BOOST_TEST(with({.num_beams = 2, .num_return_sequences = 3}) ==
             "generate: num_return_sequences: at most num_beams: expected 2, found 3");
  BOOST_TEST(with({.num_beams = 2, .prompt_lookup_num_tokens = 3}) ==
             "generate: prompt_lookup_num_tokens: with beam search: expected 0, found 3");
  BOOST_TEST(with({.eos_token_id = Tokens(17, 1)}) == "generate: eos_token_id: ids, at most: expected 16, found 17");
  BOOST_TEST(refusal(model, prompt, Temperature{0.0f}).starts_with("generate: temperature"));
  Heard heard;
  const auto streamed = try_generate(model, prompt, chain(), Greedy{}, {.num_beams = 2}, heard);
  BOOST_REQUIRE(!streamed);
  BOOST_TEST(
      streamed.error().message() ==
      "generate: num_beams: with a streamer, since beams may change their tokens until the end: expected 1, found 2");
  BOOST_TEST((streamed.error().code() == FaultCode::invalid_argument));
  BOOST_CHECK_THROW(generate(model, prompt, chain(), Greedy{}, {.num_beams = 0}), Error);
  PromptLookup drafter;
  BOOST_TEST(
      try_generate(model, prompt, chain(), Greedy{}, {.prompt_lookup_num_tokens = 2}, drafter).error().message() ==
      "generate: prompt_lookup_num_tokens: with another drafter: expected 0, found 2");
  BOOST_TEST(try_generate(model, prompt, chain(), Greedy{}, {.num_beams = 2}, drafter).error().message() ==
             "generate: num_beams: with a drafter: expected 1, found 2");
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_gives_what_it_has) {
  FakeModel model;
  const GenerateOutput whole = generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 12});
  std::atomic<bool> cancel{false};
  FakeSession session = session_on(model);
  for (std::int64_t at = 0; at <= 12; ++at) {
    model.forwards = 0;
    cancel = at == 0;
    model.within = [&] { cancel = model.forwards == at; };
    Heard heard;
    const auto out =
        unwrap(try_generate_on(session, prompt, chain(), Greedy{}, {.max_new_tokens = 12, .cancel = &cancel}, heard));
    const std::size_t done = at == 0 ? 0 : std::size_t(at) - 1;
    BOOST_TEST((out.finish_reasons[0] == FinishReason::cancelled));
    BOOST_TEST(out.sequences[0] == Tokens(whole.sequences[0].begin(), whole.sequences[0].begin() + index_t(5 + done)));
    BOOST_TEST(heard.tokens[0].size() == done);
    BOOST_TEST((heard.ends == std::vector<std::pair<std::int32_t, FinishReason>>{{0, FinishReason::cancelled}}));
    session.kept().forget(session.engine().cache());
    BOOST_TEST(session.engine().cache().free_positions() == 4000);
    // The session forgets the flag, and goes on with another call.
    model.within = nullptr;
    BOOST_TEST((unwrap(try_generate_on(session, prompt, chain(), Greedy{}, {.max_new_tokens = 12})).sequences ==
                whole.sequences));
  }
  cancel = true;
  const GenerateOutput beamed =
      generate(model, prompt, chain(), Greedy{}, {.max_new_tokens = 12, .num_beams = 3, .cancel = &cancel});
  BOOST_TEST((beamed.sequences == std::vector<Tokens>{prompt}));
  BOOST_TEST((beamed.finish_reasons[0] == FinishReason::cancelled));
}

BOOST_AUTO_TEST_CASE(a_call_that_throws_leaves_its_session_as_it_was) {
  const FakeModel model;
  FakeSession session = session_on(model);
  const std::vector<Tokens> batch{prompt, {9, 2}};
  const GenerateOptions options{.max_new_tokens = 6};
  const auto whole = unwrap(try_generate_on(session, batch, chain(), Greedy{}, options));
  for (int at = 1; at <= 12; ++at) {
    Heard heard;
    heard.throw_at = at;
    BOOST_CHECK_THROW((void)try_generate_on(session, batch, chain(), Greedy{}, options, heard), int);
    session.kept().forget(session.engine().cache());
    BOOST_TEST(session.engine().cache().free_positions() == 4000);
    const auto again = unwrap(try_generate_on(session, batch, chain(), Greedy{}, options));
    BOOST_TEST((again.sequences == whole.sequences));
  }
}

BOOST_AUTO_TEST_CASE(prompts_come_in_many_forms) {
  struct Encoding {
    std::vector<token_id> ids;
  };
  const Encoding one{{1, 2, 3}};
  const std::vector<Encoding> two{{{1, 2}}, {{3}}};
  BOOST_TEST((Prompts(one).rows() == std::vector<Tokens>{{1, 2, 3}}));
  BOOST_TEST((Prompts(two).rows() == std::vector<Tokens>{{1, 2}, {3}}));
  BOOST_TEST((Prompts({1, 2}).rows() == std::vector<Tokens>{{1, 2}}));
  BOOST_TEST((Prompts(std::span<const token_id>(one.ids)).rows() == std::vector<Tokens>{{1, 2, 3}}));
  BOOST_TEST(Prompts(two).longest() == 2);
  BOOST_TEST(Prompts(std::vector<Tokens>{}).longest() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
