#include "skald/text/encoder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

#include "components.hpp"
#include "skald/text/tokenizer.hpp"

BOOST_AUTO_TEST_SUITE(text_encoder)

using namespace skald;

// Without offsets normalizers keep less about where characters came from, which some pre-tokenizers ask for; and what
// one call learned about words serves the next.
BOOST_AUTO_TEST_CASE(ids_are_the_same_without_offsets_and_again) {
  const auto texts = golden::document("texts.json");
  const Json inputs = *texts.root().find("texts");
  int compared = 0;
  for (const auto& folder : std::filesystem::directory_iterator(SKALD_TEST_DATA "/tokenizers")) {
    const std::filesystem::path file = folder.path() / "tokenizer.json";
    if (!std::filesystem::exists(file)) continue;
    const auto tokenizer = Tokenizer::try_from_file(file);
    if (!tokenizer) continue;
    const std::string name = folder.path().filename().string();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string_view text = *inputs[i].string();
      const auto with = tokenizer->try_encode(text), again = tokenizer->try_encode(text);
      const auto without = tokenizer->try_encode(text, {.offset_unit = OffsetUnit::none});
      BOOST_TEST_REQUIRE((with.has_value() == again.has_value() && with.has_value() == without.has_value()));
      if (!with) continue;
      BOOST_TEST((with->ids == without->ids && with->word_ids == without->word_ids), name << " text " << i);
      BOOST_TEST((with->ids == again->ids && with->offsets == again->offsets), name << " text " << i);
      BOOST_TEST(without->offsets.empty());
      ++compared;
    }
  }
  BOOST_TEST(compared > 3000);
}

BOOST_AUTO_TEST_SUITE_END()
