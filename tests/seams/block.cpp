// An arch with a block of other mathematics: a layer whose feed-forward is a bottleneck behind a norm of its own.
#include <boost/test/unit_test.hpp>

#include "skald/backend/reference.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "support/forward.hpp"
#include "support/random_folder.hpp"
#include "support/small_models.hpp"

namespace mine {

using skald::index_t;
using skald::Role;

constexpr Role squeeze = skald::user_role(0), stretch = skald::user_role(1), between = skald::user_role(2);
constexpr index_t narrow = 300;  // wider than what our own block would take

template <class Set>
struct Bottleneck {
  skald::SelfAttention<Set> attention;
  skald::Linear<Set> in, out;
  skald::NormWeights attention_norm, between_norm;

  static constexpr std::size_t scratch(const skald::ModelSpec& spec, const skald::BlockSpec& b, index_t tokens,
                                       index_t context, index_t workers) {
    return skald::block_scratch(spec, b, tokens, context, workers) + skald::scratch_bytes<float>(tokens * narrow);
  }

  template <class V>
  void visit(const skald::ModelSpec& spec, const skald::BlockSpec& b, V& v) {
    skald::visit_norm(v, Role::attention_in_norm, spec.norm, spec.hidden_size, attention_norm);
    attention.visit(spec, b.attention, v);
    skald::visit_linear(v, squeeze, narrow, spec.hidden_size, false, in);
    skald::visit_norm(v, between, spec.norm, narrow, between_norm);
    skald::visit_linear(v, stretch, spec.hidden_size, narrow, true, out);
  }

  /// x += attention(norm(x)); x += stretch(tanh(norm(squeeze(x)))).
  template <class Context, class Kind, class Rows>
  void forward(Context& c, Kind kind, int layer, const Rows& rows, typename Context::Matrix x) const {
    using K = typename Context::Kernels;
    skald::ScratchScope scope(c.q);
    const auto norm = skald::field<&skald::ModelSpec::norm>(c.spec());
    auto normed = c.take(x.rows, x.cols), result = c.take(x.rows, x.cols), inner = c.take(x.rows, narrow);
    K::template norm<K>(c.q, norm, attention_norm.weight, nullptr, 1, x, normed);
    attention.forward(c, skald::field<&skald::BlockSpec::attention>(kind), layer, rows, normed, result);
    K::template add<K>(c.q, result, 1.0f, x);
    K::template linear<K>(c.q, x, in.to(inner));
    K::template norm<K>(c.q, norm, between_norm.weight, nullptr, 1, inner, inner);
    K::template activate<K>(c.q, skald::Value<skald::Activation>{skald::Activation::tanh}, inner);
    K::template linear<K>(c.q, inner, out.to(result));
    K::template add<K>(c.q, result, 1.0f, x);
  }
};

/// The arch names the block; everything else is as read from the config.
struct Narrow : skald::FromConfig {
  template <class Set> using Block = Bottleneck<Set>;
};

struct Family : skald::families::Llama {
  static constexpr std::string_view model_type = "narrow_llama";
  static constexpr skald::TensorName names[] = {
      {Role::token_embedding, "embed_tokens"},       {Role::attention_in_norm, "layers.{l}.norm"},
      {Role::query, "layers.{l}.q"},                 {Role::key, "layers.{l}.k"},
      {Role::value, "layers.{l}.v"},                 {Role::attention_output, "layers.{l}.o"},
      {squeeze, "layers.{l}.squeeze"},               {between, "layers.{l}.between"},
      {stretch, "layers.{l}.stretch"},               {Role::final_norm, "norm"},
      {Role::head, "lm_head"}};
};

}  // namespace mine

BOOST_AUTO_TEST_SUITE(seams_block)

BOOST_AUTO_TEST_CASE(a_block_of_other_mathematics) {
  using namespace skald;
  using Lm = Transformer<Reference, fp32, mine::Narrow>;
  const ModelSpec& spec = support::small_llama;
  const auto tokens = support::some_tokens(7, 96);
  const auto lm = support::random_model<Lm>(mine::Narrow{{spec}});
  support::Forward forward(lm);
  BOOST_REQUIRE(!forward.feed(forward.cache.create(), tokens));
  const auto logits = forward.logits;
  BOOST_TEST(forward.queue.peak() <= lm.plan(7, 7, 7).scratch);
  BOOST_TEST(forward.queue.peak() > memory_plan(spec, 7, 7, 7).scratch);  // the plan asked the block

  // Token by token, the same bits; with another last layer, others.
  support::Forward steps(lm);
  const SeqId s = steps.cache.create();
  for (std::size_t i = 0; i < 7; ++i) {
    BOOST_REQUIRE(!steps.feed(s, std::span(tokens).subspan(i, 1)));
    BOOST_TEST(std::equal(steps.logits.begin(), steps.logits.end(), logits.begin() + index_t(i * 96)));
  }

  // From a folder whose tensors the family names.
  ModelWeights<plan_of_t<fp32>, mine::Narrow> slots;
  support::FolderWriter writer(spec, support::Names::of<mine::Family>(), {});
  slots.visit(spec, writer);
  const support::TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("narrow_llama", support::llama_fields),
                        writer.file([](Role) { return support::Stored::f32; }));
  const auto loaded = Lm::from_pretrained<Pretrained<Lm, FamilyList<mine::Family>>>(folder.path().string());
  BOOST_TEST((support::logits_of(loaded, tokens) == logits));
}

BOOST_AUTO_TEST_SUITE_END()
