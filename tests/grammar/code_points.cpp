#include "skald/grammar/code_points.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

#include "skald/text/utf8.hpp"

BOOST_AUTO_TEST_SUITE(grammar_code_points)

using namespace skald::detail;

BOOST_AUTO_TEST_CASE(sequences_spell_every_character_once) {
  std::mt19937 random(1);
  constexpr char32_t bounds[] = {0x100, 0x900, 0x3000, 0x10FFFF};
  for (int i = 0; i < 500; ++i) {
    CharacterSet set;
    const auto first = char32_t(random() % bounds[random() % 4]);
    set.add(first, first + char32_t(random() % bounds[random() % 4]));
    set.normalise();
    std::size_t characters = 0, spelled = 0;
    std::vector<ByteSequence> sequences;
    for (const CharacterRange& r : set.ranges()) {
      characters += r.last - r.first + 1;
      each_utf8_sequence(r.first, r.last, [&](const ByteSequence& s) { sequences.push_back(s); });
    }
    for (const ByteSequence& s : sequences) {
      std::size_t n = 1;
      for (int b = 0; b < s.size; ++b) n *= std::size_t(s.bytes[b].last - s.bytes[b].first + 1);
      spelled += n;
    }
    BOOST_REQUIRE(spelled == characters);
    for (int k = 0; k < 20; ++k) {
      const auto c = char32_t(random() % 0x10FFFF);
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      std::string text;
      append_utf8(text, c);
      int found = 0;
      for (const ByteSequence& s : sequences) {
        bool same = std::size_t(s.size) == text.size();
        for (std::size_t b = 0; same && b < text.size(); ++b) {
          const auto byte = static_cast<unsigned char>(text[b]);
          same = s.bytes[b].first <= byte && byte <= s.bytes[b].last;
        }
        found += same;
      }
      BOOST_REQUIRE(found == int(set.contains(c)));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_complement_is_what_is_left) {
  CharacterSet set{{'a', 'c'}, {'b', 'f'}, {0xD7FF, 0xE001}};
  BOOST_TEST(set.ranges().size() == 3u);
  const CharacterSet rest = set.complement();
  for (const char32_t c : {U'a', U'f', char32_t(0xD7FF), char32_t(0xE001)}) BOOST_TEST(!rest.contains(c));
  for (const char32_t c : {U'\0', U'g', char32_t(0xE002), char32_t(0x10FFFF)}) BOOST_TEST(rest.contains(c));
  BOOST_TEST(!rest.contains(0xD800));  // no character
  BOOST_TEST(CharacterSet{}.complement().complement().empty());
}

BOOST_AUTO_TEST_SUITE_END()
