// Loading a folder in each precision: seconds, and bytes as /proc counts them beside what memory_footprint says. Each
// column of bytes is followed by said / measured. Makes the folder when it is not there: a llama of random bf16 or
// fp32.
//   bench_loading FOLDER [bf16|fp32] [hidden_size] [layers] [threads]
// weights: memory of the process's own after loading, and pages of the file once every weight was read.
// peak: most pages at once while loading (VmHWM), less those of the process before. It has loaded the folder once by
// then, so that code and the heap's reserves count to the process.
// cache: a cache of 1024 positions, written; KiB a token.
#include <skald/model/memory_footprint.hpp>
#include <skald/model/save_pretrained.hpp>
#include <skald/skald.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace skald;

/// The sum of the lines "key: n kB" of a file in /proc/self, in bytes; of one map's where `map` is part of its path.
double proc_bytes(const char* file, const std::string& key, const std::string& map = "") {
  std::ifstream in(std::string("/proc/self/") + file);
  double sum = 0;
  bool counts = map.empty();
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    // "7f00-7f01 r--p 0 08:01 9 path" begins a map.
    if (!map.empty() && line.find('-') < colon) counts = line.find(map) != line.npos;
    if (counts && line.starts_with(key + ":")) sum += std::atof(line.c_str() + key.size() + 1) * 1024;
  }
  return sum;
}
double own_bytes() { return proc_bytes("smaps_rollup", "Anonymous"); }

/// Reads every weight, so that all of its pages are there.
struct ReadAll {
  double sum = 0;
  void layer(int) {}
  template <class Set>
  void matrix(Role, int, index_t rows, index_t cols, Weight<Set>& slot) {
    slot.visit([&](auto p, const auto& parts) {
      std::vector<float> row(std::size_t(cols), 0.0f);
      for (index_t r = 0; r < rows; ++r) {
        decltype(p)::type::decode(parts, cols, r, 0, row.data(), cols);
        sum += row[0];
      }
    });
  }
  void vector(Role, int, VectorPart, index_t n, const float*& slot) {
    for (index_t i = 0; i < n; ++i) sum += slot[i];
  }
};

/// Bytes of the process's own for each position of a cache that is written to.
double cache_bytes(const ModelSpec& spec) {
  constexpr std::int32_t positions = 1024;
  const double before = own_bytes();
  PagedCache<Cpu> cache;
  if (PagedCache<Cpu>::allocate(spec, positions, positions, cache)) return 0;
  const SeqId s = cache.create();
  if (cache.extend(s, positions)) return 0;
  for (int l = 0; l < spec.decoder.layers; ++l) {
    const auto view = cache.view(l, s);
    for (const std::int32_t b : view.blocks)
      std::fill_n(view.data + b * view.block_stride, 2 * view.v_offset, 1.0f);
  }
  return (own_bytes() - before) / positions;
}

int make_folder(const std::filesystem::path& folder, bool wide, std::int64_t hidden, int layers) {
  const std::int64_t vocab = 32000, inner = hidden * 11 / 4;
  const auto of = [](std::int64_t n) { return std::to_string(n); };
  CheckpointWriter writer(folder);
  std::string config("{\"model_type\": \"llama\", \"architectures\": [\"LlamaForCausalLM\"], \"hidden_size\": ");
  config.append(of(hidden)).append(", \"num_hidden_layers\": ").append(of(layers));
  config.append(", \"num_attention_heads\": ").append(of(hidden / 64)).append(", \"intermediate_size\": ");
  config.append(of(inner)).append(", \"vocab_size\": ").append(of(vocab)).append("}\n");
  writer.add_file("config.json", config);
  std::deque<std::string> names;
  std::deque<std::vector<std::int64_t>> shapes;
  const std::size_t size = wide ? 4 : 2;
  const auto add = [&](std::string name, std::vector<std::int64_t> shape) {
    std::size_t bytes = size;
    for (const std::int64_t n : shape) bytes *= std::size_t(n);
    static const std::byte none{};
    writer.add({names.emplace_back(std::move(name)), wide ? StoredType::f32 : StoredType::bf16,
                shapes.emplace_back(std::move(shape)), {&none, bytes}});
  };
  add("model.embed_tokens.weight", {vocab, hidden});
  for (int l = 0; l < layers; ++l) {
    const std::string layer = "model.layers." + of(l) + ".";
    for (const char* name : {"q", "k", "v", "o"}) add(layer + "self_attn." + name + "_proj.weight", {hidden, hidden});
    for (const char* name : {"gate", "up"}) add(layer + "mlp." + name + "_proj.weight", {inner, hidden});
    add(layer + "mlp.down_proj.weight", {hidden, inner});
    for (const char* name : {"input", "post_attention"}) add(layer + name + "_layernorm.weight", {hidden});
  }
  add("model.norm.weight", {hidden});
  add("lm_head.weight", {vocab, hidden});
  struct Maker {
    std::vector<std::byte> bytes;
    std::uint32_t state = 1;
  } maker;
  const TensorBytes random{[](void* user, const StoredTensor& t) {
                             Maker& m = *static_cast<Maker*>(user);
                             m.bytes.resize(t.bytes.size());
                             const std::size_t step = t.type == StoredType::f32 ? 4 : 2;
                             for (std::size_t i = 0; i < m.bytes.size(); i += step) {
                               m.state = m.state * 1664525u + 1013904223u;
                               const float x = float(std::int32_t(m.state) >> 8) * 0x1p-28f;
                               const bf16_t half = to_bf16(x);
                               std::memcpy(&m.bytes[i], step == 4 ? static_cast<const void*>(&x) : &half, step);
                             }
                             return std::span<const std::byte>(m.bytes);
                           },
                           &maker};
  const Result<void> written = writer.write(SaveOptions{}.max_shard_size, random);
  if (!written) std::fprintf(stderr, "%s\n", written.error().what());
  return written ? 0 : 1;
}

