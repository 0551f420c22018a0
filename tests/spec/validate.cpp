#include "skald/spec/validate.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "skald/core/error.hpp"
#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(spec_validate)

using namespace skald;

namespace {

/// A spec, its first attention and its first feed-forward.
struct Parts {
  ModelSpec& s;
  AttentionSpec& a;
  FeedForwardSpec& f;
};

/// What is said of the small spec after a change.
template <class Change>
std::string said(Change change, ModelSpec s = support::small_spec()) {
  BlockSpec& b = s.decoder.layers ? s.decoder.kinds[0] : s.encoder.kinds[0];
  change({s, b.attention, b.feed_forward});
  const Fault f = validate(s);
  return f ? Error(f).message() : std::string();
}

template <class Change>
std::string of_experts(Change change) { return said(change, support::experts_spec()); }

}  // namespace

BOOST_AUTO_TEST_CASE(what_can_be_run) {
  BOOST_TEST(said([](Parts) {}) == "");
  BOOST_TEST(of_experts([](Parts) {}) == "");
  BOOST_TEST(said([](Parts) {}, support::encoder_spec()) == "");
  BOOST_TEST(said([](Parts m) { m.s.vocab_size = 1 << 24; }) == "");
  BOOST_TEST(said([](Parts m) { m.a.window = INT32_MAX; }) == "");
  BOOST_TEST(said([](Parts m) { m.s.embedding_size = 24; }) == "");
  BOOST_TEST(said([](Parts m) { m.s.embedding_size = 8; m.s.projection = Projection::after_norm; }) == "");
  BOOST_TEST(said([](Parts m) { m.a.position = Position::none; m.s.ropes[0].dim = 0; }) == "");
  static_assert(!validate(support::small_spec()));
}

BOOST_AUTO_TEST_CASE(sizes_of_the_model) {
  BOOST_TEST(said([](Parts m) { m.s.vocab_size = 0; }) == "spec.vocab_size: 1 to 2^24: expected 1, found 0");
  BOOST_TEST(said([](Parts m) { m.s.vocab_size = (1 << 24) + 1; }) ==
             "spec.vocab_size: 1 to 2^24: expected 16777216, found 16777217");
  BOOST_TEST(said([](Parts m) { m.s.hidden_size = -5; }) == "spec.hidden_size: 1 to 2^24: expected 1, found -5");
  BOOST_TEST(said([](Parts m) { m.s.hidden_size = INT32_MAX; }) ==
             "spec.hidden_size: 1 to 2^24: expected 16777216, found 2147483647");
  BOOST_TEST(said([](Parts m) { m.s.max_positions = 0; }) == "spec.max_positions: 1 to 2^24: expected 1, found 0");
  BOOST_TEST(said([](Parts m) { m.s.embedding_size = -1; }) == "spec.embedding_size: 0 to 2^24: expected 0, found -1");
  BOOST_TEST(said([](Parts m) { m.s.embedding_size = 8; }) ==
             "spec.embedding_size: without a projection, hidden_size: expected 24, found 8");
  BOOST_TEST(said([](Parts m) { m.s.position_offset = -1; }) ==
             "spec.position_offset: 0 to 2^24: expected 0, found -1");
  BOOST_TEST(said([](Parts m) { m.s.token_types = -1; }) == "spec.token_types: 0 to 2^24: expected 0, found -1");
  BOOST_TEST(said([](Parts m) { m.s.decoder_vocab_size = -1; }) ==
             "spec.decoder_vocab_size: 0 to 2^24: expected 0, found -1");
  BOOST_TEST(said([](Parts m) { m.s.labels = -1; }) == "spec.labels: 0 to 2^24: expected 0, found -1");
}

BOOST_AUTO_TEST_CASE(halves_of_an_encoder_decoder) {
  ModelSpec s = support::small_spec();
  s.position_table = PositionTable::sinusoidal;
  s.encoder = s.decoder;
  s.encoder.kinds[0].attention.causal = false;
  s.decoder.kinds[0].cross_attention = true;
  s.shared_embedding = false;
  s.decoder_vocab_size = 7;
  const ModelSpec read = encoder_half(s), written = decoder_half(s);
  BOOST_TEST(!validate(read, true));
  BOOST_TEST(!validate(written, true));
  BOOST_TEST(read.encoder_only());
  BOOST_TEST((read.head == HeadKind::none));
  BOOST_TEST(read.vocab_size == s.vocab_size);
  BOOST_TEST(written.vocab_size == 7);
  BOOST_TEST(written.head_rows() == 7);
  BOOST_TEST(bool(validate(written)));  // by itself it is no model
  ModelSpec blind = written, parallel = written, looks = read;
  blind.decoder.kinds[0].cross_attention = false;
  parallel.decoder.kinds[0].parallel = true;
  looks.encoder.kinds[0].cross_attention = true;
  for (const ModelSpec& wrong : {blind, parallel, looks}) BOOST_TEST((validate(wrong, true).code == FaultCode::unsupported));
}

