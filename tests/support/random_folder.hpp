// A checkpoint of any family with the weights of random_model, in whichever form each role is to be stored.
#pragma once
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "skald/model/checkpoint_binder.hpp"
#include "support/random_model.hpp"
#include "support/tensor_file.hpp"

namespace support {

enum class Stored { f32, f16, bf16, int8, nf4, fp4 };

/// How the weights of a role are stored; vectors are never quantised.
using StoredAs = std::function<Stored(Role)>;

/// What a family calls its tensors.
struct Names {
  std::span<const skald::TensorName> lines;
  std::string_view prefix;

  template <class Family>
  static Names of() { return {Family::names, Family::prefix}; }
};

/// Collects the rows of every tensor of a file: fused ones come in parts.
class FolderWriter {
 public:
  FolderWriter(const skald::ModelSpec& spec, Names names, RandomWeights weights)
      : spec_(spec), names_(names), weights_(weights) {}
  void layer(int l) { layer_ = l; }

  /// Goes on with another part of the same file.
  void of(const skald::ModelSpec& spec, Names names, RandomWeights weights) {
    spec_ = spec;
    names_ = names;
    weights_ = weights;
  }

  template <class Set>
  void matrix(Role role, int expert, index_t rows, index_t cols, skald::Weight<Set>&) {
    put(role, expert, ".weight", rows, cols,
        [&](index_t r, index_t c) { return weights_.matrix(role, layer_, expert, r, c, cols); });
  }
  void vector(Role role, int expert, skald::VectorPart part, index_t n, const float*&) {
    put(role, expert, part == skald::VectorPart::weight ? ".weight" : ".bias", n, 0,
        [&](index_t r, index_t) { return weights_.vector(role, layer_, expert, part, r); });
  }

  TensorFile file(const StoredAs& stored) const {
    TensorFile out;
    for (const auto& [name, tensor] : tensors_) {
      const Stored as = stored(tensor.role);
      if (tensor.cols == 0 || as == Stored::f32 || as == Stored::f16 || as == Stored::bf16)
        add_dense(out, name, tensor, as);
      else if (as == Stored::int8) add_int8(out, name, tensor);
      else if (as == Stored::nf4) add_four_bit<skald::nf4>(out, name, tensor);
      else add_four_bit<skald::fp4>(out, name, tensor);
    }
    return out;
  }

 private:
  struct Tensor {
    Role role;
    index_t rows = 0, cols = 0;  // no columns: a vector
    bool transposed = false;
    std::vector<float> values;   // [rows, cols]
  };

  template <class Value>
  void put(Role role, int expert, const char* suffix, index_t rows, index_t cols, Value&& value) {
    for (const skald::TensorName& line : names_.lines) {
      if (line.role != role) continue;
      const auto part = skald::part_rows(line.part, spec_.stack()[layer_ < 0 ? 0 : layer_].attention, rows);
      std::string name(role == Role::head ? std::string_view() : names_.prefix);
      name.append(skald::expand_name(line.name, layer_, expert, spec_.stack().inner_layers)).append(suffix);
      Tensor& t = tensors_[name];
      t.role = role;
      t.rows = part.total;
      t.cols = cols;
      t.transposed = line.transposed;
      const index_t width = cols ? cols : 1;
      t.values.resize(std::size_t(part.total * width));
      for (index_t r = 0; r < rows; ++r)
        for (index_t c = 0; c < width; ++c) t.values[std::size_t(part.map(r) * width + c)] = value(r, c);
      return;
    }
  }

