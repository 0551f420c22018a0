// A family: what a config says, and what the tensors are called. No mathematics.
#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "skald/pipelines/auto_model.hpp"
#include "support/forward.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

namespace mine {

/// Alibi, one norm before each branch, a plain feed-forward with squared relu, a norm behind the embedding.
struct Parrot {
  static constexpr std::string_view model_type = "parrot", prefix = "bird.";
  static constexpr skald::TensorName names[] = {
      {skald::Role::token_embedding, "words"},
      {skald::Role::embedding_norm, "words_norm"},
      {skald::Role::attention_in_norm, "branch.{l}.listen_norm"},
      {skald::Role::query, "branch.{l}.listen.qkv", skald::Part::query_block},
      {skald::Role::key, "branch.{l}.listen.qkv", skald::Part::key_block},
      {skald::Role::value, "branch.{l}.listen.qkv", skald::Part::value_block},
      {skald::Role::attention_output, "branch.{l}.listen.out"},
      {skald::Role::feed_forward_in_norm, "branch.{l}.think_norm"},
      {skald::Role::up, "branch.{l}.think.up"},
      {skald::Role::down, "branch.{l}.think.down"},
      {skald::Role::final_norm, "last_norm"},
      {skald::Role::head, "beak"},
  };

  template <class C>
  static constexpr skald::ModelSpec spec(const C& c) {
    skald::ModelSpec s;
    s.vocab_size = c.field("words", 1000);
    s.hidden_size = c.field("width", 64);
    s.max_positions = c.field("memory", 128);
    s.norm = {skald::NormKind::layer, false, 1e-5f};
    s.embedding_norm = true;
    s.decoder.layers = c.field("branches", 2);
    skald::BlockSpec& b = s.decoder.kinds[0];
    b.attention.heads = c.field("ears", 4);
    if (b.attention.heads <= 0 || s.hidden_size % b.attention.heads != 0) {
      c.reject("ears", "expected a divisor of width");
      return s;
    }
    b.attention.kv_heads = b.attention.heads;
    b.attention.head_dim = s.hidden_size / b.attention.heads;
    b.attention.scale = skald::families::inverse_root(b.attention.head_dim);
    b.attention.position = skald::Position::alibi;
    b.feed_forward.kind = skald::FeedForward::plain;
    b.feed_forward.activation = skald::Activation::relu_squared;
    b.feed_forward.inner = 3 * s.hidden_size;
    return s;
  }
};

constexpr skald::ConfigField fields[] = {{"words", 50}, {"width", 24}, {"branches", 3}, {"ears", 3}};
inline constexpr skald::ModelSpec small = support::spec_from<Parrot>(fields);

}  // namespace mine

BOOST_AUTO_TEST_SUITE(seams_family)

BOOST_AUTO_TEST_CASE(a_family) {
  using namespace skald;
  const support::TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("parrot", mine::fields),
                        support::random_tensors<mine::Parrot>(mine::small));
  const std::string path = folder.path().string();

  using Lm = Transformer<Reference, fp32, FromConfig>;
  const auto lm = Lm::from_pretrained<Pretrained<Lm, FamilyList<mine::Parrot>>>(path);
  const auto tokens = support::some_tokens(9, 50);
  const auto logits = support::logits_of(lm, tokens);
  BOOST_TEST((logits == support::logits_of(support::random_model<Lm>(FromConfig{mine::small}), tokens)));

  using Fast = Transformer<Reference, fp32, Fixed<mine::small>>;
  BOOST_TEST(
      (support::logits_of(Fast::from_pretrained<Pretrained<Fast, FamilyList<mine::Parrot>>>(path), tokens) == logits));

  // Beside families of the library, in an auto class.
  using Auto = BasicAutoModelForCausalLM<Reference, FamilyList<mine::Parrot, families::Llama>>;
  const auto any = Auto::from_pretrained(path);
  BOOST_TEST((support::logits_of<Auto::Base>(any, tokens) == logits));

  folder.write("config.json", support::config_text("parrot", mine::fields, R"(,"ears":5)"));
  BOOST_TEST(Auto::try_from_pretrained(path).error().message() ==
             "config.json: ears: expected a divisor of width, found 5");
  folder.write("config.json", R"({"model_type":"crow"})");
  BOOST_TEST(Auto::try_from_pretrained(path).error().message() ==
             "config.json: model_type: expected one of parrot, llama, found crow");
}

BOOST_AUTO_TEST_SUITE_END()
