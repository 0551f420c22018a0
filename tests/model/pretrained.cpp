#include "skald/model/pretrained.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/model/save_pretrained.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/forward.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(model_pretrained)

using namespace skald;
using support::config_text;
using support::logits_of;
using support::random_model;
using support::random_tensors;
using support::some_tokens;
using support::Stored;
using support::TemporaryDirectory;
using support::TensorFile;

namespace {

using Dense = Transformer<Reference, fp32, FromConfig>;

template <class Model>
std::size_t copied_bytes(const Model& m) {
  std::size_t n = 0;
  for (const auto& buffer : m.storage().buffers) n += buffer.size();
  return n;
}

template <class Model = Dense>
std::string refusal(const TemporaryDirectory& folder, const LoadOptions<Reference>& options = {}) {
  const auto model = Model::try_from_pretrained(folder.path().string(), options);
  return model ? "accepted" : model.error().message();
}

/// The folder of a family gives the bits of the same weights in memory, from where they lie in the file.
template <class Family>
void check_family(support::Fields fields, const ModelSpec& spec, std::string_view more = {}) {
  const TemporaryDirectory folder;
  support::write_folder(folder, config_text(Family::model_type, fields, more), random_tensors<Family>(spec));
  const Dense loaded = Dense::from_pretrained(folder.path().string());
  BOOST_TEST((loaded.spec() == spec), Family::model_type);
  BOOST_TEST(copied_bytes(loaded) == 0u, Family::model_type);
  // Biases that lie in groups of a fused one are gathered: a kernel takes them as one run of floats.
  const std::size_t grouped = spec == support::small_gpt_neox ? 2 * 3 : 0;
  BOOST_TEST(loaded.storage().vectors.size() == grouped, Family::model_type);
  if (spec.encoder_only()) return;
  const auto tokens = some_tokens(9, spec.vocab_size);
  BOOST_TEST((logits_of(loaded, tokens) == logits_of(random_model<Dense>(FromConfig{spec}), tokens)),
             Family::model_type);
}

/// Whether every weight of a model lies in one of the file's tensors.
class InsideFiles {
 public:
  explicit InsideFiles(const Checkpoint& checkpoint) : tensors_(checkpoint.tensors()) {}
  void layer(int) {}
  template <class Set>
  void matrix(Role, int, index_t, index_t, Weight<Set>& slot) {
    slot.visit([&](auto, const DenseParts& parts) { look(parts.data); });
  }
  void vector(Role, int, VectorPart, index_t, const float*& slot) { look(reinterpret_cast<const std::byte*>(slot)); }
  int inside = 0, outside = 0;

 private:
  void look(const std::byte* p) {
    for (const StoredTensor& t : tensors_)
      if (p >= t.bytes.data() && p < t.bytes.data() + t.bytes.size()) return void(++inside);
    ++outside;
  }
  std::span<const StoredTensor> tensors_;
};

const std::string llama_config = config_text("llama", support::llama_fields);

}  // namespace

BOOST_AUTO_TEST_CASE(every_family_loads_without_copies) {
  check_family<families::Llama>(support::llama_fields, support::small_llama);
  check_family<families::Gpt2>(support::gpt2_fields, support::small_gpt2);
  check_family<families::Gemma3Text>(support::gemma3_fields, support::small_gemma3);
  check_family<families::Mixtral>(support::mixtral_fields, support::small_mixtral);
  check_family<families::GptNeox>(support::gpt_neox_fields, support::small_gpt_neox);
  check_family<families::Bert>(support::bert_fields, support::small_bert);
  ModelSpec biased = support::small_llama;
  auto& b = biased.decoder.kinds[0];
  b.attention.qkv_bias = b.attention.out_bias = b.feed_forward.in_bias = b.feed_forward.out_bias = true;
  check_family<families::Llama>(support::llama_fields, biased, R"(,"attention_bias":true,"mlp_bias":true)");
}

