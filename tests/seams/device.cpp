// A device of one's own: memory that the host cannot read, and a queue that runs late (support/pretend_device.hpp). The
// whole model gives the bits of the plain backend on it.
#include <boost/test/unit_test.hpp>

#include "seams/lm.hpp"
#include "skald/logits/temperature.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/model/save_pretrained.hpp"
#include "support/forward.hpp"
#include "support/pretend_device.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(seams_device)

using namespace skald;
using seams::Tokens;
using support::Pretend;

namespace {

/// The device, with a flag that is set when a step was recorded and before it is waited for.
struct Interrupted : Pretend {
  static inline std::atomic<bool> cancel{false};
  static inline int steps = 0, at = -1;
  struct Kernels : Pretend::Kernels {
    template <class K, class... As>
    static void scale_logits(As&&... as) {
      Pretend::Kernels::scale_logits<K>(as...);
      if (++steps == at) cancel = true;
    }
  };
};

using Some = OneOf<fp32, int8, nf4>;
using OnDevice = Transformer<Interrupted, Some, FromConfig>;
using OnHost = Transformer<Reference, Some, FromConfig>;

/// The model at `path` on both; "nested" is nf4 with nested scales.
std::pair<OnDevice, OnHost> load_both(const std::string& path, const std::string& dtype) {
  LoadOptions<Interrupted> there;
  LoadOptions<Reference> here;
  if (dtype != "nested") there.dtype = here.dtype = dtype;
  else
    there.quantization_config = here.quantization_config = BitsAndBytesConfig{
        .load_in_4bit = true, .bnb_4bit_quant_type = "nf4", .bnb_4bit_use_double_quant = true};
  return {OnDevice::from_pretrained(path, there), OnHost::from_pretrained(path, here)};
}

void same_logits(const std::string& path, const std::string& dtype = "") {
  const auto [device, host] = load_both(path, dtype);
  const auto tokens = support::some_tokens(11, host.vocab_size());
  support::Forward late(device);
  BOOST_REQUIRE(!late.feed(late.cache.create(), tokens));
  BOOST_TEST((late.logits == support::logits_of(host, tokens)), path << " " << dtype);
  BOOST_TEST(!late.queue.overdrawn());
  BOOST_TEST(late.queue.mark() == 0u);
}

std::string golden(const char* name) { return std::string(SKALD_TEST_DATA "/models/").append(name); }

}  // namespace

BOOST_AUTO_TEST_CASE(every_model_gives_the_same_bits) {
  same_logits(golden("qwen2"));
  same_logits(golden("qwen2"), "int8");
  same_logits(golden("qwen2"), "nf4");
  same_logits(golden("qwen2"), "nested");
  same_logits(golden("gpt_neox"), "nested");  // fused: parts of one matrix
  same_logits(golden("gpt2_int8"));
  same_logits(golden("llama_nf4_double"));
  const auto folder_of = [](auto family, const char* type, support::Fields fields, const ModelSpec& spec) {
    const support::TemporaryDirectory folder;
    support::write_folder(folder, support::config_text(type, fields),
                          support::random_tensors<typename decltype(family)::type>(spec));
    same_logits(folder.path().string());
  };
  folder_of(std::type_identity<families::Gemma3Text>{}, "gemma3_text", support::gemma3_fields, support::small_gemma3);
  folder_of(std::type_identity<families::Mixtral>{}, "mixtral", support::mixtral_fields, support::small_mixtral);
  folder_of(std::type_identity<families::GptNeox>{}, "gpt_neox", support::gpt_neox_fields, support::small_gpt_neox);
}

BOOST_AUTO_TEST_CASE(it_is_saved_as_from_the_host) {
  const auto same_folder = [](const std::string& path, const std::string& dtype) {
    const auto [device, host] = load_both(path, dtype);
    const support::TemporaryDirectory there, here;
    device.save_pretrained(there.path().string());
    host.save_pretrained(here.path().string());
    for (const char* file : {"config.json", "model.safetensors"})
      BOOST_TEST((unwrap(read_text_file(there / file)) == unwrap(read_text_file(here / file))),
                 path << " " << dtype << " " << file);
  };
  for (const char* name : {"qwen2", "gpt2", "gpt_neox"})
    for (const char* dtype : {"", "int8", "nf4", "nested"}) same_folder(golden(name), dtype);
  for (const char* name : {"gpt2_int8", "llama_nf4_double", "llama_bf16"})
    for (const char* dtype : {"", "fp32"}) same_folder(golden(name), dtype);
  const support::TemporaryDirectory halves;  // Conv1D's matrices, converted
  support::write_folder(halves, support::config_text("gpt2", support::gpt2_fields),
                        support::random_tensors<families::Gpt2>(support::small_gpt2,
                                                                [](Role) { return support::Stored::f16; }));
  same_folder(halves.path().string(), "fp32");
}

