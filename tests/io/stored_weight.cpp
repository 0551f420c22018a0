#include "skald/io/stored_weight.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <functional>

#include "skald/io/checkpoint.hpp"
#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(io_stored_weight)

using namespace skald;

namespace {

float float_at(const std::byte* at, index_t i) {
  float value;
  std::memcpy(&value, at + i * index_t(sizeof value), sizeof value);
  return value;
}

/// A [3, 50] weight, "w.weight", in blocks of 64.
std::string state(const std::string& more = "") {
  return R"({"quant_type":"nf4","blocksize":64,"dtype":"float32","shape":[3,50])" + more + "}";
}
const std::string nested_state = R"(,"nested_blocksize":256,"nested_dtype":"float32","nested_offset":0.25)";

support::TensorFile four_bit(bool nested) {
  support::TensorFile file;
  file.add("w.weight", StoredType::u8, {75, 1}, std::string(75, '\x12'));
  file.add("w.weight.quant_map", {16}, std::vector<float>(16, 0.5f));
  file.add_text("w.weight.quant_state.bitsandbytes__nf4", state(nested ? nested_state : ""));
  if (!nested) return file.add("w.weight.absmax", {3}, {1, 2, 3});
  file.add("w.weight.absmax", StoredType::u8, {3}, "abc");
  file.add("w.weight.nested_absmax", {1}, {9});
  return file.add("w.weight.nested_quant_map", {256}, std::vector<float>(256, 0.5f));
}

support::TensorFile int8() {
  support::TensorFile file;
  file.add("w.weight", StoredType::i8, {2, 3}, "abcdef").add("w.SCB", {2}, {1, 2});
  return file.add("w.weight_format", StoredType::u8, {}, std::string(1, '\0'));
}

class Opened {
 public:
  explicit Opened(const support::TensorFile& file, const std::string& config = "{}") {
    directory_.write("config.json", config);
    directory_.write("model.safetensors", file.file());
    checkpoint_.emplace(Checkpoint::open(directory_.path()));
  }
  const Checkpoint* operator->() const { return &*checkpoint_; }

 private:
  support::TemporaryDirectory directory_;
  std::optional<Checkpoint> checkpoint_;
};

std::string refusal(const support::TensorFile& file, index_t rows, index_t cols, bool transposed = false) {
  const Opened model(file);
  const auto weight = model->weight("w.weight", rows, cols, transposed);
  return weight ? "accepted" : weight.error().message();
}

const std::string in = " in model.safetensors";

}  // namespace

BOOST_AUTO_TEST_CASE(dense) {
  support::TensorFile file;
  file.add("w.weight", {2, 3}, {1, 2, 3, 4, 5, 6}).add("h.weight", StoredType::bf16, {1, 2}, "1234");
  const Opened model(file);
  const StoredWeight w = unwrap(model->weight("w.weight", 2, 3));
  BOOST_TEST((w.form == StoredForm::dense && w.type == StoredType::f32 && !w.transposed));
  BOOST_TEST((w.rows == 2 && w.cols == 3));
  BOOST_TEST(float_at(w.data, 5) == 6.0f);
  const StoredWeight t = unwrap(model->weight("w.weight", 3, 2, true));
  BOOST_TEST((t.rows == 3 && t.cols == 2 && t.transposed));
  BOOST_TEST((unwrap(model->weight("h.weight", 1, 2)).type == StoredType::bf16));
}

BOOST_AUTO_TEST_CASE(dense_faults) {
  support::TensorFile file;
  file.add("w.weight", {2, 3}, {1, 2, 3, 4, 5, 6});
  BOOST_TEST(refusal(file, 3, 2) == "w.weight: expected [3, 2], found [2, 3]" + in);
  BOOST_TEST(refusal(file, 2, 3, true) == "w.weight: expected [3, 2], found [2, 3]" + in);
  BOOST_TEST(refusal(file, -1, 3) == "w.weight: [-1, 3] is no matrix");
  BOOST_TEST(refusal(file, index_t{1} << 40, index_t{1} << 40) ==
             "w.weight: [1099511627776, 1099511627776] is no matrix");
  BOOST_TEST(refusal(support::TensorFile().add("w.weight", {6}, {1, 2, 3, 4, 5, 6}), 2, 3) ==
             "w.weight: expected [2, 3], found [6]" + in);
  BOOST_TEST(refusal(support::TensorFile().add("w.weight", StoredType::f8_e4m3, {2}, "ab"), 2, 1) ==
             "w.weight: expected F32, F16 or BF16, found F8_E4M3" + in + "\nw.weight: expected [2, 1], found [2]" + in);
  BOOST_TEST(refusal(support::TensorFile(), 2, 3) == "w.weight: not found" + in);
  BOOST_TEST(refusal(support::TensorFile().add("w.qweight", StoredType::i32, {1}, "abcd"), 2, 3) ==
             "w.weight: not found" + in + "; its qweight is there: GPTQ and AWQ are not read here");
}

