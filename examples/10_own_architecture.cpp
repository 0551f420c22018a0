// An architecture of your own: what trust_remote_code is for, in C++ and known when the program is compiled. Layers of
// this checkpoint have a wave for a feed-forward, x + out(sin(in(norm(x)))), which no family of the library has. A block
// says the mathematics, a family the names of tensors, and a list of families makes Auto classes know both.
#include <skald/io/write_safetensors.hpp>
#include <skald/skald.hpp>

#include <cmath>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "check.hpp"

using skald::index_t, skald::Role;

template <class Set>
struct WaveBlock {
  skald::SelfAttention<Set> attention;
  skald::Linear<Set> in, out;
  skald::NormWeights attention_norm, wave_norm;

  static std::size_t scratch(const skald::ModelSpec& spec, const skald::BlockSpec& b, index_t tokens, index_t context,
                             index_t workers) {
    return skald::block_scratch(spec, b, tokens, context, workers);  // ours takes no more: one matrix of the inner size
  }
  template <class V>
  void visit(const skald::ModelSpec& spec, const skald::BlockSpec& b, V& v) {
    skald::visit_norm(v, Role::attention_in_norm, spec.norm, spec.hidden_size, attention_norm);
    attention.visit(spec, b.attention, v);
    skald::visit_norm(v, Role::feed_forward_in_norm, spec.norm, spec.hidden_size, wave_norm);
    skald::visit_linear(v, Role::up, b.feed_forward.inner, spec.hidden_size, false, in);
    skald::visit_linear(v, Role::down, spec.hidden_size, b.feed_forward.inner, false, out);
  }
  template <class Context, class Kind, class Rows>
  void forward(Context& c, Kind kind, int layer, const Rows& rows, typename Context::Matrix x) const {
    using K = typename Context::Kernels;
    skald::ScratchScope scope(c.q);
    const auto norm = skald::field<&skald::ModelSpec::norm>(c.spec());
    auto normed = c.take(x.rows, x.cols), sum = c.take(x.rows, x.cols);
    K::template norm<K>(c.q, norm, attention_norm.weight, nullptr, 1, x, normed);
    attention.forward(c, skald::field<&skald::BlockSpec::attention>(kind), layer, rows, normed, sum);
    K::template add<K>(c.q, sum, 1.0f, x);
    auto inner = c.take(x.rows, kind.get().feed_forward.inner);
    K::template norm<K>(c.q, norm, wave_norm.weight, nullptr, 1, x, normed);
    K::template linear<K>(c.q, normed, in.to(inner));
    for (index_t i = 0; i < inner.rows; ++i)
      for (index_t k = 0; k < inner.cols; ++k) inner.row(i)[k] = std::sin(inner.row(i)[k]);
    K::template linear<K>(c.q, inner, out.to(sum));
    K::template add<K>(c.q, sum, 1.0f, x);
  }
};

struct Wave : skald::families::Llama {  // sizes, rotary positions and norms are read as llama's are
  static constexpr std::string_view model_type = "wave", prefix = "";
  static constexpr skald::TensorName names[] = {
      {Role::token_embedding, "words"},           {Role::attention_in_norm, "{l}.listen_norm"},
      {Role::query, "{l}.q"},                     {Role::key, "{l}.k"},
      {Role::value, "{l}.v"},                     {Role::attention_output, "{l}.o"},
      {Role::feed_forward_in_norm, "{l}.wave_norm"}, {Role::up, "{l}.in"},
      {Role::down, "{l}.out"},                    {Role::final_norm, "last_norm"}};
};

struct WaveArch : skald::FromConfig {
  template <class Set> using Block = WaveBlock<Set>;
};
struct Mine : skald::FamilyList<Wave> {
  using Arch = WaveArch;  // every model of this list is built of these blocks
};

constexpr int width = 32, inner_size = 48, vocabulary = 64;
using Weights = std::map<std::string, std::vector<float>>;

