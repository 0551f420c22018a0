#include "skald/io/json_config.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>

BOOST_AUTO_TEST_SUITE(io_config)

using namespace skald;

namespace {

struct Opened {
  explicit Opened(std::string_view text) : document(unwrap(JsonDocument::parse(text, "config.json", {.nan = true}))) {}
  JsonDocument document;
  JsonConfig config{document.root()};
  std::string faults() const {
    const auto error = config.faults();
    return error ? error->message() : "";
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(fields_and_their_defaults) {
  const Opened o(R"({"size": 64, "scale": 2, "rate": 0.5, "on": true, "act": "silu", "none": null, "inf": Infinity,
                     "size": 96})");
  BOOST_TEST(o.config.field("size", 1) == 96);
  BOOST_TEST(o.config.field("scale", 0.0f) == 2.0f);
  BOOST_TEST(o.config.field("rate", 0.0) == 0.5);
  BOOST_TEST(o.config.field("on", false));
  BOOST_TEST(o.config.field("act", std::string_view("gelu")) == "silu");
  BOOST_TEST(o.config.field("none", 7) == 7);
  BOOST_TEST(o.config.field("missing", 8) == 8);
  BOOST_TEST(std::isinf(o.config.field("inf", 0.0f)));
  BOOST_TEST(o.config.has("size"));
  BOOST_TEST(!o.config.has("none"));
  BOOST_TEST(!o.config.has("missing"));
  BOOST_TEST(o.faults() == "");
  BOOST_TEST(o.config.file() == "config.json");
}

BOOST_AUTO_TEST_CASE(wrong_kinds_and_ranges_are_gathered_once) {
  const Opened o(R"({"a": 8.0, "b": 2147483648, "c": "8", "d": 1, "e": 1e39, "f": ["x"], "g": {}, "h": -2147483649,
                     "i": -1e39})");
  BOOST_TEST(o.config.field("a", 1) == 1);
  BOOST_TEST(o.config.field("a", 1) == 1);
  BOOST_TEST(o.config.field("b", 1) == 1);
  BOOST_TEST(o.config.field("c", 1.5f) == 1.5f);
  BOOST_TEST(o.config.field("d", false) == false);
  BOOST_TEST(o.config.field("e", 2.5f) == 2.5f);
  BOOST_TEST(o.config.field("e", 2.5) == 1e39);
  BOOST_TEST(o.config.field("f", std::string_view("y")) == "y");
  BOOST_TEST(o.config.field("g", true));
  BOOST_TEST(o.config.field("h", 3) == 3);
  BOOST_TEST(o.config.field("i", 4.0f) == 4.0f);
  BOOST_TEST(o.faults() ==
             "config.json: a: expected an integer of 32 bits, found 8\n"
             "config.json: b: expected an integer of 32 bits, found 2147483648\n"
             "config.json: c: expected a number, found \"8\"\n"
             "config.json: d: expected true or false, found 1\n"
             "config.json: e: expected a number that a float holds, found 1e+39\n"
             "config.json: f: expected a string, found [\"x\"]\n"
             "config.json: g: expected true or false, found an object\n"
             "config.json: h: expected an integer of 32 bits, found -2147483649\n"
             "config.json: i: expected a number that a float holds, found -1e+39");
}

BOOST_AUTO_TEST_CASE(children_share_the_faults) {
  const Opened o(R"({"rope": {"type": "yarn", "factor": "x", "inner": {"n": true}}, "list": [1], "none": null})");
  const JsonConfig rope = o.config.child("rope");
  BOOST_TEST(rope.field("type", std::string_view()) == "yarn");
  BOOST_TEST(rope.field("factor", 1.0f) == 1.0f);
  BOOST_TEST(rope.child("inner").field("n", 5) == 5);
  BOOST_TEST(!o.config.child("missing").has("x"));
  BOOST_TEST(o.config.child("none").field("x", 3) == 3);
  BOOST_TEST(o.config.child("missing").child("deeper").size("x") == 0);
  BOOST_TEST(!o.config.child("list").has("x"));
  BOOST_TEST(o.faults() ==
             "config.json: rope.factor: expected a number, found \"x\"\n"
             "config.json: rope.inner.n: expected an integer of 32 bits, found true\n"
             "config.json: list: expected an object, found [1]");
}

BOOST_AUTO_TEST_CASE(arrays) {
  const Opened o(R"({"layers": ["full", "sliding", null], "eos": [1, 2.5], "no": 3})");
  BOOST_TEST(o.config.size("layers") == 3);
  BOOST_TEST(o.config.size("missing") == 0);
  BOOST_TEST(o.config.at("layers", 1, std::string_view()) == "sliding");
  BOOST_TEST(o.config.at("layers", 2, std::string_view("full")) == "full");
  BOOST_TEST(o.config.at("layers", 3, std::string_view("beyond")) == "beyond");
  BOOST_TEST(o.config.at("layers", -1, std::string_view("before")) == "before");
  BOOST_TEST(o.config.at("missing", 0, 9) == 9);
  BOOST_TEST(o.config.at("eos", 1, 0) == 0);
  BOOST_TEST(o.config.size("no") == 0);
  BOOST_TEST(o.faults() ==
             "config.json: eos[1]: expected an integer of 32 bits, found 2.5\n"
             "config.json: no: expected an array, found 3");
}

BOOST_AUTO_TEST_CASE(families_reject_with_the_value_found) {
  const Opened o(R"({"act": "swish\u0007", "n": null, 
                     "rope": {"factor": 0.5, "list": [1, 2, 3, 4, 5], "pair": [[], {}]}})");
  o.config.reject("act", "expected silu or gelu");
  o.config.reject("n", "expected a number");
  o.config.reject("missing", "expected a number");
  o.config.child("rope").reject("factor", "expected a factor of at least 1");
  o.config.child("rope").reject("list", "expected two");
  o.config.child("rope").reject("pair", "expected none");
  o.config.child("other").reject("x", "expected y");
  BOOST_TEST(o.faults() ==
             "config.json: act: expected silu or gelu, found \"swish\\x07\"\n"
             "config.json: n: expected a number, found null\n"
             "config.json: missing: expected a number, found nothing\n"
             "config.json: rope.factor: expected a factor of at least 1, found 0.5\n"
             "config.json: rope.list: expected two, found an array\n"
             "config.json: rope.pair: expected none, found [an array, an object]\n"
             "config.json: other.x: expected y, found nothing");
}

BOOST_AUTO_TEST_CASE(another_root_than_an_object_is_a_fault) {
  const JsonDocument document = unwrap(JsonDocument::parse("\"text\"", "x"));
  const JsonConfig config(document.root(), "adapter_config.json");
  BOOST_TEST(config.field("r", 8) == 8);
  BOOST_REQUIRE(config.faults());
  BOOST_TEST(config.faults()->message() == "adapter_config.json: expected an object, found \"text\"");
}

BOOST_AUTO_TEST_SUITE_END()