BOOST_AUTO_TEST_CASE(views_lie_in_the_mapped_file) {
  const TemporaryDirectory folder;
  support::write_folder(folder, config_text("gpt2", support::gpt2_fields),
                        random_tensors<families::Gpt2>(support::small_gpt2));
  const Checkpoint checkpoint = Checkpoint::open(folder.path());
  const Dense model = unwrap(Pretrained<Dense>::try_from_checkpoint(checkpoint));
  Dense::Weights weights = model.weights();
  InsideFiles visitor(checkpoint);
  weights.visit(model.spec(), visitor);
  BOOST_TEST(visitor.outside == 0);
  BOOST_TEST(visitor.inside == 2 + 2 * 16 + 2);
  // q, k and v are the columns of one Conv1D.
  const auto& attention = model.weights().blocks[1].attention;
  const StoredTensor fused = *checkpoint.find("transformer.h.1.attn.c_attn.weight");
  attention.value.weight.visit([&](auto, const DenseParts& v) {
    BOOST_TEST(v.data == fused.bytes.data());
    BOOST_TEST(v.row_stride == 1);
    BOOST_TEST(v.col_stride == 3 * 36);
    BOOST_TEST(v.rows.first == 2 * 36);
  });
}

BOOST_AUTO_TEST_CASE(a_fixed_model_reads_the_folder_of_its_spec_only) {
  using Same = Transformer<Reference, fp32, Fixed<support::small_llama>>;
  const TemporaryDirectory folder;
  support::write_folder(folder, llama_config, random_tensors<families::Llama>(support::small_llama));
  const auto tokens = some_tokens(5, 96);
  BOOST_TEST((logits_of(Same::from_pretrained(folder.path().string()), tokens) ==
              logits_of(Dense::from_pretrained(folder.path().string()), tokens)));
  folder.write("config.json", config_text("llama", support::llama_fields, R"(,"rms_norm_eps":0.5)"));
  // A name twice: the last one counts in JSON, so the spec is another one now.
  BOOST_TEST(refusal<Same>(folder) == "config.json: describes another model than the spec this type is fixed to");
}

BOOST_AUTO_TEST_CASE(a_tied_head) {
  ModelSpec tied = support::small_llama;
  tied.tied = true;
  const std::string config = config_text("llama", support::llama_fields, R"(,"tie_word_embeddings":true)");
  const auto tokens = some_tokens(5, 96);
  const auto load = [&](const TensorFile& tensors) {
    const TemporaryDirectory folder;
    support::write_folder(folder, config, tensors);
    const Dense model = Dense::from_pretrained(folder.path().string());
    BOOST_TEST(copied_bytes(model) == 0u);
    return std::pair(logits_of(model, tokens), model.spec().tied);
  };
  const auto with_table = load(random_tensors<families::Llama>(tied));
  BOOST_TEST(with_table.second);
  BOOST_TEST((with_table.first == logits_of(random_model<Dense>(FromConfig{tied}), tokens)));

  // A file may hold the head and no table, or both and equal, or a head that differs: that one counts.
  TensorFile both = random_tensors<families::Llama>(support::small_llama);
  const auto head = load(both);
  BOOST_TEST(!head.second);
  BOOST_TEST((head.first == logits_of(random_model<Dense>(FromConfig{support::small_llama}), tokens)));
  TensorFile only_head = random_tensors<families::Llama>(tied);
  std::string table;
  for (const StoredTensor& t : only_head.tensors())
    if (t.name == "model.embed_tokens.weight")
      table.assign(reinterpret_cast<const char*>(t.bytes.data()), t.bytes.size());
  TensorFile equal = only_head;
  equal.add("lm_head.weight", StoredType::f32, {96, 32}, table);
  BOOST_TEST((load(equal) == with_table));
  only_head.remove("model.embed_tokens.weight").add("lm_head.weight", StoredType::f32, {96, 32}, table);
  BOOST_TEST((load(only_head) == with_table));
}

