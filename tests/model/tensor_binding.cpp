#include "skald/model/tensor_binding.hpp"

#include <boost/test/unit_test.hpp>

#include "skald/backend/cpu.hpp"
#include "skald/backend/reference.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/forward.hpp"
#include "support/matrices.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(model_tensor_binding)

using namespace skald;
using support::random_tensors;
using support::Stored;
using support::TemporaryDirectory;

namespace {

constexpr index_t rows = 5, cols = 50;  // blocks of 64 run over the ends of rows

const std::vector<float>& values() {
  static const std::vector<float> v = support::numbers(rows * cols, 3);
  return v;
}

/// The values as P stores them, and as it gives them back.
template <class P>
struct Encoded {
  std::vector<std::byte> bytes = std::vector<std::byte>(P::bytes(rows, cols));
  std::vector<float> numbers = std::vector<float>(rows * cols);
  explicit Encoded(const std::vector<float>& from = values()) {
    P::encode(support::reader(from, cols), rows, cols, bytes.data());
    for (index_t r = 0; r < rows; ++r)
      P::decode(P::parts(bytes.data(), rows, cols), cols, r, 0, &numbers[std::size_t(r * cols)], cols);
  }
};

template <class T>
StoredWeight dense(const std::vector<T>& from, StoredType type) {
  StoredWeight s;
  s.type = type;
  s.data = reinterpret_cast<const std::byte*>(from.data());
  s.rows = rows;
  s.cols = cols;
  return s;
}
StoredWeight stored_int8(const Encoded<int8>& e) {
  StoredWeight s;
  s.form = StoredForm::int8_rowwise;
  s.type = StoredType::i8;
  const auto parts = int8::parts(e.bytes.data(), rows, cols);
  s.data = parts.codes;
  s.row_absmax = parts.row_absmax;
  s.rows = rows;
  s.cols = cols;
  return s;
}
StoredWeight stored_nf4(const Encoded<nf4>& e) {
  StoredWeight s;
  s.form = StoredForm::four_bit;
  s.type = StoredType::u8;
  const auto parts = nf4::parts(e.bytes.data(), rows, cols);
  s.nf4 = true;
  s.data = parts.codes;
  s.code_book = parts.book;
  s.absmax = parts.absmax;
  s.rows = rows;
  s.cols = cols;
  return s;
}

/// What a slot of this set became: its precision, its numbers, and the bytes that were made for it.
struct Bound {
  std::string precision;  // or the error
  std::vector<float> numbers = std::vector<float>(rows * cols);
  std::size_t copied = 0;
};
template <class Set>
Bound bind(const StoredWeight& stored, std::string_view requested, bool quantisable = true) {
  HeapStorage<Reference> storage;
  WeightUpload<Reference> upload(Reference{}, storage);
  Weight<Set> slot;
  Bound out;
  const PrecisionRequest request{requested};
  const auto bound = bind_weight<Reference>(stored, {}, rows, cols, request, quantisable, slot, upload);
  for (const auto& b : storage.buffers) out.copied += b.size();
  if (!bound) {
    BOOST_TEST(!slot.present());
    BOOST_TEST(out.copied == 0u);
    out.precision = bound.error().message();
    return out;
  }
  out.precision = slot.precision();
  slot.visit([&](auto p, const auto& parts) {
    for (index_t r = 0; r < rows; ++r)
      decltype(p)::type::decode(parts, cols, r, 0, &out.numbers[std::size_t(r * cols)], cols);
  });
  return out;
}

template <class P>
void converts_to() {
  const Bound b = bind<AnyPrecision>(dense(values(), StoredType::f32), P::name);
  BOOST_TEST(b.precision == P::name);
  BOOST_TEST((b.numbers == Encoded<P>().numbers), P::name);
  BOOST_TEST(b.copied == (std::is_same_v<P, fp32> ? 0 : P::bytes(rows, cols)), P::name);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_conversion_is_what_encode_and_decode_say) {
  converts_to<fp32>();
  converts_to<fp16>();
  converts_to<bf16>();
  converts_to<int8>();
  converts_to<nf4>();
  converts_to<fp4>();
}

BOOST_AUTO_TEST_CASE(what_is_stored_and_what_is_asked_for) {
  const StoredWeight f32 = dense(values(), StoredType::f32);
  std::vector<bf16_t> halves;
  for (float v : values()) halves.push_back(to_bf16(v));
  const StoredWeight b16 = dense(halves, StoredType::bf16);
  const Encoded<int8> eight;
  const Encoded<nf4> four;
  const StoredWeight i8 = stored_int8(eight), n4 = stored_nf4(four);

  // As stored, where it lies.
  for (const StoredWeight& s : {f32, b16, i8, n4}) BOOST_TEST(bind<AnyPrecision>(s, "").copied == 0u);
  BOOST_TEST(bind<AnyPrecision>(b16, "").precision == "bf16");
  BOOST_TEST((bind<AnyPrecision>(i8, "").numbers == eight.numbers));
  BOOST_TEST((bind<AnyPrecision>(n4, "").numbers == four.numbers));
  BOOST_TEST((bind<OneOf<nf4, fp32>>(n4, "nf4").precision == "nf4"));
  BOOST_TEST((bind<OneOf<nf4, fp32>>(n4, "nf4").copied == 0u));
  // As stored, where the set lacks it: the first dense member.
  BOOST_TEST((bind<OneOf<int8, fp32, fp16>>(b16, "").precision == "fp32"));
  BOOST_TEST((bind<OneOf<int8, fp32, fp16>>(b16, "").numbers == Encoded<bf16>().numbers));
  // Quantised weights become dense ones when asked.
  BOOST_TEST((bind<AnyPrecision>(i8, "fp32").numbers == eight.numbers));
  BOOST_TEST(bind<AnyPrecision>(n4, "bf16").precision == "bf16");
  BOOST_TEST((bind<AnyPrecision>(n4, "bf16").numbers == Encoded<bf16>(four.numbers).numbers));
  // But not other quantised ones, and never unasked.
  BOOST_TEST(bind<AnyPrecision>(i8, "nf4").precision == "expected nf4, found int8");
  BOOST_TEST(bind<AnyPrecision>(n4, "fp4").precision == "expected fp4, found nf4");
  BOOST_TEST(bind<AnyPrecision>(n4, "int8").precision == "expected int8, found nf4");
  BOOST_TEST((bind<OneOf<nf4, fp32>>(i8, "").precision == "expected one of nf4, fp32, found int8"));
  BOOST_TEST((bind<OneOf<fp32>>(f32, "bf16").precision == "expected bf16, found F32"));
  // Skipped modules, and sets without the precision, stay as stored.
  BOOST_TEST(bind<AnyPrecision>(f32, "int8", false).precision == "fp32");
  BOOST_TEST(bind<AnyPrecision>(b16, "int8", false).copied == 0u);
  BOOST_TEST(bind<AnyDense>(b16, "int8").precision == "bf16");
  BOOST_TEST(bind<AnyPrecision>(b16, "fp16", false).precision == "fp16");  // a dense request is for all
}

BOOST_AUTO_TEST_CASE(rows_of_a_fused_tensor_are_taken_in_every_precision) {
  constexpr index_t part = 3, first = 2;
  const auto check = [&](const StoredWeight& stored, const std::vector<float>& all, const char* requested) {
    HeapStorage<Reference> storage;
    WeightUpload<Reference> upload(Reference{}, storage);
    Weight<AnyPrecision> slot;
    const PrecisionRequest request{requested};
    BOOST_REQUIRE(bind_weight<Reference>(stored, {first, 0, 0}, part, cols, request, true, slot, upload));
    std::vector<float> taken(part * cols);
    slot.visit([&](auto p, const auto& parts) {
      for (index_t r = 0; r < part; ++r)
        decltype(p)::type::decode(parts, cols, r, 0, &taken[std::size_t(r * cols)], cols);
    });
    BOOST_TEST(std::equal(taken.begin(), taken.end(), all.begin() + first * cols), requested);
  };
  const Encoded<int8> eight;
  const Encoded<nf4> four;
  check(dense(values(), StoredType::f32), values(), "");
  check(stored_int8(eight), eight.numbers, "");
  check(stored_nf4(four), four.numbers, "");
  check(stored_nf4(four), four.numbers, "fp32");
}

BOOST_AUTO_TEST_CASE(the_modules_that_stay_dense) {
  const std::vector<std::string> skip{"lm_head", "layers.1", "model.layers.0.mlp.down_proj"};
  for (const char* left : {"lm_head", "decoder.lm_head", "model.layers.1.mlp.up_proj", "model.layers.0.mlp.down_proj"})
    BOOST_TEST(is_skipped(left, skip), left);
  for (const char* quantised :
       {"model.layers.0.mlp.up_proj", "model.layers.10.mlp.up_proj", "lm_head_two", "model.layers.11"})
    BOOST_TEST(!is_skipped(quantised, skip), quantised);
  BOOST_TEST(!is_skipped("lm_head", {}));
  BOOST_TEST(expand_name("h.{l}.e.{e}.w{l}", 12, 3) == "h.12.e.3.w12");
  BOOST_TEST(expand_name("wte", -1, -1) == "wte");
  BOOST_TEST(expand_name("group.{l}.layer.{i}", 5, -1, 3) == "group.1.layer.2");
}

namespace {

using Everything = Transformer<Reference, AnyPrecision, FromConfig>;

/// "nf4 nf4 ... fp32": the precision of every matrix, in order, and a comparison of its numbers.
class Listed {
 public:
  void layer(int l) { layer_ = l; }
  template <class Set>
  void matrix(Role role, int expert, index_t n, index_t width, Weight<Set>& slot) {
    text.append(text.empty() ? "" : " ").append(slot.precision());
    slot.visit([&](auto p, const auto& parts) {
      using P = typename decltype(p)::type;
      std::vector<std::byte> bytes(P::bytes(n, width));
      P::encode(
          [&](index_t r, index_t c, float* out, index_t count) {
            for (index_t i = 0; i < count; ++i)
              out[i] = support::RandomWeights{}.matrix(role, layer_, expert, r, c + i, width);
          },
          n, width, bytes.data());
      std::vector<float> expected(std::size_t(width), 0.0f), found(expected);
      for (index_t r = 0; r < n; ++r) {
        P::decode(P::parts(bytes.data(), n, width), width, r, 0, expected.data(), width);
        P::decode(parts, width, r, 0, found.data(), width);
        equal = equal && expected == found;
      }
    });
  }
  void vector(Role role, int expert, VectorPart part, index_t n, const float*& slot) {
    for (index_t i = 0; i < n; ++i)
      equal = equal && slot[i] == support::RandomWeights{}.vector(role, layer_, expert, part, i);
  }
  std::string text;
  bool equal = true;

