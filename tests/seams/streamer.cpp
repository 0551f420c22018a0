// Someone who hears of tokens as they come.
#include "seams/lm.hpp"

BOOST_AUTO_TEST_SUITE(seams_streamer)

namespace {

struct Notebook {
  std::vector<seams::Tokens> heard;
  std::vector<const char*> ends;
  void put(std::int32_t row, std::span<const skald::token_id> tokens) {
    if (heard.size() <= std::size_t(row)) heard.resize(std::size_t(row) + 1);
    heard[std::size_t(row)].insert(heard[std::size_t(row)].end(), tokens.begin(), tokens.end());
  }
  void end(std::int32_t row, skald::FinishReason reason) {
    if (ends.size() <= std::size_t(row)) ends.resize(std::size_t(row) + 1);
    ends[std::size_t(row)] = name(reason);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(someone_who_hears_of_tokens_as_they_come) {
  using namespace skald;
  using namespace seams;
  Notebook notebook;
  const auto out =
      generate(lm(), std::vector<Tokens>{prompt, {1, 5}}, chain(), Greedy{}, {.max_new_tokens = 9}, notebook);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(notebook.heard[i] == new_tokens(out, i));
    BOOST_TEST(notebook.ends[i] == name(out.finish_reasons[i]));
  }
}

BOOST_AUTO_TEST_SUITE_END()
