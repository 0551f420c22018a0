#include "skald/spec/model_spec.hpp"

#include <boost/test/unit_test.hpp>

#include "support/specs.hpp"

BOOST_AUTO_TEST_SUITE(spec_model_spec)

using namespace skald;

BOOST_AUTO_TEST_CASE(kinds_and_widths) {
  ModelSpec s = support::small_spec();
  BOOST_TEST(s.decoder.kinds_used() == 1);
  BOOST_TEST(s.decoder.kv_width() == 12);
  BOOST_TEST(s.decoder[0].attention.q_width() == 24);
  s.decoder.kind_of[1] = 2;
  s.decoder.kinds[2].attention.kv_heads = 4;
  BOOST_TEST(s.decoder.kinds_used() == 3);
  BOOST_TEST(&s.decoder[1] == &s.decoder.kinds[2]);
  BOOST_TEST(s.decoder.kv_width() == 24);  // of the widest
  s.decoder.layers = 1;
  BOOST_TEST(s.decoder.kinds_used() == 1);
}

BOOST_AUTO_TEST_CASE(layers_may_share_weights) {
  StackSpec stack = support::small_spec().decoder;
  stack.layers = 5;
  BOOST_TEST(stack.weight_layers() == 5);
  BOOST_TEST(stack.weights_index(3) == 3);
  stack.own_weights = false;
  BOOST_TEST(stack.weight_layers() == 1);
  stack.weights_of[2] = stack.weights_of[3] = 1;
  BOOST_TEST(stack.weight_layers() == 2);
  BOOST_TEST(stack.weights_index(3) == 1);
  BOOST_TEST(stack.weights_index(4) == 0);
}

BOOST_AUTO_TEST_CASE(which_stack_which_width_how_many_rows) {
  ModelSpec s = support::small_spec();
  BOOST_TEST(&s.stack() == &s.decoder);
  BOOST_TEST(!s.encoder_only());
  BOOST_TEST(s.embedding_width() == 24);
  s.embedding_size = 8;
  BOOST_TEST(s.embedding_width() == 8);
  BOOST_TEST(s.head_rows() == 50);
  s.decoder_vocab_size = 60;
  BOOST_TEST(s.head_rows() == 60);
  s.head = HeadKind::masked_language;
  BOOST_TEST(s.head_rows() == 60);
  s.labels = 3;
  for (HeadKind kind : {HeadKind::sequence_class, HeadKind::token_class, HeadKind::question}) {
    s.head = kind;
    BOOST_TEST(s.head_rows() == 3);
  }
  s.head = HeadKind::none;
  BOOST_TEST(s.head_rows() == 0);
  const ModelSpec e = support::encoder_spec();
  BOOST_TEST(&e.stack() == &e.encoder);
  BOOST_TEST(e.encoder_only());
}

BOOST_AUTO_TEST_CASE(norms) {
  NormSpec n;
  for (NormKind kind : {NormKind::layer, NormKind::rms, NormKind::rms_plus_one}) {
    n.kind = kind;
    BOOST_TEST(n.has_weight());
  }
  n.kind = NormKind::layer_plain;
  BOOST_TEST(!n.has_weight());
  BlockSpec b;
  b.norms = attention_out | feed_forward_sum;
  for (NormAt at : {attention_in, attention_out, attention_sum, feed_forward_in, feed_forward_out, feed_forward_sum})
    BOOST_TEST(b.has(at) == (at == attention_out || at == feed_forward_sum));
}

BOOST_AUTO_TEST_SUITE_END()