 private:
  int layer_ = -1;
};

template <class Model>
Listed listed(const Model& model) {
  typename Model::Weights weights = model.weights();
  Listed visitor;
  weights.visit(model.spec(), visitor);
  return visitor;
}

std::string seven(const std::string& each) {
  std::string text;
  for (int i = 0; i < 7; ++i) text.append(" ").append(each);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_model_is_converted_while_it_is_loaded) {
  const TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("llama", support::llama_fields),
                        random_tensors<families::Llama>(support::small_llama));
  for (const std::string dtype : {"", "fp32", "fp16", "bf16", "int8", "nf4", "fp4"}) {
    LoadOptions<Reference> options;
    options.dtype = dtype;
    const auto model = Everything::from_pretrained(folder.path().string(), options);
    const Listed found = listed(model);
    const std::string each = dtype.empty() ? "fp32" : dtype;
    BOOST_TEST(found.text == each + seven(each) + seven(each) + seven(each) + " " + each);
    BOOST_TEST(found.equal, dtype);
    const bool copied = !model.storage().buffers.empty();
    BOOST_TEST(copied == (each != "fp32"));
  }
  LoadOptions<Reference> skipping;
  skipping.dtype = "nf4";
  skipping.llm_int8_skip_modules = {"lm_head", "embed_tokens", "layers.1", "down_proj"};
  const auto model = Everything::from_pretrained(folder.path().string(), skipping);
  BOOST_TEST(listed(model).text ==
             "fp32 nf4 nf4 nf4 nf4 nf4 nf4 fp32" + seven("fp32") + " nf4 nf4 nf4 nf4 nf4 nf4 fp32 fp32");
  BOOST_TEST(listed(model).equal);

