// A language model tells a story on a device: no heap, no exceptions, no operating system. Every size is a constant, the
// weights are read where they lie, in flash say, and each token is shown as it comes.
#include <skald/core.hpp>

#include "device.hpp"
#include "tales_260k_image.hpp"  // `skald embed` makes it of a folder, on the host: README.md

namespace {

using namespace skald;

using Lm = Transformer<Bare, tales_260k::Plan, Fixed<tales_260k::spec>>;
constexpr auto make_rule() { return RepetitionPenalty{1.1f} | Temperature{0.8f} | TopK{40}; }
constexpr std::int32_t context = 256, chunk = 8;
using Session = FixedSession<Lm, decltype(make_rule()), Multinomial, context, chunk, Int8Group>;

constexpr std::string_view beginning = "Once upon a time";

// The budget is checked before anything runs.
static_assert(memory_fits<Session, 128 * 1024>);

void write_number(std::uint32_t n, const char* then) {
  char digits[10];
  std::size_t at = sizeof digits;
  do digits[--at] = char('0' + n % 10);
  while (n /= 10);
  device::write({digits + at, sizeof digits - at});
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
  static const Lm lm(Fixed<tales_260k::spec>{}, Bare{}, weights, tales_260k::special_tokens);
  return lm;
}

[[gnu::noinline]] Session& begin() {
  static Session session(load(), make_rule(), Multinomial{.seed = 9});
  token_id prompt[32];
  std::size_t length = 0;
  check(tales_260k::tokenizer.encode(beginning, prompt, length));
  check(session.start({prompt, length}, STORY_TOKENS));
  return session;
}

}  // namespace

int tell_story() {
  Session& session = begin();
  device::write(beginning);
  Utf8Stream text;
  std::uint32_t told = 0, busy = 0;
  while (!session.finished()) {
    const std::uint32_t before = device::ticks();
    check(session.step());
    busy += (device::ticks() - before) % device::tick_range;
    for (; told < session.new_ids().size(); ++told)
      text.push(tales_260k::tokenizer.piece(session.new_ids()[told]), device::write);
  }
  text.finish(device::write);

  check(told > 0, "no token came");
  check(session.scratch_peak() <= Session::memory.scratch, "the plan of scratch does not hold");
  check(device::stack_used() <= device::stack_size(), "the stack overflowed");
  device::write("\n----\n");
  write_number(told, " tokens\n");
  write_number(busy, " ticks\n");
  write_number(device::stack_used(), " bytes of stack\n");
  return 0;
}