BOOST_AUTO_TEST_CASE(int8_rowwise) {
  const Opened model(int8());
  for (const bool transposed : {false, true}) {  // int8 lies as [out, in] also where a dense one would not
    const StoredWeight w = unwrap(model->weight("w.weight", 2, 3, transposed));
    BOOST_TEST((w.form == StoredForm::int8_rowwise && !w.transposed));
    BOOST_TEST((w.rows == 2 && w.cols == 3));
    BOOST_TEST(char(w.data[5]) == 'f');
    BOOST_TEST(float_at(w.row_absmax, 1) == 2.0f);
  }
  BOOST_TEST(refusal(int8().remove("w.weight_format"), 2, 3) == "accepted");
}

BOOST_AUTO_TEST_CASE(int8_faults) {
  BOOST_TEST(refusal(int8(), 3, 2) ==
             "w.weight: expected [3, 2], found [2, 3]" + in + "\nw.SCB: expected F32 [3], found F32 [2]" + in);
  BOOST_TEST(refusal(int8().remove("w.SCB"), 2, 3) == "w.SCB: not found" + in);
  BOOST_TEST(refusal(int8().remove("w.SCB").add("w.SCB", StoredType::f16, {2}, "abcd"), 2, 3) ==
             "w.SCB: expected F32 [2], found F16 [2]" + in);
  BOOST_TEST(refusal(int8().remove("w.weight_format").add("w.weight_format", StoredType::u8, {}, "\x01"), 2, 3) ==
             "w.weight_format: expected 0 (\"row\"), found 1" + in);
  BOOST_TEST(refusal(int8().remove("w.weight_format").add("w.weight_format", StoredType::u8, {2}, "ab"), 2, 3) ==
             "w.weight_format: expected U8 [], found [2]" + in);
}

BOOST_AUTO_TEST_CASE(four_bits) {
  const Opened model(four_bit(false));
  for (const bool transposed : {false, true}) {
    const StoredWeight w = unwrap(model->weight("w.weight", 3, 50, transposed));
    BOOST_TEST((w.form == StoredForm::four_bit && w.type == StoredType::u8 && w.nf4 && !w.transposed));
    BOOST_TEST((w.rows == 3 && w.cols == 50 && w.block == 64));
    BOOST_TEST(char(w.data[74]) == '\x12');
    BOOST_TEST(float_at(w.code_book, 15) == 0.5f);
    BOOST_TEST(float_at(w.absmax, 2) == 3.0f);
    BOOST_TEST((w.nested_absmax == nullptr && w.nested_code_book == nullptr));
  }
  support::TensorFile fp4 = four_bit(false).remove("w.weight.quant_state.bitsandbytes__nf4");
  fp4.add_text("w.weight.quant_state.bitsandbytes__fp4",
               R"({"quant_type":"fp4","blocksize":128,"dtype":"float16","shape":[3,50]})");
  fp4.remove("w.weight.absmax").add("w.weight.absmax", {2}, {1, 2});
  const Opened other(fp4);
  const StoredWeight w = unwrap(other->weight("w.weight", 3, 50));
  BOOST_TEST((!w.nf4 && w.block == 128));
  // bnb_4bit_quant_storage: the same bytes under another type's name.
  support::TensorFile wide = four_bit(false).remove("w.weight");
  BOOST_TEST(refusal(wide.add("w.weight", StoredType::u8, {1, 75}, std::string(75, 'x')), 3, 50) == "accepted");
}