  // A plan of a quantised precision quantises the linears and leaves head and table.
  const auto planned = Transformer<Reference, int8, FromConfig>::from_pretrained(folder.path().string());
  BOOST_TEST(listed(planned).text == "fp32" + seven("int8") + seven("int8") + seven("int8") + " fp32");
  BOOST_TEST(listed(planned).equal);
}

namespace {

/// The caller's own threads: three of them, the last piece first.
class Backwards final : public Executor {
 public:
  index_t width() const override { return 3; }
  void run(index_t parts, Task task, void* context) override {
    most = std::max(most, parts);
    for (index_t part = parts; part-- > 0;) task(context, part, part % 3);
  }
  index_t most = 0;
};

/// The bytes that a large matrix becomes on a backend.
template <class B>
std::vector<std::byte> converted(const StoredWeight& s, std::string_view precision, bool double_quant,
                                 const B& backend) {
  HeapStorage<B> storage;
  WeightUpload<B> upload(backend, storage);
  Weight<AnyPrecision> slot;
  const auto bound =
      bind_weight<B>(s, {}, s.rows, s.cols, PrecisionRequest{precision, {}, double_quant}, true, slot, upload);
  BOOST_REQUIRE(bound && storage.buffers.size() == 1u);
  return {storage.buffers[0].data(), storage.buffers[0].data() + storage.buffers[0].size()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(any_number_of_threads_converts_to_the_same_bytes) {
  for (const auto& [n, width] : {std::pair<index_t, index_t>{301, 1003}, {1, 70001}, {2048, 64}}) {
    const std::vector<float> numbers = support::numbers(n * width, 5);
    StoredWeight s;
    s.data = reinterpret_cast<const std::byte*>(numbers.data());
    s.rows = n;
    s.cols = width;
    for (const char* precision : {"fp16", "bf16", "int8", "nf4", "fp4"})
      for (const bool double_quant : {false, true}) {
        const auto alone = converted(s, precision, double_quant, Reference{});
        const auto mine = std::make_shared<Backwards>();
        BOOST_TEST((converted(s, precision, double_quant, Cpu{.executor = mine}) == alone), precision);
        BOOST_TEST((mine->most > 1 || n == 1), precision);
        BOOST_TEST((converted(s, precision, double_quant, Cpu{.threads = 4}) == alone), precision);
      }
  }
}

BOOST_AUTO_TEST_CASE(fused_tensors_are_converted_whole) {
  const TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("gpt2", support::gpt2_fields),
                        random_tensors<families::Gpt2>(support::small_gpt2));
  LoadOptions<Reference> options;
  options.quantization_config = BitsAndBytesConfig{
      .load_in_4bit = true, .bnb_4bit_quant_type = "nf4", .bnb_4bit_use_double_quant = true};
  const auto model = Everything::from_pretrained(folder.path().string(), options);
  const auto& a = model.weights().blocks[1].attention;
  const auto parts_of = [](const auto& linear) {
    FourBitParts parts;
    linear.weight.visit([&](auto, const auto& p) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(p)>, FourBitParts>) parts = p;
    });
    return parts;
  };
  const FourBitParts q = parts_of(a.query), k = parts_of(a.key), v = parts_of(a.value);
  BOOST_TEST((q.codes && q.codes == k.codes && q.codes == v.codes && q.nested_absmax == v.nested_absmax));
  BOOST_TEST((q.rows == RowMap{0, 0, 0} && k.rows == RowMap{36, 0, 0} && v.rows == RowMap{72, 0, 0}));
  BOOST_TEST(model.storage().buffers.size() == 8u);  // two layers of c_attn, c_proj, c_fc, c_proj
  BOOST_TEST(listed(model).text == "fp32 fp32 nf4 nf4 nf4 nf4 nf4 nf4 nf4 nf4 nf4 nf4 nf4 nf4");
}

BOOST_AUTO_TEST_CASE(a_quantization_config_goes_by_transformers_rules) {
  const TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("llama", support::llama_fields),
                        random_tensors<families::Llama>(support::small_llama));
  const std::string path = folder.path().string();
  LoadOptions<Reference> options;
  const auto precisions = [&] { return listed(Everything::from_pretrained(path, options)).text; };
  options.quantization_config = BitsAndBytesConfig{.load_in_4bit = true};
  const std::string fp4_layers = seven("fp4") + seven("fp4") + seven("fp4");
  BOOST_TEST(precisions() == "fp32" + fp4_layers + " fp32");
  options.dtype = "bf16";  // what is left becomes this
  BOOST_TEST(precisions() == "bf16" + fp4_layers + " bf16");
  options.quantization_config->llm_int8_skip_modules = {"layers.1"};  // a list takes the head's protection away
  BOOST_TEST(precisions() == "bf16" + seven("fp4") + seven("bf16") + seven("fp4") + " fp4");
  options.quantization_config = BitsAndBytesConfig{.load_in_8bit = true};
  options.dtype = "";
  BOOST_TEST(precisions() == "fp32" + seven("int8") + seven("int8") + seven("int8") + " fp32");