void measure(const std::string& folder, const std::string& precision, int threads) {
  AutoOptions<Cpu> load{.backend = {.threads = threads}};
  FootprintOptions options;
  if (detail::is_dense(precision) || precision.empty()) {
    load.dtype = options.dtype = precision;
  } else {
    BitsAndBytesConfig q{.load_in_8bit = precision == "int8", .load_in_4bit = precision != "int8"};
    q.bnb_4bit_quant_type = precision.substr(0, 3) == "nf4" ? "nf4" : "fp4";
    q.bnb_4bit_use_double_quant = precision.ends_with("double");
    load.quantization_config = options.quantization_config = q;
  }
  const MemoryFootprint f = unwrap(memory_footprint(Checkpoint::open(folder), options));
  AutoModel::from_pretrained(folder, load);
  const double before = proc_bytes("smaps_rollup", "Rss"), own = own_bytes();
  std::ofstream("/proc/self/clear_refs") << 5;  // VmHWM begins again
  const auto start = std::chrono::steady_clock::now();
  const auto model = AutoModel::from_pretrained(folder, load);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double peak = proc_bytes("status", "VmHWM") - before, owned = own_bytes() - own;
  ReadAll all;
  auto slots = model.weights();
  slots.visit(model.spec(), all);
  const double weights = owned + proc_bytes("smaps", "Rss", ".safetensors"), cache = cache_bytes(model.spec());
  const std::string out = folder + "-saved";
  const auto saving = std::chrono::steady_clock::now();
  model.save_pretrained(out);
  const double written = std::chrono::duration<double>(std::chrono::steady_clock::now() - saving).count();
  const auto file = double(std::filesystem::file_size(out + "/model.safetensors"));
  std::filesystem::remove_all(out);
  std::printf("%-10s %7.2f s %7.2f s", precision.empty() ? "as stored" : precision.c_str(), seconds, written);
  const auto print = [](double measured, std::uint64_t said, double unit) {
    std::printf(" %9.1f %6.3f", measured / unit, double(said) / measured);
  };
  print(file, f.file, 1 << 20);
  print(weights, f.weights(), 1 << 20);
  print(cache, f.cache_per_token, 1 << 10);
  print(peak, f.peak, 1 << 20);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_loading FOLDER [bf16|fp32] [hidden_size] [layers] [threads]\n");
    return 2;
  }
  const std::string folder = argv[1];
  const auto number = [&](int i, int fallback) { return argc > i ? std::atoi(argv[i]) : fallback; };
  const bool wide = argc > 2 && std::string(argv[2]) == "fp32";
  if (!std::filesystem::exists(folder))
    if (const int failed = make_folder(folder, wide, number(3, 1024), number(4, 12))) return failed;
  std::printf("%-10s %9s %9s %16s %16s %16s %16s\n", "MiB", "load", "save", "file", "weights", "cache", "peak");
  for (const char* precision : {"", "fp32", "fp16", "bf16", "int8", "nf4", "fp4", "nf4 double", "fp4 double"}) {
    std::fflush(stdout);
    const pid_t child = fork();  // a process each: VmHWM never falls
    if (child == 0) {
      measure(folder, precision, number(5, 0));
      std::fflush(stdout);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) return 1;
  }
}