BOOST_AUTO_TEST_CASE(every_fault_of_a_file_at_once) {
  const TemporaryDirectory folder;
  TensorFile tensors = random_tensors<families::Llama>(support::small_llama);
  tensors.remove("model.layers.1.mlp.up_proj.weight").remove("model.norm.weight");
  tensors.remove("model.layers.2.self_attn.q_proj.weight");
  tensors.add("model.layers.2.self_attn.q_proj.weight", {32, 31}, std::vector<float>(32 * 31));
  tensors.remove("model.layers.0.input_layernorm.weight");
  tensors.add("model.layers.0.input_layernorm.weight", {33}, std::vector<float>(33));
  tensors.remove("lm_head.weight").add("lm_head.weight", StoredType::i32, {96, 32}, std::string(96 * 32 * 4, '\0'));
  support::write_folder(folder, llama_config, tensors);
  const auto model = Dense::try_from_pretrained(folder.path().string());
  BOOST_REQUIRE(!model);
  BOOST_TEST(model.error().message() ==
             "model.layers.0.input_layernorm.weight: expected [32], found [33] in model.safetensors\n"
             "model.layers.1.mlp.up_proj.weight: missing from the checkpoint\n"
             "model.layers.2.self_attn.q_proj.weight: expected [32, 32], found [32, 31] in model.safetensors\n"
             "model.norm.weight: missing from the checkpoint\n"
             "lm_head.weight: expected F32, F16 or BF16, found I32 in model.safetensors");
  BOOST_TEST(model.error().all().size() == 5u);
  BOOST_TEST((model.error().code() == FaultCode::mismatch));
}

