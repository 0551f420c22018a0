#include "skald/model/memory_footprint.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <string>
#include <string_view>

#include "skald/backend/reference.hpp"
#include "skald/layers/contiguous_cache.hpp"
#include "skald/layers/paged_cache.hpp"
#include "skald/model/save_pretrained.hpp"
#include "skald/ops/observed.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/forward.hpp"
#include "support/tensor_file.hpp"

BOOST_AUTO_TEST_SUITE(model_memory_footprint)

using namespace skald;

namespace {

/// Counts the bytes of every allocation: those that are there, and how many were there after each.
struct CountedMemory : HostMemory {
  static inline std::uint64_t live = 0;
  static inline std::vector<std::uint64_t> after;

  static Fault allocate(std::size_t bytes, CountedMemory& out) {
    if (Fault f = HostMemory::allocate(bytes, out)) return f;
    after.push_back(live += bytes);
    return {};
  }
  CountedMemory() = default;
  CountedMemory(CountedMemory&&) = default;
  CountedMemory& operator=(CountedMemory&& other) {
    live -= size();
    HostMemory::operator=(std::move(other));
    return *this;
  }
  ~CountedMemory() { live -= size(); }
};
struct Counted : Reference {
  using Memory = CountedMemory;
};
static_assert(HeapBackend<Counted>);

using Model = Transformer<Counted, AnyPrecision, FromConfig>;

/// What was made of a model's tensors, found again in the order of loading.
struct Made {
  const Model& model;
  int at = -1;
  std::uint64_t vectors = 0;                ///< bytes of norms and biases that were converted
  std::vector<std::uint64_t> sources = {};  ///< bytes of the file that each converted matrix was read from
  std::vector<std::string> seen = {};

  void layer(int l) { at = l; }
  void matrix(Role role, int expert, index_t, index_t, Weight<AnyPrecision>& slot) {
    const TensorLookup& tensors = model.storage().origin->tensors;
    const std::string name = tensors.find(role, at, expert, ".weight")->name;
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) return;
    seen.push_back(name);
    const StoredType type = tensors.checkpoint.find(name)->type;
    const std::string_view now = slot.precision();
    if (detail::is_dense(now) ? now == (type == StoredType::f32    ? "fp32"
                                        : type == StoredType::f16  ? "fp16"
                                        : type == StoredType::bf16 ? "bf16"
                                                                   : "")
                              : type == StoredType::i8 || type == StoredType::u8)
      return;
    std::uint64_t bytes = 0;
    for (const StoredTensor* part : tensors.checkpoint.parts_of(name)) bytes += part->bytes.size();
    sources.push_back(bytes);
  }
  void vector(Role, int, VectorPart, index_t n, const float*& slot) {
    for (const auto& made : model.storage().vectors)
      if (made.get() == slot) vectors += std::uint64_t(n) * sizeof(float);
  }
};

