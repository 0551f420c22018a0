// One folder of recorded numbers: expected.json, the tensors it names, and what it asks as ids and masks.
// Whatever is not as it should be throws skald::Error with the place, and is a failure of the case that asked.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skald/io/json.hpp"
#include "skald/io/safetensors.hpp"
#include "skald/model/padded_batch.hpp"
#include "skald/precision/half.hpp"

namespace golden {

using skald::index_t;
using skald::Json;
using skald::token_id;
using Tokens = std::vector<token_id>;

[[noreturn]] inline void malformed(const std::string& what) { throw skald::Error(skald::FaultCode::malformed, what); }

// ---- What a JSON value must be.

inline Json member(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  if (!found) malformed("expected.json: " + std::string(name) + ": not found");
  return *found;
}
inline std::string text_of(const Json& value) {
  const auto text = value.string();
  if (!text) malformed(std::string("expected.json: expected a string, found ") + value.kind());
  return std::string(*text);
}
inline double number_of(const Json& value) {
  const auto number = value.number();
  if (!number) malformed(std::string("expected.json: expected a number, found ") + value.kind());
  return *number;
}
inline std::int32_t integer_of(const Json& value) {
  const auto i = value.integer();
  if (!i || *i != std::int32_t(*i)) malformed(std::string("expected.json: expected an int32, found ") + value.kind());
  return std::int32_t(*i);
}
inline bool flag(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found && found->boolean().value_or(false);
}
/// The elements of an array, each by `f`.
template <class F>
auto list_of(const Json& value, F&& f) {
  if (!value.is_array()) malformed(std::string("expected.json: expected an array, found ") + value.kind());
  std::vector<decltype(f(value))> all;
  for (std::size_t i = 0; i < value.size(); ++i) all.push_back(f(value[i]));
  return all;
}
inline std::vector<Json> elements(const Json& value) { return list_of(value, [](Json j) { return j; }); }
inline std::vector<std::int32_t> integers_of(const Json& value) { return list_of(value, integer_of); }
inline std::vector<Tokens> rows_of(const Json& value) { return list_of(value, integers_of); }
inline std::vector<std::string> texts_of(const Json& value) { return list_of(value, text_of); }

// ---- Inputs.

/// A padded batch that owns its numbers.
struct Inputs {
  index_t rows = 0, cols = 0;
  std::vector<std::int32_t> ids, mask, types, positions;

  skald::PaddedBatch padded() const { return {rows, cols, ids, mask, positions, types}; }
};

inline Inputs read_inputs(const Json& from) {
  Inputs in;
  const auto matrix = [&](const Json& value, std::vector<std::int32_t>& to) {
    const auto rows = rows_of(value);
    if (in.rows == 0) in.rows = index_t(rows.size()), in.cols = rows.empty() ? 0 : index_t(rows[0].size());
    for (const auto& row : rows) {
      if (index_t(row.size()) != in.cols) malformed("expected.json: inputs: rows of different lengths");
      to.insert(to.end(), row.begin(), row.end());
    }
  };
  matrix(member(from, "input_ids"), in.ids);
  if (const auto mask = from.find("attention_mask")) matrix(*mask, in.mask);
  if (const auto types = from.find("token_type_ids")) matrix(*types, in.types);
  return in;
}

// ---- The folder.

/// Top-level keys that are no cases.
inline bool describes(std::string_view key) {
  for (const char* known : {"made_with", "kind", "family", "weight_seed", "attn_implementation", "dtype", "inputs",
                            "noise", "head", "bitsandbytes", "model_dtype", "versions", "rules", "model", "passage",
                            "base", "peft", "labels"})
    if (key == known) return true;
  return false;
}

struct Tensor {
  std::vector<index_t> shape;
  std::vector<float> values;

  index_t last() const { return shape.empty() ? 1 : shape.back(); }
};

class Fixture {
 public:
  explicit Fixture(std::filesystem::path folder) : folder_(std::move(folder)) {
    if (folder_.filename().empty()) folder_ = folder_.parent_path();  // "folder/"
    json_ = unwrap(skald::read_json(folder_ / "expected.json"));
    if (!root().is_object()) malformed("expected.json: expected an object");
    if (std::filesystem::exists(folder_ / "expected.safetensors")) {
      file_ = unwrap(skald::MappedFile::open(folder_ / "expected.safetensors"));
      tensors_ = unwrap(skald::Safetensors::parse(file_->bytes(), "expected.safetensors"));
    }
  }

  const std::filesystem::path& folder() const { return folder_; }
  std::string name() const { return folder_.filename().string(); }
  Json root() const { return json_.root(); }
  std::string text(std::string_view key) const {
    const auto found = root().find(key);
    return found && found->is_string() ? text_of(*found) : std::string();
  }
  Inputs inputs(std::string_view label) const { return read_inputs(member(member(root(), "inputs"), label)); }

  const skald::StoredTensor& stored(const std::string& name) const {
    const skald::StoredTensor* const found = tensors_ ? tensors_->find(name) : nullptr;
    if (!found) malformed(name + ": not found in expected.safetensors");
    return *found;
  }

  /// Any of the three float types, widened.
  Tensor tensor(const std::string& name) const {
    using namespace skald;
    const StoredTensor& t = stored(name);
    Tensor all{{t.shape.begin(), t.shape.end()}, {}};
    const auto n = index_t(t.bytes.size() * 8 / bits(t.type));
    for (index_t i = 0; i < n; ++i) {
      if (t.type == StoredType::f32) all.values.push_back(load<float>(t.bytes.data(), i));
      else if (t.type == StoredType::f16) all.values.push_back(to_float(load<fp16_t>(t.bytes.data(), i)));
      else if (t.type == StoredType::bf16) all.values.push_back(to_float(load<bf16_t>(t.bytes.data(), i)));
      else malformed(name + ": expected floats, found " + skald::name(t.type));
    }
    return all;
  }
  /// The tensor that a string names, of as many dimensions.
  Tensor tensor(const Json& name, std::size_t rank) const {
    Tensor t = tensor(text_of(name));
    if (t.shape.size() != rank)
      malformed(text_of(name) + ": expected " + std::to_string(rank) + " dimensions, found " +
                std::to_string(t.shape.size()));
    return t;
  }
  std::vector<std::int64_t> integers(const std::string& name) const {
    const skald::StoredTensor& t = stored(name);
    if (t.type != skald::StoredType::i64) malformed(name + ": expected I64, found " + skald::name(t.type));
    std::vector<std::int64_t> all;
    const auto n = index_t(t.bytes.size() / 8);
    for (index_t i = 0; i < n; ++i) all.push_back(skald::load<std::int64_t>(t.bytes.data(), i));
    return all;
  }

 private:
  std::filesystem::path folder_;
  skald::JsonDocument json_;
  std::optional<skald::MappedFile> file_;
  std::optional<skald::Safetensors> tensors_;
};

/// `padded` [rows, cols, width] at the places of the tokens: [tokens, width].
inline std::vector<float> at_places(const Tensor& padded, const skald::RaggedBatch& batch, const Inputs& in) {
  if (padded.shape.size() < 3 || padded.shape[0] != in.rows || padded.shape[1] != in.cols)
    malformed("expected.safetensors: a tensor is not of the shape of its inputs");
  std::vector<float> all;
  const index_t width = padded.last();
  for (const auto& place : batch.places) {
    const auto from = padded.values.begin() + (place.row * in.cols + place.column) * width;
    all.insert(all.end(), from, from + width);
  }
  return all;
}

}  // namespace golden
