// Every family of the list: loaded in every precision, on both host backends, saved and counted.
#include "skald/model/families.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/cpu.hpp"
#include "skald/model/image.hpp"
#include "skald/model/memory_footprint.hpp"
#include "skald/model/save_pretrained.hpp"
#include "support/forward.hpp"
#include "support/random_folder.hpp"

BOOST_AUTO_TEST_SUITE(model_families)

using namespace skald;
using support::TemporaryDirectory;

namespace {

using Set = OneOf<fp32, bf16, int8, nf4>;
template <class B> using Model = Transformer<B, Set, FromConfig>;

/// One config for all: the sizes under every name that a family gives them.
constexpr const char* sizes = R"("vocab_size":64,"hidden_size":32,"n_embd":32,"num_hidden_layers":2,"n_layer":2,
  "num_layers":2,"num_attention_heads":4,"n_head":4,"num_heads":4,"intermediate_size":48,"ffn_dim":48,"n_inner":48,
  "moe_intermediate_size":16,"shared_expert_intermediate_size":24,"num_experts":4,"num_local_experts":4,
  "num_experts_per_tok":2,"max_position_embeddings":64,"n_positions":64,"rotary_dim":4,"sliding_window":5,
  "window_size":5,"attention_types":null,"dim":32,"hidden_dim":48,"n_layers":2,"n_heads":4,"embedding_size":16,
  "d_model":32,"d_kv":8,"d_ff":48)";

struct Variant {
  std::string type, more;  ///< `more` begins with a comma
};

/// Each family as its config is by default, with the options that change its layers, and with heads.
std::vector<Variant> variants() {
  std::vector<Variant> all;
  AllFamilies::any([&](auto f) {
    all.push_back({std::string(decltype(f)::type::model_type), R"(,"head_dim":8,"num_key_value_heads":2)"});
    return false;
  });
  const std::string grouped = all[0].more;
  for (auto [type, more] : std::initializer_list<std::pair<const char*, const char*>>{
           {"bloom", R"(,"apply_residual_connection_post_layernorm":true)"},
           {"cohere", R"(,"use_qk_norm":true)"},
           {"falcon", R"(,"new_decoder_architecture":true,"num_kv_heads":2)"},
           {"falcon", R"(,"multi_query":false,"parallel_attn":false,"alibi":true,"bias":true)"},
           {"llama", R"(,"attention_bias":true,"mlp_bias":true,"tie_word_embeddings":true)"},
           {"olmo", R"(,"clip_qkv":0.5)"},
           {"opt", R"(,"do_layer_norm_before":false,"word_embed_proj_dim":20)"},
           {"phi", R"(,"qk_layernorm":true)"},
           {"qwen2_moe", R"(,"use_sliding_window":true,"decoder_sparse_step":2)"},
           {"smollm3", R"(,"no_rope_layers":[0,1],"use_sliding_window":true)"},
           {"stablelm", R"(,"qk_layernorm":true,"use_parallel_residual":true)"},
           {"albert", R"(,"num_hidden_groups":2,"inner_group_num":3)"},
           {"albert", R"(,"num_hidden_groups":2,"architectures":["AlbertForSequenceClassification"])"},
           {"t5", R"(,"feed_forward_proj":"gated-gelu","architectures":["T5ForTokenClassification"])"},
           {"electra", R"(,"embedding_size":32,"architectures":["ElectraForTokenClassification"])"}})
    all.push_back({type, grouped + more});
  const auto add = [&](const char* type, const char* saved_as) {
    all.push_back({type, grouped + R"(,"id2label":{"0":"a","1":"b","2":"c"},"architectures":["X)" + saved_as + "\"]"});
  };
  for (const char* type : {"albert", "bert", "distilbert", "electra", "mpnet", "roberta", "xlm-roberta"})
    for (const char* head : {"ForMaskedLM", "ForSequenceClassification", "ForTokenClassification",
                             "ForQuestionAnswering"})
      add(type, head);
  for (const char* type : {"falcon", "gpt2", "gpt_neox", "llama", "mixtral", "opt", "phi3"}) {
    add(type, "ForSequenceClassification");
    if (type != std::string_view("opt")) add(type, "ForTokenClassification");
  }
  return all;
}

/// Logits of a language model or another head, hidden states where there is none.
template <class M>
std::vector<float> outputs(const M& model, std::span<const token_id> tokens) {
  if (model.spec().cached()) return support::logits_of(model, tokens);
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < tokens.size(); ++i) positions.push_back(std::int32_t(i));
  const Row row{.count = std::int32_t(tokens.size())};
  const bool bare = model.spec().head == HeadKind::none;
  const std::size_t rows = model.spec().head == HeadKind::sequence_class ? 1 : tokens.size();
  std::vector<float> all(rows * std::size_t(bare ? model.spec().hidden_size : model.vocab_size()));
  auto queue = model.backend().queue();
  if (bare) unwrap(Result<void>(model.encode(queue, {tokens, positions, {&row, 1}, {}}, all.data())));
  else unwrap(Result<void>(model.forward(queue, {tokens, positions, {&row, 1}, positions}, all.data())));
  unwrap(Result<void>(queue.wait()));
  return all;
}