/// Within two in a hundred, and `slack` bytes that count in models as small as these.
void close(std::uint64_t expected, std::uint64_t found, std::uint64_t slack) {
  BOOST_TEST(std::abs(double(expected) - double(found)) <= 0.02 * double(expected) + double(slack),
             "expected " << expected << ", found " << found);
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_a_model_will_hold_and_what_it_holds) {
  for (const char* name : {"gpt2", "llama_gqa", "llama_tied_bias", "llama_bf16", "gpt_neox", "mixtral", "bert",
                           "llama_nf4_double", "gpt2_int8"}) {
    const std::string path = std::string(SKALD_TEST_DATA "/models/") + name;
    const auto checkpoint = unwrap(Checkpoint::try_open(path));
    for (const std::string precision : {"", "fp32", "fp16", "bf16", "int8", "nf4", "fp4", "double"}) {
      FootprintOptions options;
      LoadOptions<Counted> load;
      if (detail::is_dense(precision)) {
        options.dtype = load.dtype = precision;
      } else if (!precision.empty()) {
        BitsAndBytesConfig q{.load_in_8bit = precision == "int8", .load_in_4bit = precision != "int8"};
        q.bnb_4bit_use_double_quant = precision == "double";
        if (precision == "nf4") q.bnb_4bit_quant_type = "nf4";
        options.quantization_config = load.quantization_config = q;
      }
      const MemoryFootprint found = unwrap(memory_footprint(checkpoint, options));
      CountedMemory::after.clear();
      const auto model = Model::from_pretrained(path, load);
      const std::vector<std::uint64_t> after = CountedMemory::after;
      Made made{model};
      auto weights = model.weights();
      weights.visit(model.spec(), made);
      BOOST_TEST_CONTEXT(name << " " << precision) {
        BOOST_TEST(found.owned == CountedMemory::live + made.vectors);
        BOOST_REQUIRE(after.size() == made.sources.size());
        std::uint64_t peak = 0;
        for (std::size_t i = 0; i < after.size(); ++i) peak = std::max(peak, after[i] + made.sources[i]);
        // Vectors come between, and texts that belong to four bits are no numbers.
        BOOST_TEST(found.peak + 200 >= peak);
        BOOST_TEST(found.peak <= std::max(peak, found.owned) + 2 * made.vectors);
        BOOST_TEST(found.peak >= found.owned);
        const support::TemporaryDirectory folder;
        model.save_pretrained(folder.path().string());
        const auto saved = unwrap(Checkpoint::try_open(folder.path()));
        close(std::filesystem::file_size(folder / "model.safetensors"), found.file, 40 * saved.tensors().size());
        std::uint64_t bytes = 0;
        for (const StoredTensor& t : saved.tensors()) {
          if (t.name.find("quant_state") != t.name.npos || t.name.ends_with("weight_format")) continue;
          const bool narrow = t.shape.size() == 1 && (t.type == StoredType::f16 || t.type == StoredType::bf16);
          bytes += narrow ? 2 * t.bytes.size() : t.bytes.size();  // norms are float32 in memory
        }
        close(bytes, found.weights(), 0);
        if (model.spec().encoder_only()) {
          BOOST_TEST(found.cache_per_token == 0u);
          continue;
        }
        const std::uint64_t before = CountedMemory::live;
        PagedCache<Counted> paged;
        BOOST_REQUIRE(!PagedCache<Counted>::allocate(model.spec(), 32, 160, paged));
        BOOST_TEST(CountedMemory::live - before == 160 * found.cache_per_token);
        BOOST_TEST(contiguous_cache_bytes<float>(model.spec(), 1, 7) == 7 * found.cache_per_token);
      }
    }
  }
}

/// What the linear products of one token read, told by the backend while they run.
struct WeightBytes {
  double sum = 0;
  void operator()(const Operation& op, std::chrono::nanoseconds) {
    if (std::string_view(op.name).starts_with("linear"))
      sum += op.bytes - 4.0 * double(op.rows) * double(op.in + op.out);
  }
};

BOOST_AUTO_TEST_CASE(what_a_token_reads) {
  for (const char* name : {"llama_gqa", "llama_tied_bias", "mixtral", "qwen2_moe", "gpt2"}) {
    const std::string path = std::string(SKALD_TEST_DATA "/models/") + name;
    const auto checkpoint = unwrap(Checkpoint::try_open(path));
    for (const std::string precision : {"fp32", "bf16"}) {
      using B = Observed<Reference, WeightBytes>;
      WeightBytes read;
      LoadOptions<B> load{B{{}, &read}};
      load.dtype = precision;
      const auto model = Transformer<B, AnyPrecision, FromConfig>::from_pretrained(path, load);
      const token_id token[] = {3};
      BOOST_REQUIRE(!support::logits_of(model, token).empty());
      const MemoryFootprint found = unwrap(memory_footprint(checkpoint, {.dtype = precision}));
      // Beside the products: a row of each table, norms and biases.
      const ModelSpec& s = model.spec();
      double rest = (precision == "fp32" ? 4.0 : 2.0) * (s.hidden_size * (s.tied ? 0 : 1));
      if (s.position_table == PositionTable::learned) rest += (precision == "fp32" ? 4.0 : 2.0) * s.hidden_size;
      for (const StoredTensor& t : checkpoint.tensors())
        if (t.shape.size() == 1) rest += double(t.bytes.size());
      BOOST_TEST_CONTEXT(name << " " << precision) BOOST_TEST(double(found.read_per_token) == read.sum + rest);
    }
  }
  const auto encoder = unwrap(Checkpoint::try_open(SKALD_TEST_DATA "/models/bert"));
  BOOST_TEST(unwrap(memory_footprint(encoder)).read_per_token == 0u);
}