BOOST_AUTO_TEST_CASE(four_bits_nested) {
  const Opened model(four_bit(true));
  const StoredWeight w = unwrap(model->weight("w.weight", 3, 50));
  BOOST_TEST(char(w.absmax[2]) == 'c');
  BOOST_TEST(float_at(w.nested_absmax, 0) == 9.0f);
  BOOST_TEST(float_at(w.nested_code_book, 255) == 0.5f);
  BOOST_TEST((w.nested_block == 256 && w.nested_offset == 0.25f));
}

BOOST_AUTO_TEST_CASE(four_bit_parts_are_checked) {
  const auto without = [](bool nested, const char* part) { return four_bit(nested).remove(part); };
  BOOST_TEST(refusal(without(false, "w.weight.absmax"), 3, 50) == "w.weight.absmax: not found" + in);
  BOOST_TEST(refusal(without(false, "w.weight.quant_map").add("w.weight.quant_map", {15}, std::vector<float>(15)), 3,
                     50) == "w.weight.quant_map: expected F32 [16], found F32 [15]" + in);
  BOOST_TEST(refusal(without(false, "w.weight.absmax").add("w.weight.absmax", StoredType::u8, {3}, "abc"), 3, 50) ==
             "w.weight.absmax: expected F32 [3], found U8 [3]" + in);
  BOOST_TEST(refusal(without(true, "w.weight.nested_absmax"), 3, 50) == "w.weight.nested_absmax: not found" + in);
  BOOST_TEST(refusal(without(true, "w.weight.nested_quant_map"), 3, 50) == "w.weight.nested_quant_map: not found" + in);
  BOOST_TEST(refusal(without(false, "w.weight.quant_state.bitsandbytes__nf4"), 3, 50) ==
             "w.weight.quant_state.bitsandbytes__nf4: not found" + in);
  support::TensorFile short_of_one = without(false, "w.weight");
  BOOST_TEST(refusal(short_of_one.add("w.weight", StoredType::u8, {74, 1}, std::string(74, 'x')), 3, 50) ==
             "w.weight: expected 75 bytes for [3, 50], found [74, 1]" + in);
  BOOST_TEST(refusal(four_bit(false).add_text("w.weight.quant_state.bitsandbytes__fp4", state()), 3, 50) ==
             "w.weight: expected one quant_state, found bitsandbytes__fp4 and bitsandbytes__nf4");
  support::TensorFile other = without(false, "w.weight.quant_state.bitsandbytes__nf4");
  BOOST_TEST(refusal(other.add_text("w.weight.quant_state.bitsandbytes__int4", state()), 3, 50) ==
             "w.weight.quant_state.bitsandbytes__int4: expected bitsandbytes__nf4 or bitsandbytes__fp4");
}

BOOST_AUTO_TEST_CASE(quant_states_are_read_strictly) {
  const std::string place = "model.safetensors: w.weight.quant_state.bitsandbytes__nf4: ";
  const auto with = [](const std::string& text, bool nested = false) {
    return refusal(four_bit(nested).remove("w.weight.quant_state.bitsandbytes__nf4")
                       .add_text("w.weight.quant_state.bitsandbytes__nf4", text), 3, 50);
  };
  BOOST_TEST(with(state()) == "accepted");
  BOOST_TEST(with("{\"shape\":[3,50]") == place + "line 1, column 16: Missing a comma or '}' after an object member.");
  BOOST_TEST(with("[]") == place + "expected an object, found []\n" + place +
                               "quant_type: expected \"nf4\", found nothing\n" + place +
                               "blocksize: expected a power of two from 32 to 4096, found nothing\n" + place +
                               "dtype: expected float32, float16 or bfloat16, found nothing\n" + place +
                               "shape: expected [3, 50], found nothing");
  BOOST_TEST(with(R"({"quant_type":"fp4","blocksize":48,"dtype":"int8","shape":[50,3],"extra":1})") ==
             place + "extra: expected no such field, found 1\n" + place +
                 "quant_type: expected \"nf4\", found \"fp4\"\n" + place +
                 "blocksize: expected a power of two from 32 to 4096, found 48\n" + place +
                 "dtype: expected float32, float16 or bfloat16, found \"int8\"\n" + place +
                 "shape: expected [3, 50], found [50, 3]");
  BOOST_TEST(with(state(), true) == place + "nested_blocksize: expected 256, found nothing\n" + place +
                                        "nested_dtype: expected \"float32\", found nothing\n" + place +
                                        "nested_offset: expected a number, found nothing");
  BOOST_TEST(with(state(nested_state)) == "w.weight.absmax: expected U8 [3], found F32 [3]" + in +
                                              "\nw.weight.nested_absmax: not found" + in +
                                              "\nw.weight.nested_quant_map: not found" + in);
  BOOST_TEST(with(state(R"(,"nested_blocksize":256,"nested_dtype":"float32","nested_offset":1e39)"), true) ==
             place + "nested_offset: expected a number that a float holds, found 1e+39");
  support::TensorFile typed = four_bit(false).remove("w.weight.quant_state.bitsandbytes__nf4");
  typed.add("w.weight.quant_state.bitsandbytes__nf4", StoredType::i8, {2}, "{}");
  BOOST_TEST(refusal(typed, 3, 50) == "w.weight.quant_state.bitsandbytes__nf4: expected the bytes of a JSON text, "
                                      "U8 of one dimension, found [2]" + in);
}

