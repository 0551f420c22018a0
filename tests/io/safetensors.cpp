#include "skald/io/safetensors.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>

#include "support/broken_files.hpp"

BOOST_AUTO_TEST_SUITE(io_safetensors)

using namespace skald;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string refusal(const std::string& file) {
  const auto parsed = Safetensors::parse(bytes_of(file), "x.safetensors");
  return parsed ? "accepted" : parsed.error().message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(tensors_are_views_of_the_file) {
  const std::string file = support::valid_safetensors();
  Safetensors first = unwrap(Safetensors::parse(bytes_of(file), "x.safetensors"));
  const Safetensors parsed = std::move(first);
  BOOST_REQUIRE(parsed.tensors().size() == 4u);
  const char* const names[] = {"a", "empty", "odd", "scalar"};
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(parsed.tensors()[i].name == names[i]);
  const StoredTensor& a = *parsed.find("a");
  BOOST_TEST((a.type == StoredType::f32));
  BOOST_TEST((std::vector(a.shape.begin(), a.shape.end()) == std::vector<std::int64_t>{2, 3}));
  float values[6];
  BOOST_REQUIRE(a.bytes.size() == sizeof values);
  std::memcpy(values, a.bytes.data(), sizeof values);
  BOOST_TEST(values[5] == 6.0f);
  BOOST_TEST((a.bytes.data() > bytes_of(file).data() && a.bytes.data() < bytes_of(file).data() + file.size()));
  BOOST_TEST(parsed.find("scalar")->shape.empty());
  BOOST_TEST(parsed.find("scalar")->bytes.size() == 4u);
  BOOST_TEST(parsed.find("empty")->bytes.empty());
  BOOST_TEST(parsed.find("odd")->bytes.size() == 3u);
  BOOST_TEST(parsed.find("b") == nullptr);
  BOOST_TEST(parsed.find("") == nullptr);
  BOOST_TEST(*parsed.metadata("format") == "pt");
  BOOST_TEST(!parsed.metadata("other"));
  BOOST_TEST(parsed.file() == "x.safetensors");
}

BOOST_AUTO_TEST_CASE(every_type_has_its_width) {
  for (int i = 0; i <= int(StoredType::u64); ++i) {
    const StoredType type{std::uint8_t(i)};
    const std::string header = std::string("{\"w\":{\"dtype\":\"").append(name(type)).append("\",\"shape\":[8],")
                                   .append("\"data_offsets\":[0,").append(std::to_string(bits(type))).append("]}}");
    const std::string file = support::container(header, bits(type));
    const auto parsed = Safetensors::parse(bytes_of(file), "x.safetensors");
    BOOST_REQUIRE_MESSAGE(parsed, name(type));
    BOOST_TEST((parsed->find("w")->type == type));
  }
}

BOOST_AUTO_TEST_CASE(what_may_be_odd_but_is_allowed) {
  BOOST_TEST(refusal(support::container("{}", 0)) == "accepted");
  BOOST_TEST(refusal(support::container("{}  \n\t ", 0)) == "accepted");
  BOOST_TEST(refusal(support::container(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"note":[{}]}})", 1)) ==
             "accepted");
  // A zero keeps a product small, wherever it stands before the large size.
  BOOST_TEST(refusal(support::container(
                 R"({"w":{"dtype":"F64","shape":[0,9223372036854775807,3],"data_offsets":[0,0]}})", 0)) == "accepted");
  // Empty tensors lie anywhere between the others.
  BOOST_TEST(refusal(support::container(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                        R"("a":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},)"
                                        R"("c":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", 2)) == "accepted");
  BOOST_TEST(refusal(support::container(R"({"w":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}})", 1)) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_broken_file_is_refused_with_every_fault) {
  for (const support::BrokenFile& broken : support::broken_safetensors()) {
    BOOST_TEST_CONTEXT(broken.what) {
      BOOST_TEST(refusal(broken.bytes) == broken.message);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_refused) {
  const std::string whole = support::valid_safetensors();
  BOOST_TEST(refusal(whole) == "accepted");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    BOOST_TEST(refusal(whole.substr(0, length)) != "accepted", "cut to " << length << " bytes");
  }
  BOOST_TEST(refusal(whole + '\0') != "accepted");
}

BOOST_AUTO_TEST_CASE(many_faults_are_counted) {
  std::string header = "{";
  for (int i = 0; i < 150; ++i) header.append(i ? "," : "").append("\"w" + std::to_string(i) + "\":0");
  const auto parsed = Safetensors::parse(bytes_of(support::container(header + "}", 0)), "x.safetensors");
  BOOST_REQUIRE(!parsed);
  const auto lines = parsed.error().all();
  BOOST_REQUIRE(lines.size() == 101u);
  BOOST_TEST(lines[99] == "w99: expected an object, found integer in x.safetensors");
  BOOST_TEST(lines[100] == "and 50 more faults");
}

BOOST_AUTO_TEST_CASE(the_format_of_weights) {
  const auto format = [](const SafetensorsMetadata& metadata) {
    const std::string file = support::TensorFile().file(metadata);
    const auto checked = unwrap(Safetensors::parse(bytes_of(file), "x.safetensors")).check_weight_format();
    return checked ? "accepted" : checked.error().message();
  };
  BOOST_TEST(format({}) == "accepted");
  BOOST_TEST(format({{"format", "pt"}, {"more", ""}}) == "accepted");
  BOOST_TEST(format({{"format", "mlx"}}) == "accepted");
  BOOST_TEST(format({{"format", "np"}}) == "x.safetensors: __metadata__.format: expected \"pt\", found \"np\"");
  BOOST_TEST(format({{"more", ""}}) == "x.safetensors: __metadata__.format: expected \"pt\", found nothing");
  BOOST_TEST(format({{"format", "tf"}}) == "x.safetensors: __metadata__.format: expected \"pt\", found \"tf\"; load it "
                                           "with transformers and save it from PyTorch");
}

BOOST_AUTO_TEST_SUITE_END()