  // The numbers are rounded to dtype before they are quantised, as transformers does.
  options.dtype = "bf16";
  const auto model = Everything::from_pretrained(path, options);
  const index_t n = 32;
  std::vector<float> rounded;
  for (index_t i = 0; i < n * n; ++i)
    rounded.push_back(to_float(to_bf16(support::RandomWeights{}.matrix(Role::query, 0, -1, i / n, i % n, n))));
  std::vector<std::byte> bytes(int8::bytes(n, n));
  int8::encode(support::reader(rounded, n), n, n, bytes.data());
  model.weights().blocks[0].attention.query.weight.visit([&](auto p, const auto& parts) {
    if constexpr (std::is_same_v<typename decltype(p)::type, int8>)
      BOOST_TEST(std::memcmp(parts.codes, bytes.data() + n * 4, std::size_t(n * n)) == 0);
    else BOOST_ERROR("not int8");
  });

  const auto said = [&] {
    const auto none = Everything::try_from_pretrained(path, options);
    return none ? std::string() : none.error().message();
  };
  options.dtype = "nf4";
  BOOST_TEST(said() == "dtype: expected float32, float16 or bfloat16 beside quantization_config, found nf4");
  options.dtype = "";
  options.llm_int8_skip_modules = {"lm_head"};
  BOOST_TEST(said() == "llm_int8_skip_modules: expected inside quantization_config, where there is one, found both");
  options.llm_int8_skip_modules.clear();
  options.quantization_config->load_in_4bit = true;
  BOOST_TEST(said() ==
             "quantization_config.load_in_4bit: expected only one of load_in_8bit and load_in_4bit, found both");
  options.quantization_config = BitsAndBytesConfig{.load_in_8bit = true};
  using Normal = Transformer<Reference, nf4, FromConfig>;
  const auto other = Normal::try_from_pretrained(path, options);
  BOOST_REQUIRE(!other);
  BOOST_TEST(other.error().message() ==
             "quantization_config: expected nf4 of a model of that type, found int8");
}

