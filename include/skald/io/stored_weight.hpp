// Puts one weight together from the tensors of a checkpoint: dense, LLM.int8() or four-bit as bitsandbytes stores them.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "skald/io/checkpoint_files.hpp"
#include "skald/io/json_config.hpp"
#include "skald/io/faults.hpp"
#include "skald/precision/stored.hpp"

namespace skald::inline SKALD_ABI::detail {

constexpr bool is_float(StoredType t) { return t == StoredType::f32 || t == StoredType::f16 || t == StoredType::bf16; }

class StoredWeightReader {
 public:
  StoredWeightReader(const CheckpointFiles& files, std::string_view name) : files_(files), name_(name) {}

  Result<StoredWeight> read(index_t rows, index_t cols, bool transposed) {
    weight_.rows = rows;
    weight_.cols = cols;
    const StoredTensor* const tensor = files_.find(name_);
    const std::string states = name_ + ".quant_state.";
    const auto state = files_.first_from(states);
    const auto is_state = [&](auto at) { return at != files_.tensors.end() && at->name.starts_with(states); };
    if (!tensor) {
      missing(name_);
    } else if (rows < 0 || cols < 0 || (cols > 0 && rows > (std::numeric_limits<index_t>::max() >> 4) / cols)) {
      return Error(FaultCode::invalid_argument, sentence({name_, ": ", shape_text({rows, cols}), " is no matrix"}));
    } else if (is_state(state) && is_state(state + 1)) {
      fault(name_, sentence({"expected one quant_state, found ", printable(state->name.substr(states.size())), " and ",
                             printable(state[1].name.substr(states.size()))}));
    } else if (is_state(state)) {
      read_four_bit(*tensor, state->name.substr(states.size()));
    } else if (tensor->type == StoredType::i8) {
      read_int8(*tensor);
    } else if (files_.find(name_ + ".absmax")) {
      missing(states + "bitsandbytes__nf4");
    } else {
      read_dense(*tensor, transposed);
    }
    if (const auto error = faults_.error()) return *error;
    return weight_;
  }

  /// One row, or several one after the other (cohere's norms of q and k).
  Result<StoredTensor> read_vector(std::int64_t size) {
    const StoredTensor* const tensor = files_.find(name_);
    if (!tensor) missing(name_);
    else if (!is_float(tensor->type)) wrong_type(*tensor);
    else if (!holds(*tensor, size)) wrong(*tensor, shape_text({size}));
    if (const auto error = faults_.error()) return *error;
    return *tensor;
  }

 private:
  static bool holds(const StoredTensor& t, std::int64_t size) {
    const bool one_row = t.shape.size() == 1, rows = t.shape.size() == 2;
    return (one_row && t.shape[0] == size) || (rows && t.shape[0] > 0 && t.shape[1] > 0 &&
                                               size % t.shape[0] == 0 && size / t.shape[0] == t.shape[1]);
  }

  void read_dense(const StoredTensor& tensor, bool transposed) {
    const index_t first = transposed ? weight_.cols : weight_.rows, second = transposed ? weight_.rows : weight_.cols;
    if (!is_float(tensor.type)) wrong_type(tensor);
    if (!has_shape(tensor, {first, second})) wrong(tensor, shape_text({first, second}));
    weight_.type = tensor.type;
    weight_.data = tensor.bytes.data();
    weight_.transposed = transposed;
  }

  void read_int8(const StoredTensor& tensor) {
    weight_.form = StoredForm::int8_rowwise;
    weight_.type = StoredType::i8;
    weight_.data = tensor.bytes.data();
    if (!has_shape(tensor, {weight_.rows, weight_.cols})) wrong(tensor, shape_text({weight_.rows, weight_.cols}));
    const std::string module = name_.substr(0, name_.ends_with(".weight") ? name_.size() - 7 : name_.size());
    weight_.row_absmax = part(module + ".SCB", StoredType::f32, weight_.rows);
    const StoredTensor* const format = files_.find(module + ".weight_format");  // old files have none
    if (!format) return;
    if (format->type != StoredType::u8 || format->bytes.size() != 1) return wrong(*format, "U8 []");
    if (const int kind = std::to_integer<int>(format->bytes[0])) {
      fault(module + ".weight_format", sentence({"expected 0 (\"row\"), found ", std::to_string(kind), " in ",
                                                 files_.file_of(format->name)}));
    }
  }

  void read_four_bit(const StoredTensor& tensor, std::string_view state_kind) {
    weight_.form = StoredForm::four_bit;
    weight_.type = StoredType::u8;
    weight_.data = tensor.bytes.data();
    const index_t elements = weight_.rows * weight_.cols, bytes = (elements + 1) / 2;
    if (index_t(tensor.bytes.size()) != bytes) {  // the bytes may be called a wider type: bnb_4bit_quant_storage
      wrong(tensor, sentence({std::to_string(bytes), " bytes for ", shape_text({weight_.rows, weight_.cols})}));
    }
    weight_.nf4 = state_kind == "bitsandbytes__nf4";
    if (!weight_.nf4 && state_kind != "bitsandbytes__fp4") {
      return fault(sentence({name_, ".quant_state.", printable(state_kind)}),
                   "expected bitsandbytes__nf4 or bitsandbytes__fp4");
    }
    bool nested = files_.find(name_ + ".nested_absmax") ||
                  (files_.quantization && files_.quantization->load_in_4bit &&
                   files_.quantization->bnb_4bit_use_double_quant);
    if (!read_state(name_ + ".quant_state." + std::string(state_kind), nested)) return;
    const index_t blocks = (elements + weight_.block - 1) / weight_.block;
    weight_.code_book = part(name_ + ".quant_map", StoredType::f32, 16);
    weight_.absmax = part(name_ + ".absmax", nested ? StoredType::u8 : StoredType::f32, blocks);
    if (!nested) return;
    const index_t groups = (blocks + weight_.nested_block - 1) / weight_.nested_block;
    weight_.nested_absmax = part(name_ + ".nested_absmax", StoredType::f32, groups);
    weight_.nested_code_book = part(name_ + ".nested_quant_map", StoredType::f32, 256);
  }