  static void add_dense(TensorFile& out, const std::string& name, const Tensor& t, Stored as) {
    std::vector<float> values(t.values);
    if (t.transposed && t.cols)
      for (index_t r = 0; r < t.rows; ++r)
        for (index_t c = 0; c < t.cols; ++c)
          values[std::size_t(c * t.rows + r)] = t.values[std::size_t(r * t.cols + c)];
    std::vector<std::int64_t> shape{t.rows};
    if (t.cols)
      shape = t.transposed ? std::vector<std::int64_t>{t.cols, t.rows} : std::vector<std::int64_t>{t.rows, t.cols};
    if (as == Stored::f16) return void(out.add(name, skald::StoredType::f16, shape, bytes_of<skald::fp16_t>(values)));
    if (as == Stored::bf16) return void(out.add(name, skald::StoredType::bf16, shape, bytes_of<skald::bf16_t>(values)));
    out.add(name, shape, values);
  }

  template <class T>
  static std::string bytes_of(const std::vector<float>& values) {
    std::string bytes;
    for (float v : values) {
      const T rounded = skald::from_float<T>(v);
      bytes.append(reinterpret_cast<const char*>(&rounded), sizeof rounded);
    }
    return bytes;
  }

  template <class P>
  static std::string encoded(const Tensor& t) {
    std::string bytes(P::bytes(t.rows, t.cols), '\0');
    P::encode([&](index_t r, index_t c, float* to, index_t n) {
      for (index_t i = 0; i < n; ++i) to[i] = t.values[std::size_t(r * t.cols + c + i)];
    }, t.rows, t.cols, reinterpret_cast<std::byte*>(bytes.data()));
    return bytes;
  }

  static void add_int8(TensorFile& out, const std::string& name, const Tensor& t) {
    const std::string bytes = encoded<skald::int8>(t);
    const std::size_t scales = std::size_t(t.rows) * sizeof(float);
    out.add(name, skald::StoredType::i8, {t.rows, t.cols}, bytes.substr(scales));
    out.add(name.substr(0, name.size() - 7) + ".SCB", skald::StoredType::f32, {t.rows}, bytes.substr(0, scales));
  }

  template <class P>
  static void add_four_bit(TensorFile& out, const std::string& name, const Tensor& t) {
    const std::string bytes = encoded<P>(t);
    const index_t blocks = P::blocks(t.rows, t.cols);
    const std::size_t book = 16 * sizeof(float), codes = book + std::size_t(blocks) * sizeof(float);
    out.add(name, skald::StoredType::u8, {index_t(bytes.size() - codes), 1}, bytes.substr(codes));
    out.add(name + ".quant_map", skald::StoredType::f32, {16}, bytes.substr(0, book));
    out.add(name + ".absmax", skald::StoredType::f32, {blocks}, bytes.substr(book, codes - book));
    out.add_text(name + ".quant_state.bitsandbytes__" + P::name,
                 std::string(R"({"quant_type":")")
                     .append(P::name)
                     .append(R"(","blocksize":64,"dtype":"float32","shape":[)")
                     .append(std::to_string(t.rows))
                     .append(",")
                     .append(std::to_string(t.cols))
                     .append("]}"));
  }

  skald::ModelSpec spec_;
  Names names_;
  RandomWeights weights_;
  int layer_ = -1;
  std::map<std::string, Tensor> tensors_;
};

inline TensorFile random_tensors(const skald::ModelSpec& spec, Names names, const StoredAs& stored,
                                 RandomWeights weights) {
  skald::ModelWeights<skald::plan_of_t<skald::fp32>, skald::FromConfig> slots;
  FolderWriter writer(spec, names, weights);
  slots.visit(spec, writer);
  return writer.file(stored);
}
template <class Family>
TensorFile random_tensors(const skald::ModelSpec& spec, const StoredAs& stored = [](Role) { return Stored::f32; },
                          RandomWeights weights = {}) {
  return random_tensors(spec, Names::of<Family>(), stored, weights);
}

/// A folder with config.json and model.safetensors.
inline void write_folder(const TemporaryDirectory& folder, const std::string& config, const TensorFile& tensors) {
  folder.write("config.json", config);
  folder.write("model.safetensors", tensors.file());
}

}  // namespace support