BOOST_AUTO_TEST_CASE(what_products_compute_in_is_the_callers_choice) {
  LoadOptions<Reference> options;
  // Query and table, with a star where they compute in bf16, a plus where in int8.
  constexpr const char* marks[] = {" ", "* ", "+ "};
  const auto chosen = [&](const std::string& path) {
    const auto model = Everything::from_pretrained(path, options);
    std::string text;
    const auto add = [&](const auto& weight) {
      weight.visit([&](auto p, const auto& parts) {
        text.append(decltype(p)::type::name).append(marks[int(detail::compute_type_of(parts))]);
      });
    };
    add(model.weights().blocks[0].attention.query.weight);
    add(model.weights().tokens);
    return text;
  };
  const std::string folders = SKALD_TEST_DATA "/models/";
  const std::string nested = folders + "llama_nf4_double", half = folders + "llama_bf16";
  BOOST_TEST(chosen(nested) == "nf4 bf16 ");  // the checkpoint's own bnb_4bit_compute_dtype is bfloat16
  BOOST_TEST(chosen(half) == "bf16 bf16 ");
  options.compute_dtype = "bfloat16";
  BOOST_TEST(chosen(nested) == "nf4* bf16* ");
  BOOST_TEST(chosen(half) == "bf16* bf16* ");
  BOOST_TEST(chosen(folders + "llama_fp16") == "fp16 fp16 ");
  options.dtype = "nf4";
  BOOST_TEST(chosen(half) == "nf4* nf4* ");  // converted
  options.dtype = "";
  options.compute_dtype = "int8";
  BOOST_TEST(chosen(half) == "bf16 bf16 ");
  BOOST_TEST(chosen(nested) == "nf4+ bf16 ");
  options.compute_dtype = "float32";
  options.quantization_config = BitsAndBytesConfig{.load_in_4bit = true, .bnb_4bit_quant_type = "nf4"};
  BOOST_TEST(chosen(half) == "nf4 bf16 ");
  options.quantization_config->bnb_4bit_compute_dtype = StoredType::bf16;
  BOOST_TEST(chosen(half) == "nf4* bf16 ");
  BOOST_TEST(chosen(nested) == "nf4* bf16 ");
  options.quantization_config->bnb_4bit_compute_dtype = StoredType::f16;
  BOOST_TEST(chosen(half) == "nf4 bf16 ");
  options = {};
  options.compute_dtype = "float16";
  const auto refused = Everything::try_from_pretrained(half, options);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().message() == "compute_dtype: expected float32, bfloat16 or int8, found float16");

  // Fixed by the type.
  using Fixed = FourBit<NormalFloat4, 64, false, ComputeType::bf16>;
  const auto fixed = Transformer<Reference, Fixed, FromConfig>::from_pretrained(nested);
  fixed.weights().blocks[0].attention.query.weight.visit(
      [](auto, const auto& parts) { BOOST_TEST((parts.compute == ComputeType::bf16)); });
}