BOOST_AUTO_TEST_CASE(what_is_not_done_yet) {
  BOOST_TEST(said([](Parts m) { m.s.position_table = PositionTable::sinusoidal; }) ==
             "spec.position_table: sinusoidal tables are made for EncoderDecoder only");
  for (const Pooling pooling : {Pooling::mean, Pooling::last_eos, Pooling::max})
    BOOST_TEST(said([&](Parts m) { m.s.pooling = pooling; }) ==
               "spec.pooling: only first_tanh, first and last are done yet");
  BOOST_TEST(said([](Parts m) { m.s.encoder = m.s.decoder; }) ==
             "spec: encoder and decoder together: expected an EncoderDecoder");
  BOOST_TEST(said([](Parts m) { m.s.decoder.kinds[0].cross_attention = true; }) ==
             "spec.cross_attention: of an EncoderDecoder's decoder, and only there");
  ModelSpec s = support::small_spec();
  s.encoder = s.decoder;
  BOOST_TEST((validate(s).code == FaultCode::unsupported));
  s.encoder.layers = 0;
  s.vocab_size = 0;
  BOOST_TEST((validate(s).code == FaultCode::invalid_argument));
}

BOOST_AUTO_TEST_CASE(heads) {
  const auto with = [](HeadKind head, Pooling pooling, int labels, const ModelSpec& from) {
    return said([&](Parts m) { m.s.head = head, m.s.pooling = pooling, m.s.labels = labels; }, from);
  };
  const ModelSpec decoder = support::small_spec(), encoder = support::encoder_spec();
  BOOST_TEST(with(HeadKind::none, Pooling::none, 0, decoder) == "");
  BOOST_TEST(with(HeadKind::sequence_class, Pooling::last, 3, decoder) == "");
  BOOST_TEST(with(HeadKind::token_class, Pooling::none, 3, decoder) == "");
  BOOST_TEST(with(HeadKind::question, Pooling::none, 2, encoder) == "");
  BOOST_TEST(with(HeadKind::masked_language, Pooling::none, 0, encoder) == "");
  BOOST_TEST(with(HeadKind::language, Pooling::none, 0, encoder) == "spec.head: an encoder has no language head");
  for (const HeadKind head : {HeadKind::masked_language, HeadKind::question})
    BOOST_TEST(with(head, Pooling::none, 2, decoder) ==
               "spec.head: a decoder has no head for masked words or questions");
  BOOST_TEST(with(HeadKind::sequence_class, Pooling::none, 3, encoder) ==
             "spec.pooling: sequence classes are told from first_tanh, first or last");
  BOOST_TEST(with(HeadKind::token_class, Pooling::none, 0, encoder) == "spec.labels: 1 to 2^24: expected 1, found 0");
}

BOOST_AUTO_TEST_CASE(layers_and_kinds) {
  BOOST_TEST(said([](Parts m) { m.s.decoder.layers = 0; }) == "spec.layers: 1 to 192: expected 1, found 0");
  BOOST_TEST(said([](Parts m) { m.s.decoder.layers = 193; }) == "spec.layers: 1 to 192: expected 192, found 193");
  BOOST_TEST(said([](Parts m) { m.s.decoder.layers = -1; }) == "spec.layers: 1 to 192: expected 1, found -1");
  BOOST_TEST(said([](Parts m) { m.s.encoder.layers = 200; }, support::encoder_spec()) ==
             "spec.layers: 1 to 192: expected 192, found 200");
  BOOST_TEST(said([](Parts m) { m.s.decoder.kind_of[1] = 4; }) == "spec.kinds: 1 to 4: expected 4, found 5");
  BOOST_TEST(said([](Parts m) { m.s.decoder.own_weights = false; m.s.decoder.weights_of[1] = 2; }) ==
             "spec.weights_of: at most the layer itself[1]: expected 1, found 2");
  // The second kind is looked at too, when a layer is of it.
  BOOST_TEST(said([](Parts m) { m.s.decoder.kinds[1].attention.heads = 0; }) == "");
  BOOST_TEST(said([](Parts m) { m.s.decoder.kinds[1].attention.heads = 0; m.s.decoder.kind_of[1] = 1; }) ==
             "spec.attention.heads: 1 to 2^24: expected 1, found 0");
}

