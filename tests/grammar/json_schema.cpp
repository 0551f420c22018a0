#include "skald/grammar/json_schema.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(grammar_json_schema)

using namespace skald;

namespace {

using Texts = std::initializer_list<std::string_view>;

void check(std::string_view schema, Texts valid, Texts invalid, const JsonSchemaOptions& options = {}) {
  const auto grammar = try_grammar_from_json_schema(schema, options);
  BOOST_REQUIRE_MESSAGE(grammar.has_value(), schema << ": " << (grammar ? "" : grammar.error().what()));
  for (const std::string_view text : valid) BOOST_TEST(grammar->matches(text), schema << " does not take " << text);
  for (const std::string_view text : invalid) BOOST_TEST(!grammar->matches(text), schema << " takes " << text);
}

std::string failure(std::string_view schema, const JsonSchemaOptions& options = {}) {
  const auto grammar = try_grammar_from_json_schema(schema, options);
  return grammar ? std::string("none") : grammar.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(any_value) {
  for (const char* schema : {"true", "{}", R"({"title": "anything", "default": 1, "x-mine": {"not": 1}})"}) {
    check(schema,
          {"1", "-0.5e+3", "\"\\u00e4\\n\u00E4\"", "[]", "{}", "[1, {\"a\":null}]", "{\n  \"a\": [true,\n false]}"},
          {"", "01", "+1", "1.", ".5", "\"\\ud800\"", "\"\t\"", "'a'", "[1,]", "{\"a\"}", "nul", "1 "});
  }
}

BOOST_AUTO_TEST_CASE(white_space_is_bounded) {
  check(R"({"type": "array"})", {"[1,2]", "[1, 2]", "[\n   1,\n\t2\n]"}, {"[1,  2]", "[1 ,2]", " [1]", "[\n\n1]"});
  check(R"({"type": "array"})", {"[1,2]"}, {"[1, 2]"}, {.whitespace = 0});
  check(R"({"type": "array"})", {"[\n  1]"}, {"[\n   1]"}, {.whitespace = 2});
}

BOOST_AUTO_TEST_CASE(objects) {
  const char* const person = R"({"type": "object", "properties": {"name": {"type": "string"},
    "age": {"type": "integer"}, "tags": {"type": "array", "items": {"enum": ["a", "b"]}}}, "required": ["name"]})";
  check(person, {R"({"name":"x"})", R"({"name": "x", "age": 3})", R"({"name":"x","tags":["a", "b"]})"},
        {"{}", R"({"age":3,"name":"x"})", R"({"name":"x","more":1})", R"({"name":"x",})", R"({"name":1})"});
  check(R"({"properties": {"a": true, "b": true}})", {"{}", R"({"a":1})", R"({"b":1})", R"({"a":1,"b":2})"},
        {R"({,"b":1})", R"({"b":1,"a":2})"});
  check(R"({"properties": {"a": {"const": 1}, "ab\"": {"const": 2}}, "additionalProperties": {"type": "boolean"}})",
        {"{}", R"({"a":1,"ab\"":2,"abc":true,"":false})", R"({"b":true})"},
        {R"({"a":true})", R"({"ab\"":true})", R"({"\u0061":true})", R"({"b":1})"});
  check(R"({"additionalProperties": {"type": "null"}, "maxProperties": 2, "minProperties": 1})",
        {R"({"a":null})", R"({"a":null,"b":null})"}, {"{}", R"({"a":1})", R"({"a":null,"b":null,"c":null})"});
  check(R"({"patternProperties": {"^x[0-9]$": {"type": "null"}}})", {"{}", R"({"x1":null,"x2":null})"},
        {R"({"x":null})", R"({"x1":1})"});
  check(R"({"required": ["q"]})", {R"({"q":[1]})", R"({"q":1,"r":2})"}, {"{}"});
}

BOOST_AUTO_TEST_CASE(arrays) {
  check(R"({"items": {"type": "integer"}, "minItems": 2, "maxItems": 3})", {"[1,2]", "[1,2,3]"},
        {"[]", "[1]", "[1,2,3,4]", "[1,\"a\"]"});
  check(R"({"prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 1, "items": {"type": "null"}})",
        {"[1]", "[1,\"a\"]", "[1,\"a\",null,null]"}, {"[]", "[\"a\"]", "[1,null]"});
  check(R"({"prefixItems": [{"type": "integer"}]})", {"[]", "[1]"}, {"[1,1]"});
  check(R"({"items": [{"type": "integer"}], "additionalItems": {"type": "null"}})", {"[1,null]"}, {"[null]", "[1,1]"});
  check(R"({"type": "array", "items": false})", {"[]"}, {"[1]"});
  check(R"({"type": "array", "maxItems": 0})", {"[]"}, {"[1]"});
}

BOOST_AUTO_TEST_CASE(strings_and_numbers) {
  check(R"({"type": "string", "minLength": 2, "maxLength": 3})",
        {R"("ab")", R"("\u00e4\n\u0000")", "\"\U0001F98A\U0001F98A\U0001F98A\""}, {R"("a")", R"("abcd")"});
  check(R"({"pattern": "^[a-z\"]+$"})", {R"("a\"b")"}, {R"("A")", R"("")", R"("a"b")"});
  check(R"({"pattern": "b"})", {R"("abc")", R"("b")"}, {R"("ac")"});
  check(R"({"format": "date"})", {R"("2026-11-22")"}, {R"("2026-02-30")", R"("2026-13-01")"});
  check(R"({"format": "ipv4"})", {R"("192.168.0.255")"}, {R"("192.168.0.256")"});
  check(R"({"type": "integer", "minimum": -5, "exclusiveMaximum": 12})", {"-5", "0", "11"}, {"-6", "12", "1.0", "-0"});
  check(R"({"type": "integer", "minimum": 95})", {"95", "100", "999999999999999"}, {"94", "9"});
  check(R"({"type": "integer", "maximum": -1.5})", {"-2", "-1000"}, {"-1", "0", "2"});
  check(R"({"type": "number", "minimum": -1.5, "exclusiveMaximum": 0.25})", {"-1.5", "-1.50", "-0.1", "0", "0.249"},
        {"-1.51", "0.25", "0.3", "1"});
  check(R"({"type": ["integer", "null"]})", {"1", "null"}, {"1.5", "true"});
  check(R"({"enum": [1, "a", null, {"x": [true]}, 1.5]})", {"1", "\"a\"", "null", "{\"x\":[true]}", "1.5"}, {"2"});
  check(R"({"enum": [1, "a"], "type": "string"})", {"\"a\""}, {"1"});
}

