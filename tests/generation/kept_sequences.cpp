#include "skald/generation/kept_sequences.hpp"

#include "generation/searches.hpp"
#include "skald/generation/generate.hpp"
#include "skald/generation/recorded_states.hpp"

BOOST_AUTO_TEST_SUITE(generation_kept_sequences)

using namespace test;

namespace {

const Tokens prompt{3, 1, 4, 1, 5, 9, 2, 6};

/// The sequence of a call on a session, and how many tokens the model was fed for it.
struct Answer {
  Tokens ids;
  std::int64_t fed;
};
template <class S = Greedy>
Answer ask(FakeSession& session, const Tokens& ids, const GenerateOptions& options = {.max_new_tokens = 5}, S sampler = {}) {
  session.model().tokens_fed = 0;
  const auto out = try_generate_on(session, ids, chain(), sampler, options);
  BOOST_REQUIRE_MESSAGE(bool(out), (out ? "" : out.error().message()));
  return {out->sequences[0], session.model().tokens_fed};
}

Tokens longer(Tokens ids, std::initializer_list<token_id> more) {
  ids.insert(ids.end(), more);
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_conversation_is_read_once) {
  const FakeModel model;
  FakeSession session = session_on(model), fresh = session_on(model);
  const Answer first = ask(session, prompt);
  BOOST_TEST(first.fed == 8 + 4);
  const Tokens second_prompt = longer(first.ids, {7, 7});
  const Answer second = ask(session, second_prompt);
  BOOST_TEST(second.fed == 3 + 4);  // the last token of the answer, and what was added
  BOOST_TEST(second.ids == ask(fresh, second_prompt).ids);
  // Another question behind the same beginning; the same question again costs its last token.
  Tokens other(prompt.begin(), prompt.begin() + 5);
  other.push_back(0);
  BOOST_TEST(ask(session, other).fed == 1 + 4);
  BOOST_TEST(ask(session, second_prompt).fed == 1 + 4);
  BOOST_TEST(ask(session, {8, 8}).fed == 2 + 4);
  // Under every search; beams use what is there and leave nothing.
  const std::size_t kept = session.kept().all().size();
  for (const GenerateOptions& o :
       {GenerateOptions{.max_new_tokens = 5, .num_beams = 3}, GenerateOptions{.max_new_tokens = 5, .prompt_lookup_num_tokens = 3},
        GenerateOptions{.max_new_tokens = 5, .prefill_chunk_size = 2}}) {
    FakeSession plain = session_on(model);
    const Answer expected = ask(plain, second_prompt, o), found = ask(session, second_prompt, o);
    BOOST_TEST(found.ids == expected.ids);
    BOOST_TEST(found.fed == expected.fed - std::int64_t(second_prompt.size()) + 1);
  }
  BOOST_TEST(session.kept().all().size() == kept);
}

BOOST_AUTO_TEST_CASE(samples_of_one_prompt) {
  const FakeModel model;
  FakeSession session = session_on(model), fresh = session_on(model);
  const GenerateOptions two{.max_new_tokens = 5, .num_return_sequences = 2};
  ask(session, prompt);
  const auto a = try_generate_on(session, prompt, chain(), Multinomial{.seed = 3}, two);
  const auto b = try_generate_on(fresh, prompt, chain(), Multinomial{.seed = 3}, two);
  BOOST_TEST((a->sequences == b->sequences));
}

BOOST_AUTO_TEST_CASE(room_is_given_back) {
  const FakeModel model;
  // Room for one sequence of 40 and little more.
  FakeSession session = FakeSession::create(model, {200, 64, 4});
  ask(session, prompt, {.max_new_tokens = 30});
  BOOST_TEST(session.kept().all().size() == 1u);
  const Tokens other(30, 2);
  FakeSession roomy = session_on(model);
  BOOST_TEST(ask(session, other, {.max_new_tokens = 30}).ids == ask(roomy, other, {.max_new_tokens = 30}).ids);
  BOOST_TEST(session.kept().all().size() == 1u);  // the other one
  session.kept().forget(session.engine().cache());
  BOOST_TEST(session.engine().cache().free_positions() == 64);
  BOOST_TEST(!session.kept().forget(session.engine().cache()));
}

BOOST_AUTO_TEST_CASE(the_latest_few_stay) {
  const FakeModel model;
  FakeSession session = FakeSession::create(model, {200, 4000, 2});
  for (const token_id t : {1, 2, 3}) ask(session, Tokens(6, t));
  BOOST_TEST(session.kept().all().size() == 2u);
  BOOST_TEST(ask(session, Tokens(6, 2)).fed == 1 + 4);
  BOOST_TEST(ask(session, Tokens(6, 1)).fed == 6 + 4);
  FakeSession none = FakeSession::create(model, {200, 4000, 0});
  ask(none, prompt);
  BOOST_TEST(ask(none, prompt).fed == 8 + 4);
  BOOST_TEST(none.engine().cache().free_positions() == 4000);
}

BOOST_AUTO_TEST_CASE(not_where_it_would_change_something) {
  FakeModel model;
  model.spec().ropes[0].scaling = RopeScaling::dynamic;
  FakeSession scaled = session_on(model);
  ask(scaled, prompt);
  BOOST_TEST(ask(scaled, prompt).fed == 8 + 4);
  model.spec().ropes[0].scaling = RopeScaling::linear;
  FakeSession linear = session_on(model);
  ask(linear, prompt);
  BOOST_TEST(ask(linear, prompt).fed == 1 + 4);
  BOOST_TEST(ask(linear, prompt, {.max_new_tokens = 5, .padded_batch = true}).fed == 8 + 4);
  BOOST_TEST(!detail::may_keep(WithStates<FakeModel, false, false>(model, *std::make_unique<RecordedStates>())));
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_leaves_what_it_read) {
  FakeModel model;
  FakeSession session = session_on(model);
  std::atomic<bool> cancel = false;
  int step = 0;
  model.within = [&] { cancel = ++step == 3; };
  const Answer part = ask(session, prompt, {.max_new_tokens = 9, .cancel = &cancel});
  model.within = {};
  cancel = false;
  BOOST_TEST(part.ids.size() == prompt.size() + 2);
  FakeSession fresh = session_on(model);
  const Answer rest = ask(session, part.ids, {.max_new_tokens = 7});
  BOOST_TEST(rest.fed == 1 + 6);
  BOOST_TEST(rest.ids == ask(fresh, prompt, {.max_new_tokens = 9}).ids);
}

BOOST_AUTO_TEST_SUITE_END()