BOOST_AUTO_TEST_CASE(encoders_too) {
  const support::TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("bert", support::bert_fields),
                        support::random_tensors<families::Bert>(support::small_bert));
  const auto device = OnDevice::from_pretrained(folder.path().string());
  const auto host = OnHost::from_pretrained(folder.path().string());
  const auto tokens = support::some_tokens(7, 60);
  const std::int32_t positions[] = {0, 1, 2, 0, 1, 2, 3}, types[] = {0, 0, 1, 0, 1, 1, 1};
  const Row rows[] = {{0, 0, 3, 0}, {1, 3, 4, 0}};
  const StepBatch batch{tokens, positions, rows, {}, types};
  std::vector<float> expected(9 * 24), found(9 * 24);
  auto host_queue = host.backend().queue();
  BOOST_REQUIRE(!host.encode(host_queue, batch, expected.data(), expected.data() + 7 * 24));
  auto queue = device.backend().queue();
  support::DeviceBuffer memory;
  BOOST_REQUIRE(!support::DeviceBuffer::allocate(9 * 24 * sizeof(float), memory));
  const auto to = support::DeviceSpace::cast<float>(memory.data());
  BOOST_REQUIRE(!device.encode(queue, batch, to, to + 7 * 24));
  queue.read(found.data(), to, 9 * 24);
  BOOST_TEST(queue.ran() == 0u);
  BOOST_REQUIRE(!queue.wait());
  BOOST_TEST((found == expected));
}

BOOST_AUTO_TEST_CASE(nothing_runs_before_it_is_waited_for) {
  const auto device = OnDevice::from_pretrained(golden("qwen2"));
  const auto host = OnHost::from_pretrained(golden("qwen2"));
  const auto tokens = support::some_tokens(9, 160);
  const auto expected = support::logits_of(host, tokens);
  support::Forward late(device);
  const SeqId s = late.cache.create();
  support::DeviceBuffer memory;
  BOOST_REQUIRE(!support::DeviceBuffer::allocate(160 * sizeof(float), memory));
  const auto to = support::DeviceSpace::cast<float>(memory.data());
  // Three steps are recorded before any runs; what they were told dies at once, and scratch grows between them.
  const index_t ends[] = {0, 1, 3, 9};
  for (int i = 0; i < 3; ++i) {
    StepBuilder step;
    Tokens part(tokens.begin() + ends[i], tokens.begin() + ends[i + 1]);
    step.add(late.cache, s, part, 1);
    BOOST_REQUIRE(!device.forward(late.queue, step.batch(), late.cache, to));
  }
  std::vector<float> found(160);
  late.queue.read(found.data(), to, 160);
  BOOST_TEST(late.queue.ran() == 0u);
  BOOST_TEST(found[0] == 0.0f);
  BOOST_REQUIRE(!late.queue.wait());
  BOOST_TEST(late.queue.pending() == 0u);
  BOOST_TEST(std::equal(found.begin(), found.end(), expected.end() - 160));
}

BOOST_AUTO_TEST_CASE(it_generates_the_same_tokens_in_every_way) {
  const auto device = OnDevice::from_pretrained(golden("qwen2"));
  const auto host = OnHost::from_pretrained(golden("qwen2"));
  const std::vector<Tokens> batch{seams::prompt, {1, 5}};
  const auto rule = chain(Temperature{0.8f});
  for (const GenerateOptions& options :
       {GenerateOptions{.max_new_tokens = 12},
        GenerateOptions{.max_new_tokens = 9, .num_beams = 3, .num_return_sequences = 2},
        GenerateOptions{.max_new_tokens = 12, .prompt_lookup_num_tokens = 3},
        GenerateOptions{.max_new_tokens = 5, .prefill_chunk_size = 2}}) {
    const auto there = generate(device, batch, rule, Greedy{}, options);
    const auto here = generate(host, batch, rule, Greedy{}, options);
    BOOST_TEST((there.sequences == here.sequences));
    BOOST_TEST((there.sequences_scores == here.sequences_scores));
    BOOST_TEST((there.beam_indices == here.beam_indices));
  }
}

BOOST_AUTO_TEST_CASE(cancelled_before_it_ran_everything_is_dropped) {
  const auto device = OnDevice::from_pretrained(golden("qwen2"));
  const auto make = [] {
    SequenceSettings settings;
    settings.max_length = 14;
    using Stop = decltype(stop_when());
    return std::tuple(SampleSearch<Chain<>, Greedy, Stop>(seams::prompt, chain(), {}, stop_when(), settings),
                      BeamSearch<Chain<>, Stop>({1, 5, 7}, chain(), stop_when(), settings, {3, 3}));
  };
  auto session = Session<OnDevice>::create(device, {64, 640});
  auto& queue = session.engine().queue();
  queue.cancel_on(&Interrupted::cancel);
  const auto run = [&](auto& both) {
    auto& [greedy, beams] = both;
    int cancelled = 0;
    while (!greedy.finished() || !beams.finished())
      if (const Fault f = session.step(greedy, beams)) {
        BOOST_REQUIRE(Error(f).message() == "wait: cancelled before the device ran");
        BOOST_TEST(queue.pending() == 0u);
        ++cancelled;
        Interrupted::cancel = false;
      }
    std::pair<Tokens, std::vector<Tokens>> said{{greedy.ids().begin(), greedy.ids().end()}, {}};
    for (const BeamHypothesis& h : beams.results()) said.second.push_back(h.ids);
    greedy.release(session.engine().cache());
    beams.release(session.engine().cache());
    return std::pair(cancelled, said);
  };
  Interrupted::steps = 0;
  auto whole = make();
  const auto expected = run(whole);
  BOOST_TEST(expected.first == 0);
  const int steps = Interrupted::steps;
  BOOST_TEST(steps >= 9);
  for (int at = 1; at <= steps; ++at) {
    Interrupted::steps = 0;
    Interrupted::at = at;
    auto both = make();
    const auto [cancelled, said] = run(both);
    BOOST_TEST(cancelled == 1);
    BOOST_TEST((said == expected.second), "cancelled at " << at << " of " << steps);
  }
}

BOOST_AUTO_TEST_SUITE_END()