BOOST_AUTO_TEST_CASE(attention) {
  BOOST_TEST(said([](Parts m) { m.a.heads = 0; }) == "spec.attention.heads: 1 to 2^24: expected 1, found 0");
  BOOST_TEST(said([](Parts m) { m.a.kv_heads = 0; }) == "spec.attention.kv_heads: 1 to 2^24: expected 1, found 0");
  BOOST_TEST(said([](Parts m) { m.a.head_dim = 0; }) == "spec.attention.head_dim: 1 to 2^24: expected 1, found 0");
  BOOST_TEST(said([](Parts m) { m.a.heads = 1 << 20; m.a.head_dim = 1 << 20; }) ==
             "spec.attention: heads * head_dim: 1 to 2^24: expected 16777216, found 1099511627776");
  BOOST_TEST(said([](Parts m) { m.a.kv_heads = 3; }) ==
             "spec.attention.kv_heads: a divisor of heads: expected 4, found 3");
  BOOST_TEST(said([](Parts m) { m.a.kv_heads = 8; }) ==
             "spec.attention.kv_heads: a divisor of heads: expected 4, found 8");
  BOOST_TEST(said([](Parts m) { m.a.window = -1; }) == "spec.attention.window: at least: expected 0, found -1");
}

BOOST_AUTO_TEST_CASE(relative_positions) {
  const auto with = [](int buckets, int distance) {
    return said([&](Parts m) {
      m.a.position = Position::relative;
      m.s.decoder.relative_buckets = buckets, m.s.decoder.relative_max_distance = distance;
    });
  };
  BOOST_TEST(with(32, 128) == "");
  BOOST_TEST(with(3, 128) == "spec.relative_buckets: 4 to 2^24: expected 4, found 3");
  BOOST_TEST(with(32, 16) == "spec.relative_max_distance: above relative_buckets / 2: expected 17, found 16");
}

BOOST_AUTO_TEST_CASE(ropes) {
  const std::string dim = "spec.ropes.dim: even, at most head_dim: expected 6, found ";
  BOOST_TEST(said([](Parts m) { m.s.ropes[0].dim = 0; }) == dim + "0");
  BOOST_TEST(said([](Parts m) { m.s.ropes[0].dim = 5; }) == dim + "5");
  BOOST_TEST(said([](Parts m) { m.s.ropes[0].dim = 8; }) == dim + "8");
  BOOST_TEST(said([](Parts m) { m.s.ropes[0].dim = -2; }) == dim + "-2");
  BOOST_TEST(said([](Parts m) { m.s.ropes[1].dim = 0; }) == "");
  BOOST_TEST(said([](Parts m) { m.s.ropes[1].dim = 0; m.a.rope = 1; }) == dim + "0");
  BOOST_TEST(said([](Parts m) { m.a.rope = 2; }) == "spec.attention.rope: 0 or 1: expected 1, found 2");
  BOOST_TEST(said([](Parts m) {
               m.a.head_dim = m.s.ropes[0].dim = 256;
               m.s.ropes[0].scaling = RopeScaling::longrope;
             }) == "");
  BOOST_TEST(said([](Parts m) {
               m.a.head_dim = m.s.ropes[0].dim = 258;
               m.s.ropes[0].scaling = RopeScaling::longrope;
             }) == "spec.ropes.long_factor: at most: expected 128, found 129");
}

BOOST_AUTO_TEST_CASE(feed_forward) {
  BOOST_TEST(said([](Parts m) { m.f.inner = 0; }) == "spec.feed_forward.inner: 1 to 2^24: expected 1, found 0");
  BOOST_TEST(said([](Parts m) { m.f.experts = -1; }) == "");  // there are none
  BOOST_TEST(of_experts([](Parts m) { m.f.experts = 0; }) ==
             "spec.feed_forward.experts: 1 to 4096: expected 1, found 0");
  BOOST_TEST(of_experts([](Parts m) { m.f.experts = 5000; }) ==
             "spec.feed_forward.experts: 1 to 4096: expected 4096, found 5000");
  BOOST_TEST(of_experts([](Parts m) { m.f.experts_per_token = 6; }) ==
             "spec.feed_forward.experts_per_token: 1 to experts: expected 5, found 6");
  BOOST_TEST(of_experts([](Parts m) { m.f.experts_per_token = 0; }) ==
             "spec.feed_forward.experts_per_token: 1 to experts: expected 1, found 0");
  BOOST_TEST(of_experts([](Parts m) { m.f.shared_inner = -1; }) ==
             "spec.feed_forward.shared_inner: 0 to 2^24: expected 0, found -1");
}

BOOST_AUTO_TEST_SUITE_END()
