#include "skald/text/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(text_utf8)

using namespace skald::detail;
using namespace std::string_literals;

BOOST_AUTO_TEST_CASE(every_code_point_comes_back) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    append_utf8(text, c);
    const CodePoint back = decode_utf8(text.data());
    if (back.value != c || std::size_t(back.size) != text.size() || valid_utf8_prefix(text) != text.size() ||
        decode_utf8_before(text.data() + text.size()).value != c) {
      BOOST_FAIL("code point " << unsigned(c));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_found_at_its_first_byte) {
  const auto prefix = [](const std::string& text) { return valid_utf8_prefix(text); };
  BOOST_TEST(prefix("") == 0u);
  BOOST_TEST(prefix("plain ascii that is longer than eight bytes") == 43u);
  BOOST_TEST(prefix("abc\x80") == 3u);                 // a continuation on its own
  BOOST_TEST(prefix("0123456789\xC0\xAF") == 10u);     // overlong
  BOOST_TEST(prefix("\xE0\x9F\xBF") == 0u);
  BOOST_TEST(prefix("\xED\xA0\x80") == 0u);            // a surrogate
  BOOST_TEST(prefix("\xF4\x90\x80\x80") == 0u);        // above U+10FFFF
  BOOST_TEST(prefix("\xF5\x80\x80\x80") == 0u);
  BOOST_TEST(prefix("\u00e9\xE2\x82") == 2u);          // cut off
  BOOST_TEST(prefix("a\0b\u20ac"s) == 6u);
}

BOOST_AUTO_TEST_CASE(maximal_invalid_parts_become_one_replacement_each) {
  const auto lossy = [](const std::string& bytes) {
    std::string text, pending;
    append_lossy(text, pending, bytes, true);
    BOOST_TEST(pending.empty());
    return text;
  };
  const std::string r = "\uFFFD";
  BOOST_TEST(lossy("a\xE2\x82z") == "a" + r + "z");
  BOOST_TEST(lossy("\xF0\x9F\x99") == r);
  BOOST_TEST(lossy("\xE2\x82\xE2\x82\xAC") == r + "\u20ac");
  BOOST_TEST(lossy("\xC0\xAF") == r + r);
  BOOST_TEST(lossy("\xED\xA0\x80") == r + r + r);
  BOOST_TEST(lossy("\xF4\x90\x80\x80") == r + r + r + r);
  BOOST_TEST(lossy("\x80\x80") == r + r);
}

BOOST_AUTO_TEST_CASE(lossy_text_does_not_depend_on_how_the_bytes_come) {
  const std::string bytes = "a\xF0\x9F\x99\x82 \xE2\x82 \xF0\x9F x\xC3\xA9\xFF\xE6\x97\xA5\xF0\x9F"s;
  std::string whole, pending;
  append_lossy(whole, pending, bytes, true);
  for (std::size_t size = 1; size < 7; ++size) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += size) {
      append_lossy(text, pending, std::string_view(bytes).substr(i, size), i + size >= bytes.size());
      BOOST_TEST(valid_utf8_prefix(text) == text.size());
    }
    BOOST_TEST(text == whole);
  }
}

BOOST_AUTO_TEST_CASE(a_cursor_counts_code_points_both_ways) {
  const std::string text = "ab\u00e9\u20ac\U0001F642x";
  CodePointCursor cursor(text);
  BOOST_TEST(cursor.index(2) == 2);
  BOOST_TEST(cursor.index(4) == 3);
  BOOST_TEST(cursor.index(7) == 4);
  BOOST_TEST(cursor.index(11) == 5);
  BOOST_TEST(cursor.index(12) == 6);
  BOOST_TEST(cursor.index(4) == 3);
  BOOST_TEST(cursor.index(0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