/// The largest difference, as a part of the largest number.
float apart(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = 0, most = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    largest = std::max(largest, std::abs(a[i]));
    most = std::max(most, std::abs(a[i] - b[i]));
  }
  return most / largest;
}

template <class B>
Model<B> load(const std::string& path, const char* dtype) {
  LoadOptions<B> options;
  options.dtype = dtype;
  return Model<B>::from_pretrained(path, options);
}

/// A folder of the variant with random weights.
void write(const Variant& v, const TemporaryDirectory& folder) {
  const std::string text = "{\"model_type\":\"" + v.type + "\"," + sizes + v.more + "}";
  folder.write("config.json", text);
  folder.write("model.safetensors", support::TensorFile().add("x", {1}, {1}).file());
  const auto family = unwrap(detail::find_family<AllFamilies>(Checkpoint::open(folder.path())));
  const auto as_floats = [](Role) { return support::Stored::f32; };
  support::write_folder(folder, text,
                        support::random_tensors(family.spec, {family.names, family.prefix}, as_floats, {}));
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_family_in_every_precision) {
  for (const Variant& v : variants()) {
    const TemporaryDirectory folder;
    write(v, folder);
    const std::string path = folder.path().string();
    const auto tokens = support::some_tokens(9, 64);
    const auto exact = outputs(load<Reference>(path, ""), tokens);
    for (const char* dtype : {"", "bf16", "int8", "nf4"}) {
      const auto model = load<Cpu>(path, dtype);
      const auto found = outputs(model, tokens);
      BOOST_TEST(apart(outputs(load<Reference>(path, dtype), tokens), found) < 1e-5f, v.type << v.more << dtype);
      // Rounded weights give other numbers, and not quite other ones; which experts are chosen may change.
      const bool routed = v.type.find("moe") != std::string::npos || v.type == "mixtral";
      const float bound = *dtype == 0 ? 1e-5f : routed ? 3.0f : *dtype == 'n' ? 2.0f : 0.15f;
      BOOST_TEST(apart(exact, found) < bound, v.type << v.more << dtype);
      BOOST_TEST((*dtype == 0 || found != exact), v.type << v.more << dtype);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_saved_loads_again_and_takes_what_was_foretold) {
  for (const Variant& v : variants()) {
    const TemporaryDirectory folder, saved;
    write(v, folder);
    const auto model = load<Reference>(folder.path().string(), "int8");
    model.save_pretrained(saved.path().string());
    const auto tokens = support::some_tokens(7, 64);
    BOOST_TEST((outputs(load<Reference>(saved.path().string(), ""), tokens) == outputs(model, tokens)),
               v.type << v.more);
    const auto foretold = unwrap(memory_footprint(Checkpoint::open(folder.path()), {.dtype = "int8"}));
    const auto size = std::filesystem::file_size(saved / "model.safetensors");
    BOOST_TEST(double(foretold.file) < 1.1 * double(size), v.type << v.more);
    BOOST_TEST(double(foretold.file) > 0.9 * double(size), v.type << v.more);
  }
}

BOOST_AUTO_TEST_CASE(layers_of_gpt_neo_in_either_notation) {
  const auto read = [](const std::string& layers) -> std::pair<ModelSpec, std::string> {
    const std::string text = std::string("{\"hidden_size\":32,\"num_heads\":4,\"num_layers\":5,") + layers + "}";
    const auto json = JsonDocument::parse(text, "config.json");
    const JsonConfig config(json->root());
    const ModelSpec spec = families::GptNeo::spec(config);
    return {spec, config.faults() ? config.faults()->message() : ""};
  };
  const auto flat = read(R"("attention_layers":["global","local","global","local","local"])");
  BOOST_TEST(flat.second == "");
  BOOST_TEST((read(R"("attention_types":[[["global","local"],2],[["local"],1]])").first == flat.first));
  BOOST_TEST((read(R"("attention_types":null)").first != flat.first));
  for (const char* wrong : {"[[[\"global\"],4]]", "[[[\"global\"],6]]", "[[[],9000000000000000000]]",
                            "[[\"global\",5]]", "[[[\"near\"],5]]", "[5]", "7"})
    BOOST_TEST(read(std::string("\"attention_types\":") + wrong).second.find("attention_types: expected [[[") !=
               std::string::npos, wrong);
}

BOOST_AUTO_TEST_CASE(images_of_every_family) {
  for (const Variant& v : variants()) {
    const TemporaryDirectory folder;
    write(v, folder);
    const auto model = load<Reference>(folder.path().string(), "");
    const std::size_t bytes = image_bytes<Model<Reference>>(model.spec());
    const auto memory = std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1);
    auto* const image = reinterpret_cast<std::byte*>(memory.get());
    write_image(model, image);
    Model<Reference>::Weights weights;
    BOOST_REQUIRE(!read_image<Model<Reference>>(model.spec(), {image, bytes}, weights));
    const Model<Reference> read(FromConfig{model.spec()}, {}, std::move(weights));
    const auto tokens = support::some_tokens(5, 64);
    BOOST_TEST((outputs(read, tokens) == outputs(model, tokens)), v.type << v.more);
  }
}

BOOST_AUTO_TEST_SUITE_END()
