// A user's program, as short as can be: every library that skald needs is included and linked.
#include <skald/skald.hpp>

int main() {
  const auto tokenizer = skald::AutoTokenizer::try_from_pretrained("no such folder");
  const bool threads = skald::Cpu{.threads = 2}.queue().workers() == 2;
  return !tokenizer && !tokenizer.error().message().empty() && threads ? 0 : 1;
}