  /// The JSON text that bitsandbytes packs into a tensor; strict, as its own reader.
  bool read_state(const std::string& key, bool& nested) {
    const StoredTensor& tensor = *files_.find(key);
    if (tensor.type != StoredType::u8 || tensor.shape.size() != 1) {
      wrong(tensor, "the bytes of a JSON text, U8 of one dimension");
      return false;
    }
    const std::string_view text(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
    const std::string place = sentence({files_.file_of(key), ": ", key});
    const auto state = JsonDocument::parse(text, place, {.bytes = 1 << 16, .depth = 4});
    if (!state) {
      faults_.add(state.error());
      return false;
    }
    const JsonConfig s(state->root(), place);
    nested = nested || s.has("nested_blocksize") || s.has("nested_offset");
    for (std::size_t i = 0; state->root().is_object() && i < state->root().size(); ++i) {
      bool known = false;
      for (const char* field : {"quant_type", "blocksize", "dtype", "shape", "nested_blocksize", "nested_dtype",
                                "nested_offset"}) {
        known = known || state->root().key(i) == field;
      }
      if (!known) s.reject(state->root().key(i), "expected no such field");
    }
    const auto expect = [&](bool good, const char* field, const std::string& rule) {
      if (!good) s.reject(field, sentence({"expected ", rule}).c_str());
    };
    const auto text_of = [&](const char* field) { return s.field(field, std::string_view()); };
    expect(text_of("quant_type") == (weight_.nf4 ? "nf4" : "fp4"), "quant_type", weight_.nf4 ? "\"nf4\"" : "\"fp4\"");
    const std::int32_t block = s.field("blocksize", 0);
    expect(block >= 32 && block <= 4096 && (block & (block - 1)) == 0, "blocksize", "a power of two from 32 to 4096");
    expect(dtype_named(text_of("dtype")).has_value(), "dtype", "float32, float16 or bfloat16");
    expect(s.size("shape") == 2 && s.at("shape", 0, -1) == weight_.rows && s.at("shape", 1, -1) == weight_.cols,
           "shape", shape_text({weight_.rows, weight_.cols}));
    if (nested) {
      expect(s.field("nested_blocksize", 0) == 256, "nested_blocksize", "256");
      expect(text_of("nested_dtype") == "float32", "nested_dtype", "\"float32\"");
      expect(s.has("nested_offset"), "nested_offset", "a number");
    }
    weight_.block = block;
    weight_.nested_block = 256;
    weight_.nested_offset = s.field("nested_offset", 0.0f);
    const auto error = s.faults();
    if (error) faults_.add(*error);
    return !error;
  }

  static bool has_shape(const StoredTensor& t, std::initializer_list<std::int64_t> shape) {
    return std::equal(t.shape.begin(), t.shape.end(), shape.begin(), shape.end());
  }

  /// A vector that belongs to the weight.
  const std::byte* part(const std::string& key, StoredType type, std::int64_t size) {
    const StoredTensor* const tensor = files_.find(key);
    if (!tensor) {
      missing(key);
      return nullptr;
    }
    if (tensor->type != type || !has_shape(*tensor, {size})) {
      const std::string found = sentence({name(tensor->type), " ", shape_text(tensor->shape)});
      fault(key, sentence({"expected ", name(type), " ", shape_text({size}), ", found ", found, " in ",
                           files_.file_of(key)}));
    }
    return tensor->bytes.data();
  }

  void fault(const std::string& key, const std::string& what) { faults_.add(FaultCode::mismatch, {key, ": ", what}); }

  void wrong(const StoredTensor& t, const std::string& expected) {
    fault(std::string(t.name),
          sentence({"expected ", expected, ", found ", shape_text(t.shape), " in ", files_.file_of(t.name)}));
  }

  void wrong_type(const StoredTensor& t) {
    fault(std::string(t.name), sentence({"expected F32, F16 or BF16, found ", name(t.type), " in ",
                                         files_.file_of(t.name)}));
  }

  void missing(const std::string& key) {
    const std::string module = key.substr(0, key.ends_with(".weight") ? key.size() - 7 : key.size());
    const bool packed = files_.find(module + ".qweight") != nullptr;
    faults_.add(FaultCode::not_found, {key, ": not found in ", files_.place(),
                                       packed ? "; its qweight is there: GPTQ and AWQ are not read here" : ""});
  }

  const CheckpointFiles& files_;
  const std::string name_;
  StoredWeight weight_;
  FaultList faults_;
};

}  // namespace skald::inline SKALD_ABI::detail
