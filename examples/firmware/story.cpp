// A language model tells a story on a device: no heap, no exceptions, no operating system. Every size is a constant, the
// weights are read where they lie, in flash say, and each token is shown as it comes.
#include <skald/core.hpp>

#include "device.hpp"
#include "tales_260k_image.hpp"  // made on the host from a folder: README.md

namespace {

using namespace skald;

using Lm = Transformer<Bare, Plan<OneOf<STORY_PRECISION>>, Fixed<tales_260k::spec>>;
constexpr auto make_rule() { return RepetitionPenalty{1.1f} | Temperature{0.8f} | TopK{40}; }
constexpr std::int32_t context = 256, chunk = 8;
using Session = FixedSession<Lm, decltype(make_rule()), Multinomial, context, chunk, Int8Group>;

// The budget is checked before anything runs.
static_assert(sizeof(Session) + 2 * sizeof(Lm) <= 128 * 1024, "the story must fit 128 KiB");

void write_number(std::uint32_t n, const char* then) {
  char digits[11] = {};
  char* at = digits + 10;
  do *--at = char('0' + n % 10);
  while (n /= 10);
  device::write(at);
  device::write(then);
}

void check(bool good, const char* what) {
  if (good) return;
  device::write("\nfirmware failed: ");
  device::write(what);
  device::write("\n");
  device::stop(1);
}

void check(const Fault& fault) { check(!fault, fault.what); }

// Pointers into the image. Not inlined: the room on the stack that a copy of them takes is free again behind it.
[[gnu::noinline]] const Lm& load() {
  static Lm::Weights weights;
  check(read_image<Lm>(tales_260k::spec, tales_260k::image, weights));
  SpecialTokens special;
  special.eos.push_back(tales_260k::eos);
  static const Lm lm(Fixed<tales_260k::spec>{}, Bare{}, weights, special);
  return lm;
}

[[gnu::noinline]] Session& begin() {
  static Session session(load(), make_rule(), Multinomial{.seed = 9});
  const token_id prompt[] = {tales_260k::bos};
  check(session.start(prompt, STORY_TOKENS));
  return session;
}

}  // namespace

int tell_story() {
  Session& session = begin();
  std::uint32_t told = 0, busy = 0;
  while (!session.finished()) {
    const std::uint32_t before = device::ticks();
    check(session.step());
    busy += (device::ticks() - before) % device::tick_range;
    for (; told < session.new_ids().size(); ++told) device::write(tales_260k::piece(session.new_ids()[told]));
  }

  check(told > 0, "no token came");
  check(session.scratch_peak() <= Session::memory.scratch, "the plan of scratch does not hold");
  check(device::stack_used() <= device::stack_size(), "the stack overflowed");
  device::write("\n----\n");
  write_number(told, " tokens\n");
  write_number(busy, " ticks\n");
  write_number(device::stack_used(), " bytes of stack\n");
  return 0;
}
