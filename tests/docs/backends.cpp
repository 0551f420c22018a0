// The code of docs/backends.md.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "skald/cpu.hpp"
#include "skald/generation/generate.hpp"
#include "skald/model/pretrained.hpp"

BOOST_AUTO_TEST_SUITE(docs_backends)

using namespace skald;

namespace {

// [executor]
/// A job system of the program's own: here one thread that counts.
class CountingExecutor final : public Executor {
 public:
  index_t width() const override { return 1; }
  void run(index_t parts, Task task, void* context) override {
    for (index_t part = 0; part < parts; ++part) task(context, part, 0);
    done += parts;
  }
  std::atomic<index_t> done = 0;
};
// [/executor]

}  // namespace

BOOST_AUTO_TEST_CASE(threads_are_a_choice_at_load) {
  const std::string folder = SKALD_SOURCE_DIR "/examples/models/skald-tales-260k";
  const std::vector<token_id> prompt{0, 20, 30};
  // [load]
  auto two = Transformer<Cpu, fp32>::from_pretrained(folder, {.backend = {.threads = 2}});
  auto mine = std::make_shared<CountingExecutor>();
  auto own = Transformer<Cpu, fp32>::from_pretrained(folder, {.backend = {.executor = mine, .worth_threads = 0}});
  // [/load]
  const auto of = [&](const auto& lm) { return generate(lm, prompt, chain(), Greedy{}, {.max_new_tokens = 12}).sequences[0]; };
  BOOST_TEST((of(two) == of(own)));  // results do not depend on threads
  BOOST_TEST(mine->done > 0);
}

BOOST_AUTO_TEST_SUITE_END()