BOOST_AUTO_TEST_CASE(double_quantisation_that_the_config_promises_must_be_there) {
  const Opened model(four_bit(false), R"({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": true,
                                          "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": true}})");
  const auto weight = model->weight("w.weight", 3, 50);
  BOOST_REQUIRE(!weight);
  BOOST_TEST(weight.error().all()[0] == "model.safetensors: w.weight.quant_state.bitsandbytes__nf4: "
                                        "nested_blocksize: expected 256, found nothing");
}

BOOST_AUTO_TEST_CASE(vectors) {
  support::TensorFile file;
  file.add("norm.weight", {3}, {1, 2, 3}).add("ids", StoredType::i64, {1}, "12345678").add("m", {2, 2}, {1, 2, 3, 4});
  const Opened model(file);
  const auto refused = [&](const char* name, index_t n) {
    const auto found = model->vector(name, n);
    return found ? "accepted" : found.error().message();
  };
  BOOST_TEST(float_at(unwrap(model->vector("norm.weight", 3)).bytes.data(), 2) == 3.0f);
  BOOST_TEST(refused("norm.weight", 4) == "norm.weight: expected [4], found [3]" + in);
  BOOST_TEST(refused("m", 3) == "m: expected [3], found [2, 2]" + in);
  BOOST_TEST(refused("m", 4) == "accepted");  // rows one after the other, as norms of heads are
  BOOST_TEST(refused("ids", 1) == "ids: expected F32, F16 or BF16, found I64" + in);
  BOOST_TEST(refused("norm.bias", 3) == "norm.bias: not found" + in);
}

BOOST_AUTO_TEST_CASE(golden_checkpoints) {
  const Checkpoint llama = Checkpoint::open(SKALD_TEST_DATA "/models/llama_nf4_double");
  BOOST_REQUIRE(llama.quantization());
  BOOST_TEST(llama.quantization()->bnb_4bit_use_double_quant);
  const StoredWeight down = unwrap(llama.weight("model.layers.0.mlp.down_proj.weight", 64, 288));
  BOOST_TEST((down.form == StoredForm::four_bit && down.nf4 && down.block == 64 && down.nested_absmax));
  BOOST_TEST(float_at(down.code_book, 15) == 1.0f);
  BOOST_TEST((unwrap(llama.weight("lm_head.weight", 128, 64)).form == StoredForm::dense));

  const Checkpoint gpt2 = Checkpoint::open(SKALD_TEST_DATA "/models/gpt2_int8");
  BOOST_TEST(gpt2.quantization()->load_in_8bit);
  const StoredWeight attention = unwrap(gpt2.weight("transformer.h.0.attn.c_attn.weight", 192, 64, true));
  BOOST_TEST((attention.form == StoredForm::int8_rowwise && !attention.transposed && attention.row_absmax));
  BOOST_TEST(float_at(attention.row_absmax, 191) > 0.0f);
}

BOOST_AUTO_TEST_SUITE_END()
