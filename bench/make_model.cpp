// A folder of random weights in a well-known shape, to measure with: nothing is downloaded, nothing it says makes sense.
//   bench_make_model FOLDER [--shape=1b|tiny|experts]      1b: Llama-3.2-1B (2.5 GB of bfloat16); tiny: two layers, 64
//   wide; experts: a Mixtral of eight layers with eight experts, of which a token takes two (1.6 GB)
#include <skald/core/random.hpp>
#include <skald/io/write_safetensors.hpp>
#include <skald/precision/half.hpp>

#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace skald;

struct Shape {
  const char* name;
  std::int64_t hidden, inner, layers, heads, kv_heads, head_dim, vocab, positions, experts = 0;
};

constexpr Shape shapes[] = {{"1b", 2048, 8192, 16, 32, 8, 64, 128256, 131072},
                            {"tiny", 64, 176, 2, 4, 2, 16, 512, 2048},
                            {"experts", 1024, 3584, 8, 16, 4, 64, 32000, 4096, 8}};

/// Numbers of a normal distribution's width, uniform: sqrt(3) sigma each way.
std::vector<bf16_t> random_numbers(std::size_t n, float sigma) {
  std::vector<bf16_t> numbers(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t bits = random_bits({7, std::uint32_t(i >> 32), std::uint32_t(i)});
    numbers[i] = to_bf16((float(bits) * 0x1p-31f - 1) * 1.7320508f * sigma);
  }
  return numbers;
}

}  // namespace

int main(int argc, char** argv) {
  const Shape* shape = &shapes[0];
  std::string folder;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--shape=")) folder = word;
    else
      for (const Shape& s : shapes)
        if (word.substr(8) == s.name) shape = &s;
  }
  if (folder.empty()) return std::fprintf(stderr, "usage: bench_make_model FOLDER [--shape=1b|tiny|experts]\n"), 2;
  const Shape& s = *shape;
  std::filesystem::create_directories(folder);

  std::deque<std::string> names;  // of the tensors, which only point
  std::deque<std::vector<std::int64_t>> dimensions;
  std::vector<StoredTensor> tensors;
  // Every tensor shows a part of the same numbers: they are written out, so files are as large as real ones.
  const auto numbers = random_numbers(std::size_t(s.vocab * s.hidden) + 4096, 0.02f);
  const std::vector<bf16_t> ones(std::size_t(s.hidden), to_bf16(1.0f));
  const auto add = [&](std::string name, std::vector<std::int64_t> dims) {
    std::int64_t n = 1;
    for (const std::int64_t d : dims) n *= d;
    const bool norm = dims.size() == 1;
    const bf16_t* const from = norm ? ones.data() : numbers.data() + 64 * (tensors.size() % 64);
    tensors.push_back({names.emplace_back(std::move(name)), StoredType::bf16, dimensions.emplace_back(std::move(dims)),
                       std::as_bytes(std::span(from, std::size_t(n)))});
  };
  add("model.embed_tokens.weight", {s.vocab, s.hidden});
  for (std::int64_t l = 0; l < s.layers; ++l) {
    const std::string at = "model.layers." + std::to_string(l) + ".";
    add(at + "input_layernorm.weight", {s.hidden});
    add(at + "self_attn.q_proj.weight", {s.heads * s.head_dim, s.hidden});
    add(at + "self_attn.k_proj.weight", {s.kv_heads * s.head_dim, s.hidden});
    add(at + "self_attn.v_proj.weight", {s.kv_heads * s.head_dim, s.hidden});
    add(at + "self_attn.o_proj.weight", {s.hidden, s.heads * s.head_dim});
    add(at + "post_attention_layernorm.weight", {s.hidden});
    const auto feed_forward = [&](const std::string& in, const char* gate, const char* up, const char* down) {
      add(in + gate + ".weight", {s.inner, s.hidden});
      add(in + up + ".weight", {s.inner, s.hidden});
      add(in + down + ".weight", {s.hidden, s.inner});
    };
    if (s.experts == 0) feed_forward(at + "mlp.", "gate_proj", "up_proj", "down_proj");
    else add(at + "block_sparse_moe.gate.weight", {s.experts, s.hidden});
    for (std::int64_t e = 0; e < s.experts; ++e)
      feed_forward(at + "block_sparse_moe.experts." + std::to_string(e) + ".", "w1", "w3", "w2");
  }
  add("model.norm.weight", {s.hidden});

  const std::filesystem::path path = std::filesystem::path(folder) / "model.safetensors";
  if (auto done = write_safetensors(path, tensors, {{"format", "pt"}}); !done)
    return std::fprintf(stderr, "%s\n", done.error().what()), 1;
  const std::string kind = s.experts > 0 ? "mixtral" : "llama";
  const std::string experts =
      s.experts > 0 ? "\"num_local_experts\": " + std::to_string(s.experts) + ", \"num_experts_per_tok\": 2, " : "";
  std::ofstream(folder + "/config.json")
      << "{\"architectures\": [\"" << (s.experts > 0 ? "Mixtral" : "Llama") << "ForCausalLM\"], \"model_type\": \""
      << kind << "\", " << experts << "\"dtype\": \"bfloat16\", \"hidden_act\": \"silu\", \"rms_norm_eps\": 1e-05, "
      << "\"rope_theta\": 500000.0, \"tie_word_embeddings\": true, \"hidden_size\": "
      << s.hidden << ", \"intermediate_size\": " << s.inner << ", \"num_hidden_layers\": " << s.layers
      << ", \"num_attention_heads\": " << s.heads << ", \"num_key_value_heads\": " << s.kv_heads
      << ", \"head_dim\": " << s.head_dim << ", \"vocab_size\": " << s.vocab
      << ", \"max_position_embeddings\": " << s.positions << ", \"bos_token_id\": 1, \"eos_token_id\": 2}\n";
  std::printf("%s: %s\n", folder.c_str(), s.name);
}
