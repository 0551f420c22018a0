#include "skald/io/json.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

BOOST_AUTO_TEST_SUITE(io_json)

using namespace skald;

namespace {

JsonDocument parsed(std::string_view text, JsonLimits limits = {}) {
  return unwrap(JsonDocument::parse(text, "a.json", limits));
}

std::string refusal(std::string_view text, JsonLimits limits = {}) {
  const auto document = JsonDocument::parse(text, "a.json", limits);
  return document ? "accepted" : document.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_kind_answers_its_own_question_and_no_other) {
  const JsonDocument document = parsed(R"([null, true, -7, 2.5, "text", [1], {"a": 1}])");
  const Json all = document.root();
  const char* const kinds[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
  BOOST_REQUIRE(all.size() == 7u);
  for (std::size_t i = 0; i < 7; ++i) {
    const Json j = all[i];
    BOOST_TEST(j.kind() == kinds[i]);
    BOOST_TEST(j.is_null() == (i == 0));
    BOOST_TEST(j.boolean().has_value() == (i == 1));
    BOOST_TEST(j.integer().has_value() == (i == 2));
    BOOST_TEST(j.number().has_value() == (i == 2 || i == 3));
    BOOST_TEST(j.string().has_value() == (i == 4));
    BOOST_TEST(j.is_array() == (i == 5));
    BOOST_TEST(j.is_object() == (i == 6));
    BOOST_TEST(j.size() == (i < 5 ? 0u : 1u));
    BOOST_TEST(j.find("a").has_value() == (i == 6));
  }
  BOOST_TEST(*all[1].boolean());
  BOOST_TEST(*all[2].integer() == -7);
  BOOST_TEST(*all[2].number() == -7.0);
  BOOST_TEST(*all[3].number() == 2.5);
  BOOST_TEST(*all[4].string() == "text");
}

BOOST_AUTO_TEST_CASE(integers_keep_64_bits_and_numbers_round_to_the_nearest_double) {
  const JsonDocument document = parsed(
      "[9223372036854775807, -9223372036854775808, 9223372036854775808, 1.0, 1e3,"
      " 1000000000000000019884624838656, 0.1, 2.2250738585072014e-308, 1e-400, -0]");
  const Json j = document.root();
  BOOST_TEST(*j[0].integer() == INT64_MAX);
  BOOST_TEST(*j[1].integer() == INT64_MIN);
  for (std::size_t i = 2; i < 6; ++i) BOOST_TEST(!j[i].integer());
  BOOST_TEST(*j[2].number() == 0x1p63);
  BOOST_TEST(*j[4].number() == 1000.0);
  BOOST_TEST(*j[5].number() == 1e30);
  BOOST_TEST(*j[6].number() == 0.1);
  BOOST_TEST(*j[7].number() == 0x1p-1022);
  BOOST_TEST(*j[8].number() == 0.0);
  BOOST_TEST(*j[9].integer() == 0);
  const JsonDocument hard = parsed("[184467440737095516155, 9007199254740993.0, 9007199254740993.00000000000000000001,"
                                   " 0.1e1, -0.0, 1E-5, 1e+2]");
  const double nearest[] = {184467440737095516160.0, 9007199254740992.0, 9007199254740994.0, 1.0, 0.0, 0.00001, 100.0};
  for (std::size_t i = 0; i < 7; ++i) BOOST_TEST(*hard.root()[i].number() == nearest[i]);
  BOOST_TEST(refusal("[99e308]") == "a.json: line 1, column 2: a number too large for 64 bits");
  BOOST_TEST(refusal("[1e400]") == "a.json: line 1, column 2: Number too big to be stored in double.");
}

BOOST_AUTO_TEST_CASE(objects_keep_their_order_and_the_last_of_equal_names_wins) {
  const JsonDocument document = parsed(R"({"b": 1, "a": {"deep": [[], {}]}, "b": 2, "": 3})");
  const Json j = document.root();
  BOOST_REQUIRE(j.size() == 4u);
  BOOST_TEST(j.key(0) == "b");
  BOOST_TEST(j.key(1) == "a");
  BOOST_TEST(*j[0].integer() == 1);
  BOOST_TEST(*j.find("b")->integer() == 2);
  BOOST_TEST(*j.find("")->integer() == 3);
  BOOST_TEST(!j.find("c"));
  const Json deep = *j.find("a")->find("deep");
  BOOST_TEST(deep.size() == 2u);
  BOOST_TEST(deep[0].is_array());
  BOOST_TEST(deep[1].is_object());
  BOOST_TEST(deep[1].size() == 0u);
}

BOOST_AUTO_TEST_CASE(strings_are_decoded_and_may_hold_zero) {
  const JsonDocument document = parsed(R"(["\u00e9\ud83d\ude00\n\/", "a\u0000b", "héé"])");
  const Json j = document.root();
  BOOST_TEST(*j[0].string() == "\xC3\xA9\xF0\x9F\x98\x80\n/");
  BOOST_TEST(*j[1].string() == std::string_view("a\0b", 3));
  BOOST_TEST(*j[2].string() == "h\xC3\xA9\xC3\xA9");
}

BOOST_AUTO_TEST_CASE(views_outlive_the_text_and_a_move_of_the_document) {
  std::string text = R"({"name": "a name too long for a short string object"})";
  JsonDocument first = parsed(text);
  const Json j = first.root();
  text.assign(text.size(), 'x');
  const JsonDocument second = std::move(first);
  BOOST_TEST(*j.find("name")->string() == "a name too long for a short string object");
  BOOST_TEST(second.root().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_fault_names_line_and_column_in_characters) {
  BOOST_TEST(refusal("{\n  \"héé\": 1,\n  \"b\" 2\n}") ==
             "a.json: line 3, column 7: Missing a colon after a name of object member.");
  BOOST_TEST(refusal("[\"héé\", x]") == "a.json: line 1, column 9: Invalid value.");
  BOOST_TEST(refusal("") == "a.json: line 1, column 1: The document is empty.");
  BOOST_TEST(refusal(" \n") == "a.json: line 2, column 1: The document is empty.");
  BOOST_TEST(refusal("{} 1") == "a.json: line 1, column 4: The document root must not be followed by other values.");
  BOOST_TEST(refusal(std::string_view("{}\0{", 4)) == "a.json: line 1, column 3: more text behind the JSON value");
}

BOOST_AUTO_TEST_CASE(only_strict_json_is_json) {
  const std::string_view refused[] = {
      "[1,]", "{\"a\":1,}", "{a:1}", "['a']", "[01]", "[+1]", "[.5]", "[1.]", "[1e]", "[0x1]", "tru", "nul", "[1 2]",
      "// c\n1", "/**/1", "\"\\x\"", "\"\\u12\"", "\"tab\there\"", "\"open", "[", "{", "{\"a\"", "{\"a\":", "]", "-",
      "\xEF\xBB\xBF{}",                        // a byte order mark
      "\"\xFF\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE2\x82\"",  // no UTF-8
      "\"\\ud800\"", "\"\\ude00\\ud800\"",  // half a pair
      "NaN", "Infinity", "-Infinity", "[-NaN]"};
  for (const std::string_view text : refused) BOOST_TEST(refusal(text) != "accepted", text << " was accepted");
  BOOST_TEST(refusal("\"\xFF\"") == "a.json: line 1, column 2: Invalid encoding in string.");
  BOOST_TEST(refusal("[1, NaN]") == "a.json: line 1, column 5: NaN and Infinity are not allowed here");
}

BOOST_AUTO_TEST_CASE(nan_and_infinity_where_they_are_allowed) {
  const JsonDocument document = parsed("[NaN, Infinity, -Infinity]", {.nan = true});
  const Json j = document.root();
  BOOST_TEST(*j[0].number() != *j[0].number());
  BOOST_TEST(*j[1].number() == 2 * *j[1].number());
  BOOST_TEST(*j[2].number() < 0);
}

BOOST_AUTO_TEST_CASE(depth_and_size_are_bounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  BOOST_TEST(refusal(nested(128)) == "accepted");
  BOOST_TEST(refusal(nested(129)) == "a.json: line 1, column 129: too many arrays and objects within each other");
  BOOST_TEST(refusal("{\"a\":{}}", {.depth = 1}) ==
             "a.json: line 1, column 6: too many arrays and objects within each other");
  BOOST_TEST(refusal("[[],[],[]]", {.depth = 2}) == "accepted");
  BOOST_TEST(refusal(nested(3'000'000), {.depth = 4'000'000}) == "accepted");
  BOOST_TEST(refusal("[1,2,3]", {.bytes = 6}) == "a.json: expected at most 6 bytes of JSON, found 7");
  BOOST_TEST(refusal("[1,2,3]", {.bytes = 7}) == "accepted");
}

BOOST_AUTO_TEST_CASE(files_are_read_and_named) {
  const auto path = std::filesystem::temp_directory_path() / "skald_io_json.json";
  std::ofstream(path) << "{\"a\":\n 1";
  const auto broken = read_json(path);
  BOOST_REQUIRE(!broken);
  BOOST_TEST(broken.error().message() ==
             path.string() + ": line 2, column 3: Missing a comma or '}' after an object member.");
  BOOST_TEST((broken.error().code() == FaultCode::malformed));
  std::ofstream(path) << "{\"a\": 1}";
  BOOST_TEST(*unwrap(read_json(path)).root().find("a")->integer() == 1);
  std::filesystem::remove(path);
  const auto missing = read_json(path);
  BOOST_REQUIRE(!missing);
  BOOST_TEST(missing.error().message() == path.string() + ": No such file or directory");
  BOOST_TEST((missing.error().code() == FaultCode::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