BOOST_AUTO_TEST_CASE(many_precisions_in_one_file) {
  const auto stored = [](Role role) {
    switch (role) {
      case Role::token_embedding: return Stored::bf16;
      case Role::head: return Stored::f16;
      case Role::query: return Stored::int8;
      case Role::gate: return Stored::fp4;
      case Role::down: return Stored::f32;
      case Role::attention_in_norm:
      case Role::final_norm: return Stored::f32;
      default: return Stored::nf4;
    }
  };
  const TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("llama", support::llama_fields),
                        random_tensors<families::Llama>(support::small_llama, stored));
  const auto model = Everything::from_pretrained(folder.path().string());
  const std::string layer = " int8 nf4 nf4 nf4 fp4 nf4 fp32";
  const Listed found = listed(model);
  BOOST_TEST(found.text == "bf16" + layer + layer + layer + " fp16");
  BOOST_TEST(found.equal);
  BOOST_TEST(model.storage().buffers.size() == 0u);
  const auto tokens = support::some_tokens(7, 96);
  const auto logits = support::logits_of(model, tokens);
  BOOST_TEST(std::all_of(logits.begin(), logits.end(), [](float v) { return std::abs(v) < 100; }));

  // Dequantised, the same numbers; and so through the narrower set of a plan.
  LoadOptions<Reference> options;
  options.dtype = "fp32";
  const auto wide = Everything::from_pretrained(folder.path().string(), options);
  BOOST_TEST((support::logits_of(wide, tokens) == logits));
  using Narrow = Transformer<Reference, Plan<OneOf<int8, nf4, fp4, fp32>, OneOf<fp16>, OneOf<bf16>>, FromConfig>;
  BOOST_TEST((support::logits_of(Narrow::from_pretrained(folder.path().string()), tokens) == logits));
}

BOOST_AUTO_TEST_CASE(another_quantisation_than_the_files_is_refused) {
  const TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("llama", support::llama_fields),
                        random_tensors<families::Llama>(support::small_llama, [](Role role) {
                          return role == Role::up ? Stored::int8 : Stored::f32;
                        }));
  LoadOptions<Reference> options;
  options.dtype = "nf4";
  const auto model = Everything::try_from_pretrained(folder.path().string(), options);
  BOOST_REQUIRE(!model);
  BOOST_TEST(model.error().message() == "model.layers.0.mlp.up_proj.weight: expected nf4, found int8\n"
                                        "model.layers.1.mlp.up_proj.weight: expected nf4, found int8\n"
                                        "model.layers.2.mlp.up_proj.weight: expected nf4, found int8");
}

BOOST_AUTO_TEST_SUITE_END()