BOOST_AUTO_TEST_CASE(models_that_are_not_known) {
  const TemporaryDirectory folder;
  support::write_folder(folder, config_text("lama", support::llama_fields),
                        random_tensors<families::Llama>(support::small_llama));
  std::string unknown = "config.json: model_type: expected one of ";
  AllFamilies::any([&](auto f) {
    unknown.append(decltype(f)::type::model_type).append(", ");
    return false;
  });
  unknown += "found lama";
  BOOST_TEST(unknown.find("albert, bert, bloom, cohere, distilbert") != std::string::npos);
  BOOST_TEST(refusal(folder) == unknown);
  folder.write("config.json", config_text("lama", support::llama_fields, R"(,"auto_map":{"AutoModel":"m.M"})"));
  BOOST_TEST(refusal(folder) == unknown +
                                    "; the checkpoint asks for Python code of its own (auto_map), which is never run: "
                                    "write a family in C++ instead, see docs/families.md");
  folder.write("config.json", "{}");
  BOOST_TEST(refusal(folder) == "config.json: model_type is missing: it names the architecture");
  folder.write("config.json", R"({"model_type":7})");
  BOOST_TEST(refusal(folder) == "config.json: model_type: expected a string, found 7");
  const TemporaryDirectory nothing;
  BOOST_TEST(refusal(nothing).find("config.json: No such file or directory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(special_tokens_come_from_either_config) {
  const TensorFile tensors = random_tensors<families::Llama>(support::small_llama);
  const auto special = [&](std::string_view config, const char* generation) {
    const TemporaryDirectory folder;
    support::write_folder(folder, config_text("llama", support::llama_fields, config), tensors);
    if (generation) folder.write("generation_config.json", generation);
    return Dense::from_pretrained(folder.path().string()).special_tokens();
  };
  const auto ids = [](const SpecialTokens& s) { return std::vector<token_id>(s.eos.begin(), s.eos.end()); };
  const auto none = special("", nullptr);
  BOOST_TEST((none.bos == -1 && none.pad == -1 && none.eos.empty()));
  const auto config = special(R"(,"bos_token_id":1,"eos_token_id":2,"pad_token_id":0)", nullptr);
  BOOST_TEST((config.bos == 1 && config.pad == 0));
  BOOST_TEST((ids(config) == std::vector<token_id>{2}));
  const auto both =
      special(R"(,"bos_token_id":1,"eos_token_id":2,"pad_token_id":0)", R"({"eos_token_id":[5,6],"bos_token_id":4})");
  BOOST_TEST((both.bos == 4 && both.pad == 0));
  BOOST_TEST((ids(both) == std::vector<token_id>{5, 6}));
  const auto odd = special(R"(,"bos_token_id":null,"eos_token_id":[1,"x",-3,1099511627776,7],"pad_token_id":-1)", "{}");
  BOOST_TEST((odd.bos == -1 && odd.pad == -1));
  BOOST_TEST((ids(odd) == std::vector<token_id>{1, 7}));
}

BOOST_AUTO_TEST_CASE(progress_is_told_of_every_tensor) {
  const TemporaryDirectory folder;
  support::write_folder(folder, llama_config, random_tensors<families::Llama>(support::small_llama));
  std::vector<std::pair<std::size_t, std::size_t>> heard;
  LoadOptions<Reference> options;
  options.progress_user = &heard;
  options.progress = [](void* user, std::size_t done, std::size_t total) {
    static_cast<decltype(heard)*>(user)->emplace_back(done, total);
  };
  Dense::from_pretrained(folder.path().string(), options);
  BOOST_REQUIRE(heard.size() == 3u * 9 + 3);
  for (std::size_t i = 0; i < heard.size(); ++i) BOOST_TEST((heard[i] == std::pair(i + 1, heard.size())));
}

BOOST_AUTO_TEST_CASE(a_dtype_that_no_set_of_the_plan_has_is_refused) {
  const TemporaryDirectory folder;
  support::write_folder(folder, llama_config, random_tensors<families::Llama>(support::small_llama));
  const auto asked = [&]<class DType>(std::type_identity<DType>, const char* dtype) {
    LoadOptions<Reference> options;
    options.dtype = dtype;
    return refusal<Transformer<Reference, DType, FromConfig>>(folder, options);
  };
  // The names of the plan's three sets, each once, in their order.
  constexpr std::type_identity<Plan<OneOf<int8, fp32>, OneOf<fp32>, OneOf<fp32, bf16>>> sets;
  BOOST_TEST(asked(sets, "") == "accepted");
  BOOST_TEST(asked(sets, "fp32") == "accepted");
  BOOST_TEST(asked(sets, "int8") == "accepted");
  BOOST_TEST(asked(sets, "nf4") == "dtype: expected int8, fp32 or bf16, found nf4");
  BOOST_TEST(asked(sets, "INT8") == "dtype: expected int8, fp32 or bf16, found INT8");
  BOOST_TEST(asked(sets, "float32") == "dtype: expected int8, fp32 or bf16, found float32");
  BOOST_TEST(asked(std::type_identity<OneOf<fp32, bf16>>{}, "fp16") == "dtype: expected fp32 or bf16, found fp16");
  // A precision that the type names is no choice any more.
  BOOST_TEST(asked(std::type_identity<int8>{}, "int8") == "accepted");
  BOOST_TEST(asked(std::type_identity<int8>{}, "fp32") == "dtype: expected int8, found fp32");
  BOOST_TEST(asked(std::type_identity<fp32>{}, "bf16") == "dtype: expected fp32, found bf16");
}

BOOST_AUTO_TEST_CASE(int8_with_a_scale_a_block_is_one_of_a_set) {
  const TemporaryDirectory folder, out;
  support::write_folder(folder, config_text("gpt_neox", support::gpt_neox_fields),
                        random_tensors<families::GptNeox>(support::small_gpt_neox));
  const std::string path = folder.path().string();
  using Model = Transformer<Reference, OneOf<fp32, int8, Int8<16>>, FromConfig>;
  const auto tokens = support::some_tokens(8, support::small_gpt_neox.vocab_size);
  const auto exact = support::logits_of(Model::from_pretrained(path), tokens);
  const auto apart = [&](const char* dtype) {
    LoadOptions<Reference> options;
    options.dtype = dtype;
    options.llm_int8_skip_modules = {"embed_in", "embed_out"};
    const Model model = Model::from_pretrained(path, options);
    BOOST_TEST(model.weights().blocks[0].attention.key.weight.precision() == std::string(dtype));  // of a fused tensor
    const auto logits = support::logits_of(model, tokens);
    double sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) sum += (logits[i] - exact[i]) * (logits[i] - exact[i]);
    return sum;
  };
  const double rows = apart("int8"), blocks = apart("int8_blocks");
  BOOST_TEST(blocks > 0);
  BOOST_TEST(blocks < 2 * rows);  // rows as short as these gain little
  // As the precision of a type; no checkpoint stores it.
  const auto model = Transformer<Reference, Int8<16>, FromConfig>::from_pretrained(path);
  BOOST_TEST(model.weights().blocks[1].feed_forward.down.weight.precision() == std::string("int8_blocks"));
  const auto saved = model.try_save_pretrained(out.path().string());
  BOOST_REQUIRE(!saved);
  BOOST_TEST((saved.error().code() == FaultCode::unsupported));
  BOOST_TEST(saved.error().message().find("nf4 or fp4, which checkpoints have, found int8_blocks") != std::string::npos);
}

// What a config may say wrong, for every field that a family reads: an error with the field, and never a crash.
BOOST_AUTO_TEST_CASE(impossible_values_in_a_config) {
  struct Case {
    const char* type;
    support::Fields fields;
  };
  const Case cases[] = {{"llama", support::llama_fields},     {"gpt2", support::gpt2_fields},
                        {"gemma3_text", support::gemma3_fields}, {"mixtral", support::mixtral_fields},
                        {"gpt_neox", support::gpt_neox_fields}, {"bert", support::bert_fields},
                        {"mistral", support::llama_fields},   {"qwen2", support::llama_fields},
                        {"gemma2", support::llama_fields},    {"phi3", support::llama_fields},
                        {"cohere", support::llama_fields},    {"gptj", support::gpt2_fields}};
  const TemporaryDirectory folder;
  folder.write("model.safetensors", TensorFile().add("x", {1}, {1}).file());
  int asked = 0, refused_by_value = 0;
  for (const Case& c : cases)
    for (const ConfigField& f : c.fields) {
      const std::string name(f.name);
      for (const char* value : {"-1", "0", "7", "2147483647", "4294967296", "-2147483648", "1e300", "-0.5", "true",
                                "\"wide\"", "[]", "[8]", "{}", "null"}) {
        std::vector<ConfigField> others;
        for (const ConfigField& o : c.fields)
          if (o.name != f.name) others.push_back(o);
        folder.write("config.json", config_text(c.type, others, ",\"" + name + "\":" + value));
        const std::string message = refusal(folder);
        ++asked;
        BOOST_TEST(message != "accepted", c.type << " " << name << " " << value);
        if (message.starts_with("config.json: ")) ++refused_by_value;
        else
          BOOST_TEST(message.find("missing from the checkpoint") != std::string::npos,
                     c.type << " " << name << " " << value << ": " << message);
        const std::string_view v(value);
        if (v == "true" || v == "\"wide\"" || v == "[]" || v == "[8]" || v == "{}")
          BOOST_TEST(message.starts_with("config.json: " + name + ": expected "), c.type << " " << name << " " << value
                                                                                         << ": " << message);
      }
    }
  BOOST_TEST(asked == 14 * 106);
  BOOST_TEST(refused_by_value > asked / 2);
  const auto message_for = [&](const char* type, std::string_view more) {
    folder.write("config.json", config_text(type, {}, more));
    return refusal(folder);
  };
  BOOST_TEST(message_for("llama", R"(,"hidden_size":-64)") ==
             "config.json: spec.hidden_size: 1 to 2^24: expected 1, found -64");
  BOOST_TEST(message_for("llama", R"(,"head_dim":7)") ==
             "config.json: spec.ropes.dim: even, at most head_dim: expected 7, found 7");
  BOOST_TEST(message_for("gpt_neox", R"(,"rotary_pct":1e30)") ==
             "config.json: rotary_pct: expected 0 to 1, found 1e+30");
  BOOST_TEST(message_for("llama", R"(,"rope_parameters":{"partial_rotary_factor":-1})") ==
             "config.json: rope_parameters.partial_rotary_factor: expected 0 to 1, found -1");
  BOOST_TEST(message_for("llama", R"(,"num_hidden_layers":193)") ==
             "config.json: num_hidden_layers: expected 1 to 192 layers, found 193");
  BOOST_TEST(message_for("llama", R"(,"num_attention_heads":32,"num_key_value_heads":5)") ==
             "config.json: spec.attention.kv_heads: a divisor of heads: expected 32, found 5");
  BOOST_TEST(
      message_for("llama", R"(,"hidden_act":"glu","rms_norm_eps":"x")") ==
      "config.json: rms_norm_eps: expected a number, found \"x\"\n"
      "config.json: hidden_act: expected one of silu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, quick_gelu, relu, "
      "relu2, tanh, found \"glu\"");
  BOOST_TEST(message_for("llama", R"(,"rope_scaling":{"rope_type":"linear"})") ==
             "config.json: rope_scaling.factor: is required by this rope_type, found nothing");
  BOOST_TEST(message_for("gemma3_text", R"(,"layer_types":["full_attention"],"num_hidden_layers":2)") ==
             "config.json: layer_types: expected one entry a layer, found [\"full_attention\"]");
}

BOOST_AUTO_TEST_SUITE_END()
