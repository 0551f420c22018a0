// Matrices quantised by bitsandbytes 0.50.2: inputs, codes, scales and what it dequantised (tests/golden/models).
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "skald/io/json.hpp"
#include "skald/io/mapped_file.hpp"
#include "skald/io/safetensors.hpp"
#include "skald/precision/half.hpp"

namespace test {

using skald::index_t;

struct QuantizeCase {
  std::string input, type, packed, absmax, dequantised, nested_absmax, absmax_restored, scale;
  int block = 0;
  bool nested = false;
  float offset = 0;
  double threshold = 0;
};

class QuantizeGolden {
 public:
  QuantizeGolden()
      : json_(unwrap(skald::read_json(path("expected.json")))),
        file_(unwrap(skald::MappedFile::open(path("expected.safetensors")))),
        tensors_(unwrap(skald::Safetensors::parse(file_.bytes(), "expected.safetensors"))) {}

  std::vector<QuantizeCase> cases() const {
    const skald::Json list = *json_.root().find("cases");
    std::vector<QuantizeCase> found;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const skald::Json c = list[i];
      const auto text = [&](const char* key) {
        const auto value = c.find(key);
        return value ? std::string(*value->string()) : std::string();
      };
      const auto number = [&](const char* key) {
        const auto value = c.find(key);
        return value ? *value->number() : 0.0;
      };
      const auto nested = c.find("double_quant");
      found.push_back({text("input"), text("quant_type"), text("packed"), text("absmax"), text("dequantised"),
                       text("nested_absmax"), text("absmax_restored"), text("scale"), int(number("blocksize")),
                       nested && *nested->boolean(), float(number("offset")), number("threshold")});
    }
    return found;
  }

  std::span<const std::byte> bytes(const std::string& name) const { return tensors_.find(name)->bytes; }

  std::pair<index_t, index_t> shape(const std::string& name) const {
    const auto shape = tensors_.find(name)->shape;
    return {shape[0], shape[1]};
  }

  /// Any of the three float types, widened.
  std::vector<float> floats(const std::string& name) const {
    using namespace skald;
    const StoredTensor& t = *tensors_.find(name);
    const std::size_t size = bits(t.type) / 8;
    std::vector<float> values;
    for (index_t i = 0; i < index_t(t.bytes.size() / size); ++i)
      values.push_back(t.type == StoredType::f32   ? load<float>(t.bytes.data(), i)
                       : t.type == StoredType::f16 ? to_float(load<fp16_t>(t.bytes.data(), i))
                                                   : to_float(load<bf16_t>(t.bytes.data(), i)));
    return values;
  }
  skald::StoredType type(const std::string& name) const { return tensors_.find(name)->type; }

 private:
  static std::string path(const char* name) { return std::string(SKALD_TEST_DATA "/models/quantize_golden/") + name; }

  skald::JsonDocument json_;
  skald::MappedFile file_;
  skald::Safetensors tensors_;
};

}  // namespace test