BOOST_AUTO_TEST_CASE(schemas_of_schemas) {
  check(R"({"anyOf": [{"type": "integer"}, {"anyOf": [{"const": "x"}, {"type": "null"}]}]})", {"1", "\"x\"", "null"},
        {"\"y\""});
  check(R"({"type": "integer", "oneOf": [{"minimum": 10}, {"maximum": 3}]})", {"10", "3"}, {"5"});
  check(R"({"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]},
                      {"properties": {"a": {"minimum": 5}, "b": true}, "required": ["b"]}]})",
        {R"({"a":5,"b":1})"}, {R"({"a":4,"b":1})", R"({"a":5})"});
  check(R"({"allOf": [{"properties": {"a": true}, "additionalProperties": false}, {"properties": {"b": true}}]})",
        {"{}", R"({"a":1})"}, {R"({"b":1})"});
  check(R"({"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": {"type": "null"}}})", {"null"}, {"1"});
  const char* const tree = R"({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {
    "value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
    "required": ["value", "children"]}}})";
  check(tree, {R"({"value":1,"children":[{"value":2,"children":[]}]})"}, {R"({"value":1,"children":[{}]})"});
  check(R"({"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}})",
        {R"({"next":{"next":null}})"}, {R"({"next":1})"});
}

BOOST_AUTO_TEST_CASE(what_is_not_done_is_refused_with_its_place) {
  for (const char* keyword : {"not", "if", "contains", "propertyNames", "dependentRequired", "multipleOf"}) {
    const std::string schema = std::string(R"({"properties": {"a/b": {")") + keyword + "\": 1}}}";
    BOOST_TEST(failure(schema) == std::string("schema: #/properties/a~1b/") + keyword + ": is not supported");
  }
  BOOST_TEST(failure(R"({"uniqueItems": true})") == "schema: #/uniqueItems: is not supported");
  BOOST_TEST(failure(R"({"uniqueItems": false})") == "none");
  BOOST_TEST(failure(R"({"format": "color"})") == "schema: #/format: \"color\" is not known");
  BOOST_TEST(failure(R"({"pattern": "a", "minLength": 3})") ==
             "schema: #/minLength: is not supported beside pattern or format");
  BOOST_TEST(failure(R"({"enum": ["a"], "minLength": 3})") ==
             "schema: #/minLength: is not supported beside enum or const");
  BOOST_TEST(failure(R"({"allOf": [{"pattern": "a"}, {"pattern": "b"}]})") ==
             "schema: #/allOf/1/pattern: a second pattern or format is not supported");
  BOOST_TEST(failure(R"({"properties": {"a": true}, "patternProperties": {"b": true}})").starts_with(
      "schema: #/patternProperties: is supported for one pattern"));
  BOOST_TEST(failure(R"({"properties": {"a": true}, "minProperties": 1})").starts_with("schema: #/minProperties: "));
  BOOST_TEST(failure(R"({"type": "number", "minimum": 1e300})").starts_with("schema: #: bounds beyond 15 digits"));
}

BOOST_AUTO_TEST_CASE(mistakes_are_shown) {
  BOOST_TEST(failure("{\"a\":\n ]") == "schema: line 2, column 2: Invalid value.");
  BOOST_TEST(failure("1") == "schema: #: expected an object or a boolean, found integer");
  BOOST_TEST(failure(R"({"properties": {"a": 1}})") ==
             "schema: #/properties/a: expected an object or a boolean, found integer");
  BOOST_TEST(failure(R"({"type": "strin"})") ==
             "schema: #/type: expected null, boolean, integer, number, string, array or object");
  BOOST_TEST(failure(R"({"minLength": -1})") == "schema: #/minLength: expected a number of things, found integer");
  BOOST_TEST(failure(R"({"minimum": "1"})") == "schema: #/minimum: expected a number, found string");
  BOOST_TEST(failure(R"({"required": "a"})") == "schema: #/required: expected an array, found string");
  BOOST_TEST(failure(R"({"pattern": "(a"})") == "schema: #/pattern: line 1, column 1: a ( without its )");
  BOOST_TEST(failure(R"({"$ref": "#/x"})") == "schema: #/$ref: \"#/x\": no such place in the schema");
  BOOST_TEST(failure(R"({"$ref": "other.json"})") ==
             "schema: #/$ref: \"other.json\": expected a place in this schema, \"#/...\"");
  BOOST_TEST(failure("false") == "schema: schema # matches no text: it can never end");
  BOOST_TEST(failure(R"({"minLength": 3, "maxLength": 2})") == "schema: schema # matches no text: it can never end");
  BOOST_TEST(failure(R"({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]})") ==
             "schema: schema # matches no text: it can never end");
  BOOST_TEST(failure(R"({"type": "string"})", {.limits = {.text = 5}}).starts_with("schema: expected at most 5 bytes"));
}

BOOST_AUTO_TEST_SUITE_END()
