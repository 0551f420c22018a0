// A backend that wraps a backend: it counts products and the bytes of weights they read. What it does not look at is
// the wrapped backend's own code.
#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/cpu.hpp"
#include "support/forward.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

namespace mine {

struct Counter {
  long products = 0;
  std::size_t bytes = 0;
};

/// Each queue reports to the observer that the backend object names.
template <class B, class Observer>
struct Observed : B {
  static constexpr const char* name = "observed";

  struct Queue : B::Queue {
    Queue(typename B::Queue q, Observer* o) : B::Queue(std::move(q)), observer(o) {}
    Observer* observer;
  };

  struct Kernels : B::Kernels {
    template <class K, class Q, class Space, class... Sets>
    static void linear(Q& q, skald::MatrixView<Space> x, const skald::Product<Sets, Space>&... products) {
      const auto count = [&](const auto& product) {
        ++q.observer->products;
        product.weight->visit([&](auto p, const auto&) {
          q.observer->bytes += decltype(p)::type::bytes(product.y.cols, x.cols);
        });
      };
      (count(products), ...);
      B::Kernels::template linear<K>(q, x, products...);
    }
  };

  Observer* observer = nullptr;
  Queue queue() const { return {B::queue(), observer}; }
};

template <class B>
std::vector<float> observed(B inner, Counter& counter, std::span<const skald::token_id> tokens) {
  using Wrapped = Observed<B, Counter>;
  using Lm = skald::Transformer<Wrapped, skald::bf16, skald::FromConfig>;
  return support::logits_of(support::random_model<Lm>({support::small_llama}, Wrapped{{inner}, &counter}), tokens);
}

}  // namespace mine

BOOST_AUTO_TEST_SUITE(seams_backend_wrapper)

BOOST_AUTO_TEST_CASE(a_backend_that_wraps_a_backend) {
  using namespace skald;
  static_assert(HeapBackend<mine::Observed<Cpu, mine::Counter>>);
  // What is not looked at is the same function.
  using Inside = mine::Observed<Reference, mine::Counter>;
  static_assert(&Inside::Kernels::add<ReferenceKernels, Inside::Queue, Host> ==
                &ReferenceKernels::add<ReferenceKernels, Inside::Queue, Host>);

  const auto tokens = support::some_tokens(5, 96);
  mine::Counter on_reference, on_cpu;
  const auto a = mine::observed(Reference{}, on_reference, tokens);
  const auto b = mine::observed(Cpu{.threads = 2}, on_cpu, tokens);
  for (const mine::Counter* c : {&on_reference, &on_cpu}) {
    BOOST_TEST(c->products == 3 * 7 + 1);
    BOOST_TEST(c->bytes == 2u * (3 * (2 * 32 * 32 + 2 * 16 * 32 + 3 * 72 * 32) + 96 * 32));
  }
  BOOST_TEST(
      (a == support::logits_of(support::random_model<Transformer<Reference, bf16, FromConfig>>({support::small_llama}),
                               tokens)));
  BOOST_TEST((b == support::logits_of(support::random_model<Transformer<Cpu, bf16, FromConfig>>({support::small_llama}),
                                      tokens)));
}

BOOST_AUTO_TEST_SUITE_END()