/// Shards of a large model whose numbers are holes in the files: they take no room.
BOOST_AUTO_TEST_CASE(seventy_billion_numbers_are_planned_from_their_headers) {
  constexpr std::uint64_t hidden = 8192, inner = 28672, kv = 1024, vocab = 32000, layers = 80, shards = 16;
  const support::TemporaryDirectory folder;
  folder.write("config.json", R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "dtype": "bfloat16",
    "hidden_size": 8192, "intermediate_size": 28672, "num_hidden_layers": 80, "num_attention_heads": 64,
    "num_key_value_heads": 8, "vocab_size": 32000, "max_position_embeddings": 4096, "rms_norm_eps": 1e-05,
    "hidden_act": "silu", "tie_word_embeddings": false})");
  std::vector<std::string> headers(shards);
  std::vector<std::uint64_t> sizes(shards, 0);
  std::string map;
  std::uint64_t at = 0;
  const auto file_of = [](std::uint64_t shard) { return "model-" + std::to_string(shard) + ".safetensors"; };
  const auto add = [&](const std::string& name, std::uint64_t rows, std::uint64_t cols) {
    const std::uint64_t shard = at++ % shards, from = sizes[shard];
    sizes[shard] += 2 * rows * cols;
    const std::string shape = cols == 1 ? std::to_string(rows) : std::to_string(rows) + "," + std::to_string(cols);
    headers[shard] += (headers[shard].empty() ? "{\"" : ",\"") + name + "\":{\"dtype\":\"BF16\",\"shape\":[" + shape +
                      "],\"data_offsets\":[" + std::to_string(from) + "," + std::to_string(sizes[shard]) + "]}";
    map += (map.empty() ? "\"" : ",\"") + name + "\":\"" + file_of(shard) + "\"";
  };
  add("model.embed_tokens.weight", vocab, hidden);
  add("lm_head.weight", vocab, hidden);
  add("model.norm.weight", hidden, 1);
  for (std::uint64_t l = 0; l < layers; ++l) {
    const std::string in = "model.layers." + std::to_string(l) + ".";
    for (const char* norm : {"input_layernorm", "post_attention_layernorm"}) add(in + norm + ".weight", hidden, 1);
    for (const char* square : {"q_proj", "o_proj"}) add(in + "self_attn." + square + ".weight", hidden, hidden);
    for (const char* narrow : {"k_proj", "v_proj"}) add(in + "self_attn." + narrow + ".weight", kv, hidden);
    for (const char* up : {"gate_proj", "up_proj"}) add(in + "mlp." + up + ".weight", inner, hidden);
    add(in + "mlp.down_proj.weight", hidden, inner);
  }
  for (std::uint64_t shard = 0; shard < shards; ++shard) {
    std::string header = headers[shard] + "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    std::string length;
    for (int i = 0; i < 8; ++i) length += char(header.size() >> (8 * i) & 0xff);
    folder.write(file_of(shard), length + header);
    std::error_code why;
    std::filesystem::resize_file(folder / file_of(shard), 8 + header.size() + sizes[shard], why);
    if (why) {
      BOOST_TEST_MESSAGE("skipped: no files with holes of this size here: " << why.message());
      return;
    }
  }
  folder.write("model.safetensors.index.json", "{\"weight_map\":{" + map + "}}");

  const auto checkpoint = unwrap(Checkpoint::try_open(folder.path()));
  const std::uint64_t products = layers * (2 * hidden * hidden + 2 * kv * hidden + 3 * hidden * inner),
                      table = vocab * hidden, norms = (2 * layers + 1) * hidden;
  const MemoryFootprint stored = unwrap(memory_footprint(checkpoint));
  BOOST_TEST(stored.mapped == 2 * (products + 2 * table));
  BOOST_TEST(stored.owned == 4 * norms);
  BOOST_TEST(stored.read_per_token == 2 * (products + table + hidden) + 4 * norms);
  BOOST_TEST(stored.cache_per_token == layers * 2 * kv * sizeof(float));
  const BitsAndBytesConfig four_bits{.load_in_4bit = true};
  const MemoryFootprint four = unwrap(memory_footprint(checkpoint, {.quantization_config = four_bits}));
  BOOST_TEST(four.owned == products / 2 + products / 64 * 4 + layers * 7 * 64 + 4 * norms);  // not the head
  BOOST_TEST(four.read_per_token == four.owned + 2 * (table + hidden));
}

BOOST_AUTO_TEST_CASE(options_are_checked_as_for_loading) {
  const auto checkpoint = unwrap(Checkpoint::try_open(SKALD_TEST_DATA "/models/gpt2"));
  const auto said = [&](const FootprintOptions& options) {
    return memory_footprint(checkpoint, options).error().message();
  };
  BOOST_TEST(said({.dtype = "fp8"}) == "dtype: expected fp32, fp16, bf16, int8, nf4 or fp4, found fp8");
  BOOST_TEST(said({.quantization_config = BitsAndBytesConfig{}}) ==
             "quantization_config.load_in_4bit: expected one of load_in_8bit and load_in_4bit, found neither");
}

BOOST_AUTO_TEST_SUITE_END()
