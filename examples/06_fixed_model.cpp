// The firmware way: the spec, every size and the weights are known at compile time. No heap after the start, no
// exceptions, no RTTI; this file is compiled with -fno-exceptions -fno-rtti. `skald embed` turned the folder into a
// header.
#include <skald/core.hpp>

#include <cstdlib>
#include <new>

#include "check.hpp"
#include "tales_260k_image.hpp"  // tales_260k::spec, Plan, ::image, ::tokenizer, made at build time

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

using Lm = Transformer<Bare, tales_260k::Plan, Fixed<tales_260k::spec>>;
constexpr auto make_rule() { return RepetitionPenalty{1.1f} | Temperature{0.8f} | TopK{40}; }
using Session = FixedSession<Lm, decltype(make_rule()), Multinomial, 256, 8, Int8Group>;

// One plan, checked before anything runs.
static_assert(memory_fits<Session, 128 * 1024>);

alignas(Session) std::byte room[sizeof(Session)];

}  // namespace

int main() {
  static Lm::Weights weights;
  check(!read_image<Lm>(tales_260k::spec, tales_260k::image, weights), "the image fits the spec");
  const Lm lm(Fixed<tales_260k::spec>{}, Bare{}, weights, tales_260k::special_tokens);

  const std::size_t before = allocations;
  Session& session = *new (room) Session(lm, make_rule(), Multinomial{.seed = 1});
  token_id prompt[32];
  std::size_t length = 0;
  check(!tales_260k::tokenizer.encode("Once upon a time", prompt, length), "the prompt has tokens");
  check(!session.start(std::span(prompt).first(length), 64), "the prompt fits");
  std::size_t told = 0;
  Utf8Stream text;
  const auto write = [](std::string_view piece) { std::fwrite(piece.data(), 1, piece.size(), stdout); };
  while (!session.finished()) {
    check(!session.step(), "a step has no fault");
    for (; told < session.new_ids().size(); ++told)
      text.push(tales_260k::tokenizer.piece(session.new_ids()[told]), write);
  }
  text.finish(write);
  std::puts("");
  check(allocations == before, "no allocation after the start");
  check(told > 0, "tokens came");
  check(session.scratch_peak() <= Session::memory.scratch, "the plan holds");
  std::printf("image %zu bytes, cache %zu, scratch %zu, logits %zu\n", tales_260k::image.size(), Session::memory.cache,
              Session::memory.scratch, Session::memory.logits);
}
