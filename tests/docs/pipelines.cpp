// The code of docs/pipelines.md.
#include "skald/pipelines.hpp"

#include <boost/test/unit_test.hpp>

#include "pipelines/recorded.hpp"

// [own]
struct Echo {
  static skald::Result<Echo> try_from_pretrained(const std::filesystem::path&, const skald::AutoOptions<skald::Cpu>&) {
    return Echo{};
  }
  std::string operator()(std::string_view text) const { return std::string(text); }
};
template <>
struct skald::PipelineFor<"echo"> {
  template <class B, class Families>
  using type = Echo;
};
// [/own]

BOOST_AUTO_TEST_SUITE(docs_pipelines)

using namespace skald;

BOOST_AUTO_TEST_CASE(calls) {
  const std::string folder = recorded::folder("classes");
  std::string text = "great story";
  // [calls]
  auto classify = pipeline<"text-classification">(folder, {.torch_dtype = "bfloat16"});
  auto [label, score] = classify(text)[0];                               // one text: its labels, the best first
  auto all = classify(text, {.top_k = std::nullopt});                    // top_k=None
  auto many = classify({"A great story.", "A bad one."}, {.batch_size = 8});
  // [/calls]
  BOOST_TEST(label == all[0].label);
  BOOST_TEST(score == all[0].score);
  BOOST_TEST(all.size() == 3u);
  BOOST_TEST(many.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_task_of_your_own) { BOOST_TEST(pipeline<"echo">("")("hello") == "hello"); }

BOOST_AUTO_TEST_SUITE_END()
