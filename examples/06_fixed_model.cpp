// The firmware way: the spec, every size and the weights are known at compile time. No heap after the start, no
// exceptions, no RTTI; this file is compiled with -fno-exceptions -fno-rtti. make_image.cpp turned the folder into an
// array.
#include <skald/core.hpp>

#include <cstdlib>
#include <new>

#include "check.hpp"
#include "tales_260k_image.hpp"  // tales_260k::spec, ::image, ::eos, made at build time

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t n) {
  ++allocations;
  return std::malloc(n);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

using namespace skald;

using Lm = Transformer<Bare, Plan<OneOf<int8>>, Fixed<tales_260k::spec>>;
constexpr auto make_rule() { return RepetitionPenalty{1.1f} | Temperature{0.8f} | TopK{40}; }
using Session = FixedSession<Lm, decltype(make_rule()), Multinomial, 256>;

// One plan, checked before anything runs.
static_assert(Session::memory.total() <= 400 * 1024, "the session must fit 400 KiB");

alignas(Session) std::byte room[sizeof(Session)];

}  // namespace

int main() {
  static Lm::Weights weights;
  check(!read_image<Lm>(tales_260k::spec, tales_260k::image, weights), "the image fits the spec");
  SpecialTokens special;
  special.eos.push_back(tales_260k::eos);
  const Lm lm(Fixed<tales_260k::spec>{}, Bare{}, weights, special);

  const std::size_t before = allocations;
  Session& session = *new (room) Session(lm, make_rule(), Multinomial{.seed = 1});
  const token_id prompt[] = {tales_260k::bos};
  check(!session.start(prompt, 64), "the prompt fits");
  std::size_t told = 0;
  while (!session.finished()) {
    check(!session.step(), "a step has no fault");
    for (; told < session.new_ids().size(); ++told)
      std::fputs(tales_260k::piece(session.new_ids()[told]), stdout);
  }
  std::puts("");
  check(allocations == before, "no allocation after the start");
  check(told > 0, "tokens came");
  check(session.scratch_peak() <= Session::memory.scratch, "the plan holds");
  std::printf("image %zu bytes, cache %zu, scratch %zu, logits %zu\n", tales_260k::image.size(), Session::memory.cache,
              Session::memory.scratch, Session::memory.logits);
}
