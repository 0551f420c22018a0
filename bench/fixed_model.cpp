// Tokens a second of the firmware way beside the Cpu backend: one sequence of the model of 260,032 parameters, one
// thread, greedy, from its first token to the end of its context. Figures are the best of some rounds, by turns.
#include <skald/core.hpp>
#include <skald/cpu.hpp>
#include <skald/generation/generate.hpp>
#include <skald/model/pretrained.hpp>

#include <chrono>
#include <cstdio>
#include <memory>

namespace {

using namespace skald;

constexpr auto folder = SKALD_EXAMPLE_MODELS "/skald-tales-260k";
constexpr std::int32_t context = 256;

inline constexpr ModelSpec spec = spec_of<families::Llama>({
    {"vocab_size", 512}, {"hidden_size", 64}, {"intermediate_size", 172}, {"num_hidden_layers", 5},
    {"num_attention_heads", 8}, {"num_key_value_heads", 4}, {"head_dim", 8}, {"max_position_embeddings", context},
    {"rms_norm_eps", 1e-5}, {"tie_word_embeddings", true}});

constexpr token_id first[] = {0};

struct Best {
  const char* name;
  double tokens_per_second = 0;

  template <class F>
  void run(F&& f) {
    const auto start = std::chrono::steady_clock::now();
    const std::size_t tokens = f();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const double found = double(tokens) / took.count();
    tokens_per_second = found > tokens_per_second ? found : tokens_per_second;
  }
};

/// A model of P as a Cpu and a Bare have it: the same weights.
template <class P>
struct Pair {
  using Owner = Transformer<Cpu, Plan<OneOf<P>, OneOf<P>, OneOf<P>, P>>;
  using Tiny = Transformer<Bare, Plan<OneOf<P>>, Fixed<spec>>;
  template <class T>
  using Session = FixedSession<Tiny, Chain<>, Greedy, context, 8, T>;

  Owner owner = Owner::from_pretrained(folder, {.backend = Cpu{.threads = 1}});
  Tiny tiny{Fixed<spec>{}, Bare{}, fixed_weights(owner)};

  /// The slots of a model whose arch is fixed, pointing where those of `model` do.
  static typename Tiny::Weights fixed_weights(const Owner& model) {
    image.resize((image_bytes<Owner>(spec) + image_alignment) / sizeof(Line));
    auto* const bytes = reinterpret_cast<std::byte*>(image.data());
    write_image(model, bytes);
    typename Tiny::Weights weights;
    if (const Fault f = read_image<Tiny>(spec, {bytes, image_bytes<Owner>(spec)}, weights)) unwrap(Error(f));
    return weights;
  }
  static void unwrap(const Error& e) { std::fprintf(stderr, "%s\n", e.what()); }

  template <class T>
  std::size_t say(Session<T>& session) const {
    if (session.start(first)) return 0;
    while (!session.finished())
      if (session.step()) return 0;
    return session.new_ids().size();
  }

  struct alignas(image_alignment) Line {
    std::byte bytes[image_alignment];
  };
  static inline std::vector<Line> image;
};

template <class P>
void compare(int rounds) {
  const Pair<P> pair;
  Best cpu{"cpu"}, wide{"bare"}, narrow{"bare, int8 cache"};
  const auto of_floats = std::make_unique<typename Pair<P>::template Session<float>>(pair.tiny, chain(), Greedy{});
  const auto of_bytes = std::make_unique<typename Pair<P>::template Session<Int8Group>>(pair.tiny, chain(), Greedy{});
  const Prompts prompt{first[0]};
  const GenerateOptions options{.max_new_tokens = context - 1, .eos_token_id = std::vector<token_id>{}};
  for (int i = 0; i < rounds; ++i) {
    cpu.run([&] { return generate(pair.owner, prompt, chain(), Greedy{}, options).new_tokens(0).size(); });
    wide.run([&] { return pair.say(*of_floats); });
    narrow.run([&] { return pair.say(*of_bytes); });
  }
  for (const Best& best : {cpu, wide, narrow})
    std::printf("%-5s %-18s %8.0f tokens/s  %5.2f of cpu\n", P::name, best.name, best.tokens_per_second,
                best.tokens_per_second / cpu.tokens_per_second);
}

}  // namespace

int main() {
  const int rounds = 40;
  compare<int8>(rounds);
  compare<nf4>(rounds);
  compare<fp32>(rounds);
}