/// What somebody's training left: random numbers, and a config that asks for Python code of its own.
Weights write_checkpoint(const std::filesystem::path& folder) {
  Weights weights;
  std::deque<std::vector<std::int64_t>> shapes;
  std::vector<skald::StoredTensor> tensors;
  const auto add = [&](const std::string& name, std::int64_t rows, std::int64_t cols) {
    auto& values = weights[name + ".weight"];
    for (std::int64_t i = 0; i < rows * cols; ++i)
      values.push_back(skald::random_uniform({5, std::uint32_t(weights.size()), 0}, std::uint32_t(i)) - 0.5f);
    if (cols == 1) values.assign(std::size_t(rows), 1.0f);
    shapes.push_back(cols == 1 ? std::vector{rows} : std::vector{rows, cols});
    tensors.push_back({weights.find(name + ".weight")->first, skald::StoredType::f32, shapes.back(),
                       std::as_bytes(std::span(values))});
  };
  add("words", vocabulary, width);
  for (const char* name : {"0.listen_norm", "0.wave_norm", "last_norm"}) add(name, width, 1);
  for (const char* name : {"0.q", "0.k", "0.v", "0.o"}) add(name, width, width);
  add("0.in", inner_size, width);
  add("0.out", width, inner_size);
  std::filesystem::create_directories(folder);
  check(bool(skald::write_safetensors(folder / "model.safetensors", tensors, {})), "the weights are written");
  std::ofstream(folder / "config.json") << R"({"model_type": "wave", "architectures": ["WaveForCausalLM"],
      "auto_map": {"AutoModelForCausalLM": "modeling_wave.WaveForCausalLM"}, "hidden_size": 32,
      "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 4, "vocab_size": 64,
      "rms_norm_eps": 1e-06, "tie_word_embeddings": true})";
  return weights;
}

using Vector = std::vector<float>;
Vector times(const Vector& w, const Vector& x) {
  Vector y(w.size() / x.size());
  for (std::size_t i = 0; i < w.size(); ++i) y[i / x.size()] += w[i] * x[i % x.size()];
  return y;
}
Vector normed(Vector x) {
  float square = 0;
  for (const float v : x) square += v * v;
  for (float& v : x) v /= std::sqrt(square / float(width) + 1e-6f);
  return x;
}
void add(Vector& x, const Vector& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

/// The likeliest token behind a text of one token, in plain loops: attention then sees one value.
skald::token_id expected_after(skald::token_id token, const Weights& w) {
  const auto from = w.at("words.weight").begin() + token * width;
  Vector x(from, from + width);
  add(x, times(w.at("0.o.weight"), times(w.at("0.v.weight"), normed(x))));
  Vector wave = times(w.at("0.in.weight"), normed(x));
  for (float& v : wave) v = std::sin(v);
  add(x, times(w.at("0.out.weight"), wave));
  const Vector logits = times(w.at("words.weight"), normed(x));
  return skald::token_id(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

int main() {
  using namespace skald;
  const auto folder = std::filesystem::temp_directory_path() / "skald_example_10";
  const Weights weights = write_checkpoint(folder);

  const auto refused = AutoModelForCausalLM::try_from_pretrained(folder.string());
  check(!refused, "the library knows no wave");
  std::cout << refused.error().what() << "\n";
  check(refused.error().message().find("write a family in C++") != std::string::npos, "and says what to do");

  const auto lm = BasicAutoModelForCausalLM<Cpu, Mine>::from_pretrained(folder.string());
  const GenerateOptions greedy{.max_new_tokens = 1, .eos_token_id = {{}}};
  for (token_id token = 0; token < vocabulary; ++token)
    check(generate(lm, {token}, chain(), Greedy{}, greedy).new_tokens(0)[0] == expected_after(token, weights),
          "the mathematics is the wave's");

  // Through the cache, token by token, as at once.
  const GenerateOptions long_enough{.max_new_tokens = 12, .eos_token_id = {{}}};
  const auto all = generate(lm, {1, 2, 3}, chain(), Greedy{}, long_enough).sequences[0];
  for (std::size_t n = 3; n < all.size(); ++n) {
    const std::vector<token_id> before(all.begin(), all.begin() + index_t(n));
    check(generate(lm, before, chain(), Greedy{}, greedy).new_tokens(0)[0] == all[n], "the cache changes nothing");
  }
  std::filesystem::remove_all(folder);
}
