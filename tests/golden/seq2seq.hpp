// Encoder-decoders: the encoder alone, logits behind given decoder tokens, what both halves' layers saw, losses,
// generate.
#pragma once
#include "encoder.hpp"
#include "files.hpp"
#include "generate.hpp"
#include "skald/pipelines/auto_model_for_seq2seq_lm.hpp"
#include "temporary_folder.hpp"

namespace golden {

template <class B>
using Seq2SeqModels = Models<B, skald::BasicAutoModelForSeq2SeqLM, skald::Seq2SeqFamilies>;

/// A tap that keeps what a decoder saw of its encoder, too.
template <class Space>
struct CrossRecording : Recording<Space> {
  std::deque<std::vector<float>> crossed;  ///< [tokens, heads, context of the encoder] a layer

  template <class Q>
  void cross_attention(Q& q, int, skald::MatrixView<Space> x) { Recording<Space>::copy(q, x, crossed.emplace_back()); }
};

/// Encodes a batch and runs the decoder over another, row for row: logits [tokens, vocabulary].
template <class M, class Read = skald::NoTap, class Written = skald::NoTap>
std::vector<float> teacher_forced(const M& model, skald::RaggedBatch source, skald::RaggedBatch target,
                                  Read&& read = {}, Written&& written = {}) {
  using B = typename M::Backend;
  typename M::template Cache<float> cache;
  const auto tokens = std::int32_t(target.tokens.size());
  const auto room = std::int64_t(target.rows.size()) * 16 + tokens;
  check(model.template allocate_cache<float>(tokens, room, cache), "cache");
  for (std::size_t i = 0; i < source.rows.size(); ++i)
    source.rows[i].sequence = target.rows[i].sequence = cache.create();
  typename M::Queue queue = model.backend().queue();
  check(model.encode(queue, source.step({}), cache, read), "encode");
  const Floats<B> logits(index_t(tokens) * model.vocab_size());
  const auto at = every(target.tokens.size());
  check(model.forward(queue, target.step(at), cache, logits.data(), written), "forward");
  return logits.read(queue);
}

/// What the decoder is given, as inputs of their own.
inline Inputs decoder_inputs(const Json& rows) {
  Inputs in;
  for (const Tokens& row : rows_of(rows)) {
    ++in.rows;
    in.cols = index_t(row.size());
    in.ids.insert(in.ids.end(), row.begin(), row.end());
  }
  return in;
}

template <class B>
void seq2seq_forward_case(const Fixture& f, Seq2SeqModels<B>& models, const std::string& name, const Json& entry,
                          const Inputs& in, const Choice& choice, Report& report) {
  using Space = typename B::Space;
  const Tolerance bound = choice.grade == Grade::fp32 ? Tolerance{1e-4} : hidden_tolerance(choice.grade);
  const auto& model = models.get(choice.dtype);
  const Inputs given = decoder_inputs(member(entry, "decoder_input_ids"));
  const auto source = skald::unpad(in.padded(), model.encoder().spec().position_count);
  const auto target = skald::unpad(given.padded(), model.spec().position_count);
  report.run(name, [&](Case& c) {
    logits_near(c, teacher_forced(model, source, target), at_places(f.tensor(member(entry, "logits"), 3), target, given),
                choice);
  });
  report.run(name + ".encoder_last_hidden_state", [&](Case& c) {
    typename B::Queue queue = model.backend().queue();
    const Floats<B> hidden(index_t(source.tokens.size()) * model.spec().hidden_size);
    check(model.encoder().encode(queue, source.step({}), hidden.data()), "encode");
    const Tensor expected = f.tensor(member(entry, "encoder_last_hidden_state"), 3);
    near_or_shown(c, "hidden", hidden.read(queue), at_places(expected, source, in), choice, bound);
  });
  const auto layers = [&](const char* key, auto&& seen, auto&& expected) {
    const auto names = entry.find(key);
    if (!names) return;
    report.run(name + "." + key, [&](Case& c) {
      CrossRecording<Space> read, written;
      teacher_forced(model, source, target, read, written);
      const auto& found = seen(read, written);
      const auto wanted = texts_of(*names);
      if (found.size() != wanted.size())
        malformed(std::to_string(wanted.size()) + " layers expected, " + std::to_string(found.size()) + " seen");
      for (std::size_t l = 0; l < wanted.size(); ++l)
        near_or_shown(c, wanted[l], found[l], expected(f.tensor(wanted[l])), choice, hidden_tolerance(choice.grade));
    });
  };
  const auto attention = [](const auto& queries, const Inputs& from, const auto& keys, const Inputs& to) {
    return [&](const Tensor& t) { return attention_at_places(t, queries, from, keys, to); };
  };
  layers("encoder_hidden_states", [](auto& r, auto&) -> auto& { return r.states; },
         [&](const Tensor& t) { return at_places(t, source, in); });
  layers("decoder_hidden_states", [](auto&, auto& w) -> auto& { return w.states; },
         [&](const Tensor& t) { return at_places(t, target, given); });
  layers("encoder_attentions", [](auto& r, auto&) -> auto& { return r.probabilities; },
         attention(source, in, source, in));
  layers("decoder_attentions", [](auto&, auto& w) -> auto& { return w.probabilities; },
         attention(target, given, target, given));
  layers("cross_attentions", [](auto&, auto& w) -> auto& { return w.crossed; }, attention(target, given, source, in));
}

template <class B>
void seq2seq_forward_cases(const Fixture& f, Seq2SeqModels<B>& models, const Options& o, Report& report) {
  const Json forward = member(f.root(), "forward");
  for (std::size_t i = 0; i < forward.size(); ++i) {
    const std::string label(forward.key(i));
    seq2seq_forward_case(f, models, "forward." + label, forward[i], f.inputs(label), choose(o, "auto", Grade::fp32),
                         report);
  }
}

/// `loss`: the decoder is given the labels behind its start token; those that do not count as padding.
template <class B>
void seq2seq_loss_case(const Fixture& f, Seq2SeqModels<B>& models, const Options& o, Report& report) {
  report.run("loss", [&](Case& c) {
    const Json entry = member(f.root(), "loss");
    const Choice choice = choose(o, "auto", Grade::fp32);
    const auto& model = models.get(choice.dtype);
    const Inputs in = f.inputs(text_of(member(entry, "inputs")));
    const Tokens labels = rows_of(member(entry, "labels")).at(0);
    const Tensor expected = f.tensor(member(entry, "logits"), 3);
    const auto& special = model.special_tokens();
    Tokens ids{special.decoder_start}, behind{0};
    for (const token_id label : labels) ids.push_back(label < 0 ? special.pad : label);
    // mBART has no start token here: the last token that is no padding moves to the front.
    const skald::JsonDocument config = unwrap(skald::read_json(f.folder() / "config.json", {.nan = true}));
    if (text_of(member(config.root(), "model_type")) == "mbart")
      ids[0] = *std::find_if(ids.rbegin(), ids.rend(), [&](token_id t) { return t != special.pad; });
    ids.pop_back();
    behind.insert(behind.end(), labels.begin(), labels.end());
    const Inputs given{1, index_t(ids.size()), ids, {}, {}, {}};
    const auto target = skald::unpad(given.padded(), model.spec().position_count);
    const auto logits =
        teacher_forced(model, skald::unpad(in.padded(), model.encoder().spec().position_count), target);
    logits_near(c, logits, at_places(expected, target, given), choice);
    Loss loss;
    loss.add(logits, model.vocab_size(), behind);
    if (choice.grade != Grade::fp32) c.skip("losses are recorded for fp32");
    c.near("loss", loss.mean(), number_of(member(entry, "loss")), score_tolerance.absolute);
  });
}

/// One top-level key of a seq2seq_lm.
template <class B>
void seq2seq_key(const Fixture& f, Seq2SeqModels<B>& models, const std::string& key, const Json& value,
                 const Options& o, Report& report) {
  if (key == "forward") return seq2seq_forward_cases(f, models, o, report);
  if (key == "loss") return seq2seq_loss_case(f, models, o, report);
  if (key == "warped") return warped_cases(f, report);
  if (key == "sampled") {
    for (std::size_t i = 0; i < value.size(); ++i) sampled_case(f, models, i, value[i], o, report);
    return;
  }
  if (key != "greedy" && key != "generate") return report.skip(key, "this program does not know the key");
  for (const Json& entry : elements(value))
    if (key == "greedy") greedy_case(f, models, entry, o, report);
    else generate_case(f, models, key, entry, o, report);
}

/// Heads for classes and questions: the decoder is given what the encoder is, one place later.
template <class B>
void seq2seq_head_cases(const Fixture& f, const B& backend, const Options& o, Report& report) {
  Models<B, skald::BasicAutoModel, skald::Seq2SeqFamilies> models(f.folder(), backend);
  const Choice choice = choose(o, "auto", Grade::fp32);
  const Tolerance bound = choice.grade == Grade::fp32 ? Tolerance{1e-4} : hidden_tolerance(choice.grade);
  const Json forward = member(f.root(), "forward");
  for (std::size_t i = 0; i < forward.size(); ++i)
    for (std::size_t k = 0; k < forward[i].size(); ++k) {
      const std::string label(forward.key(i)), key(forward[i].key(k));
      report.run("forward." + label + "." + key, [&](Case& c) {
        head_case(c, f, models.get(choice.dtype), key, forward[i][k], f.inputs(label), choice, bound);
      });
    }
}

/// As old_config_case.
template <class B>
void old_seq2seq_config_case(const Fixture& f, const B& backend, const Options& o, Report& report) {
  constexpr const char* old = "config.4.57.6.json";
  const std::string name = std::string("forward.single.") + old;
  if (!std::filesystem::exists(f.folder() / old) || !report.wanted(name)) return;
  const TemporaryFolder copy(f.folder());
  std::filesystem::rename(copy.path() / old, copy.path() / "config.json");
  Seq2SeqModels<B> models(copy.path(), backend), as_new(f.folder(), backend);
  const Choice choice = choose(o, "auto", Grade::fp32);
  seq2seq_forward_case(f, models, name, member(member(f.root(), "forward"), "single"), f.inputs("single"), choice,
                       report);
  report.run(name + ".spec", [&](Case& c) {
    const auto &a = as_new.get(choice.dtype), &b = models.get(choice.dtype);
    c.expect(a.spec() == b.spec() && a.encoder().spec() == b.encoder().spec(), "another ModelSpec");
  });
}

}  // namespace golden
