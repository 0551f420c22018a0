// Reads the expected results in tests/golden/tokenizers (written by the reference) and compares. One line a difference.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "components.hpp"
#include "skald/text/step_stream.hpp"
#include "skald/text/tokenizer.hpp"
#include "skald/text/word_stream.hpp"

namespace golden {

inline std::vector<std::int64_t> integers(std::optional<skald::Json> json) {
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; json && i < json->size(); ++i) values.push_back((*json)[i].integer().value_or(-999));
  return values;
}

template <class T>
std::vector<std::int64_t> widened(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

inline std::vector<skald::token_id> ids(std::optional<skald::Json> json) {
  std::vector<skald::token_id> values;
  for (const std::int64_t value : integers(json)) values.push_back(skald::token_id(value));
  return values;
}

inline std::string text(std::optional<skald::Json> json) { return std::string(json->string().value()); }

inline std::string show(const std::vector<std::int64_t>& values) {
  std::string s;
  for (const std::int64_t value : values) s.append(std::to_string(value)).append(" ");
  return s;
}

/// "0101" in the file; left out when all are `otherwise`.
inline std::vector<std::int64_t> digits(std::optional<skald::Json> json, std::size_t n, std::int64_t otherwise) {
  if (!json) return std::vector<std::int64_t>(n, otherwise);
  std::vector<std::int64_t> values;
  for (const char c : text(json)) values.push_back(c - '0');
  return values;
}

/// Compares one folder; `report` gets a sentence for each difference, the result counts comparisons.
class Folder {
 public:
  Folder(const skald::Tokenizer& tokenizer, skald::Json expected, skald::Json texts,
         std::function<void(const std::string&)> report)
      : tok_(tokenizer), expected_(expected), texts_(texts), report_(std::move(report)) {}

  /// For folders class_*: what a class of transformers makes of its files.
  int run_class() {
    facts();
    hf_facts();
    each("texts", [&](skald::Json e, std::size_t) {
      const std::string input = text(e.find("text"));
      const auto got = tok_.try_encode(input);
      if (!got) return report_("[" + input + "]: " + got.error().message());
      if (!equal("[" + input + "] ids", integers(e.find("ids")), widened(got->ids))) return;
      equal("[" + input + "] offsets", integers(e.find("off")), flat(got->offsets));
      equal("[" + input + "] decode", text(e.find("dec")), *tok_.try_decode(got->ids));
      equal("[" + input + "] skip", text(e.find("skip")), *tok_.try_decode(got->ids, {.skip_special_tokens = true}));
    });
    each("pairs", [&](skald::Json e, std::size_t i) {
      const skald::Json pair = (*texts_.find("pairs"))[i];  // an empty second text is none to transformers
      const auto got = text(pair[1]).empty() ? tok_.try_encode(text(pair[0]))
                                             : tok_.try_encode_pair(text(pair[0]), text(pair[1]));
      equal("pair " + std::to_string(i), integers(e.find("input_ids")),
            got ? widened(got->ids) : std::vector<std::int64_t>{});
    });
    if (expected_.find("batch")) class_batch(*expected_.find("batch"));
    return compared_;
  }

  /// For a case of components_postprocessors.json: `single` for those texts, `pairs` for those of texts.json; the rest
  /// is truncated, with windows.
  int run_post_processor(skald::Json inputs) {
    const skald::Json pairs = *texts_.find("pairs");
    each("single", [&](skald::Json e, std::size_t i) { encoding(text(inputs[i]), std::nullopt, e); });
    each("pairs", [&](skald::Json e, std::size_t i) { encoding(text(pairs[i][0]), text(pairs[i][1]), e); });
    skald::EncodeOptions options{.truncation = true, .return_overflowing_tokens = true, .stride = 2, .max_length = 9};
    const auto pair = [&](std::string_view where, std::size_t i, skald::Json e) {
      const auto got = tok_.try_encode_pair(text(pairs[i][0]), text(pairs[i][1]), options);
      windows(std::string(where).append(" ").append(std::to_string(i)), got, e);
    };
    each("truncated", [&](skald::Json e, std::size_t i) {
      windows("truncated " + std::to_string(i), tok_.try_encode(text(inputs[6 + i]), options), e);
    });
    each("truncated_pairs", [&](skald::Json e, std::size_t i) { pair("truncated pair", i, e); });
    options.max_length = 40;
    options.stride = 3;
    if (expected_.find("truncated40_pair3")) pair("truncated to 40, pair", 3, *expected_.find("truncated40_pair3"));
    options.add_special_tokens = false;
    if (const auto e = expected_.find("truncated40_pair3_nospecial")) pair("without special tokens, pair", 3, *e);
    return compared_;
  }

  /// All that concerns tokenizer.json alone.
  int run() {
    facts();
    each("texts", [&](skald::Json e, std::size_t i) {
      const auto index = expected_.find("text_index");
      encoding(text((*texts_.find("texts"))[index ? std::size_t(*(*index)[i].integer()) : i]), std::nullopt, e);
    });
    each("own_texts", [&](skald::Json e, std::size_t) { encoding(text(e.find("text")), std::nullopt, e); });
    each("pairs", [&](skald::Json e, std::size_t i) {
      const skald::Json pair = (*texts_.find("pairs"))[i];
      encoding(text(pair[0]), text(pair[1]), e);
    });
    if (expected_.find("long_ids")) {
      const auto e = tok_.try_encode(text(texts_.find("long")));
      equal("long", integers(expected_.find("long_ids")), e ? widened(e->ids) : std::vector<std::int64_t>{});
    }
    each("decode", [&](skald::Json e, std::size_t i) {
      decoding("decode " + std::to_string(i), ids(e.find("ids")), e);
    });
    each("stream", [&](skald::Json e, std::size_t i) {
      stream("stream " + std::to_string(i), ids(e.find("ids")));
      recorded_pieces<skald::StepStream<skald::Tokenizer>>("stream " + std::to_string(i), e, "decode_stream");
    });
    if (expected_.find("split_special_tokens")) split_special();
    each("split", [&](skald::Json e, std::size_t i) {
      skald::EncodeOptions options = tok_.file_options();
      options.return_overflowing_tokens = true;
      windows("words " + std::to_string(i), tok_.try_encode_words(strings((*texts_.find("split"))[i]), options), e);
    });
    each("raw_batch", [&](skald::Json e, std::size_t i) { batch("batch " + std::to_string(i), e); });
    return compared_;
  }

  /// transformers' __call__; the tokenizer is that of the whole folder.
  int run_calls() {
    if (expected_.find("hf_facts")) hf_facts();
    each("calls", [&](skald::Json e, std::size_t i) { call("call " + std::to_string(i), e); });
    each("stream", [&](skald::Json e, std::size_t i) {
      recorded_pieces<skald::WordStream<skald::Tokenizer>>("stream " + std::to_string(i), e, "streamer");
    });
    each("texts", [&](skald::Json e, std::size_t i) {
      const std::string where = "text " + std::to_string(i);
      if (e.find("error")) return;
      const std::vector<skald::token_id> tokens = ids(e.find("ids"));
      const std::string plain = text(e.find("dec")), clean = e.find("clean") ? text(e.find("clean")) : plain;
      const std::string usual = e.find("hfdec") ? text(e.find("hfdec")) : plain;
      equal(where + " decode", usual, *tok_.try_decode(tokens));
      equal(where + " decode as it is", plain, *tok_.try_decode(tokens, {.clean_up_tokenization_spaces = false}));
      equal(where + " decode cleaned up", clean, *tok_.try_decode(tokens, {.clean_up_tokenization_spaces = true}));
      if (!e.find("hf")) return;
      const auto index = expected_.find("text_index");
      const auto input = (*texts_.find("texts"))[index ? std::size_t(*(*index)[i].integer()) : i];
      const auto encoded = tok_.try_encode(text(input));
      equal(where + " encode", integers(e.find("hf")), encoded ? widened(encoded->ids) : std::vector<std::int64_t>{});
    });
    return compared_;
  }

 private:
  static std::vector<std::int64_t> flat(const std::vector<skald::Offset>& offsets) {
    std::vector<std::int64_t> values;
    for (const skald::Offset& o : offsets) values.insert(values.end(), {o.start, o.end});
    return values;
  }

  /// What transformers knows of the tokenizer.
  void hf_facts() {
    const skald::Json hf = *expected_.find("hf_facts");
    const auto& config = tok_.config();
    named(hf, "bos", tok_.bos_token_id());
    named(hf, "eos", tok_.eos_token_id());
    named(hf, "unk", tok_.unk_token_id());
    named(hf, "pad", tok_.pad_token_id());
    named(hf, "sep", tok_.sep_token_id());
    named(hf, "cls", tok_.cls_token_id());
    named(hf, "mask", tok_.mask_token_id());
    equal("len", *hf.find("len")->integer(), std::int64_t(tok_.vocab_size()));
    const auto side = [](skald::Side s) { return std::string(s == skald::Side::left ? "left" : "right"); };
    equal("padding_side", text(hf.find("padding_side")), side(config.padding_side));
    equal("truncation_side", text(hf.find("truncation_side")), side(config.truncation_side));
    const auto length = hf.find("model_max_length")->integer();
    equal("model_max_length", length.value_or(-1), std::int64_t(config.model_max_length.value_or(-1)));
    std::vector<std::int64_t> special;
    for (const std::string& token : config.all_special_tokens())
      special.push_back(tok_.token_to_id(token).value_or(-1));
    equal("all_special_ids", integers(hf.find("all_special_ids")), special);
    const auto& processor = tok_.post_processor();
    equal("num_special_tokens_to_add", integers(hf.find("num_special")),
          std::vector<std::int64_t>{std::int64_t(processor.added_tokens(false)),
                                    std::int64_t(processor.added_tokens(true))});
  }

  /// The first texts of the pairs, padded; an error where there is no pad token.
  void class_batch(skald::Json e) {
    const skald::Json pairs = *texts_.find("pairs");
    std::vector<std::string_view> views;
    for (std::size_t i = 0; i < pairs.size(); ++i) views.push_back(*pairs[i][0].string());
    const auto got = tok_.try_encode_batch(views, {.padding = true});
    equal("batch is there", !e.find("error"), got.has_value());
    if (!got || e.find("error")) return;
    for (std::size_t i = 0; i < views.size(); ++i) {
      const std::string row = "batch row " + std::to_string(i);
      equal(row, integers((*e.find("input_ids"))[i]), widened((*got)[i].ids));
      equal(row + " mask", integers((*e.find("attention_mask"))[i]), widened((*got)[i].attention_mask));
      if (const auto types = e.find("token_type_ids"))
        equal(row + " types", integers((*types)[i]), widened((*got)[i].type_ids));
    }
  }

  void named(skald::Json facts, std::string_view name, std::optional<skald::token_id> got) {
    equal(std::string(name), (*facts.find(name))[1].integer().value_or(-1), std::int64_t(got.value_or(-1)));
  }

  template <class F>
  void each(std::string_view key, F f) {
    const auto list = expected_.find(key);
    for (std::size_t i = 0; list && i < list->size(); ++i) f((*list)[i], i);
  }

  void facts() {
    const auto facts = expected_.find("facts");
    if (!facts) return;
    equal("vocab_size", facts->find("vocab_size_with_added")->integer().value(), std::int64_t(tok_.vocab_size()));
    const skald::Json tokens = *facts->find("id_to_token_added");
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const auto id = skald::token_id(tokens[i][0].integer().value());
      equal("id_to_token " + std::to_string(id), text(tokens[i][1]), std::string(tok_.id_to_token(id).value_or("")));
    }
  }

  void encoding(const std::string& first, const std::optional<std::string>& second, skald::Json e) {
    const std::string where = "[" + first + (second ? "|" + *second : "") + "]";
    const auto encode = [&](const skald::EncodeOptions& options) {
      return second ? tok_.try_encode_pair(first, *second, options) : tok_.try_encode(first, options);
    };
    skald::EncodeOptions options = tok_.file_options();
    options.return_overflowing_tokens = true;
    const auto got = encode(options);
    if (e.find("error")) {
      equal(where + " fails", true, !got);
      return;
    }
    if (!got) return report_(where + ": " + got.error().message());
    if (!columns(where, *got, e)) return;
    const std::vector<std::int64_t> want = integers(e.find("ids"));
    const std::size_t n = want.size();
    const std::vector<std::int64_t> special = digits(e.find("sm"), n, 0);
    tokens(where, *got, e);
    const bool pair_of_a_length = second && (options.truncation || options.padding);
    options.add_special_tokens = false;
    const auto plain = encode(options);
    std::vector<std::int64_t> without;
    for (std::size_t i = 0; i < n; ++i) {
      if (special[i] == 0) without.push_back(want[i]);
    }
    if (!pair_of_a_length) equal(where + " plain", e.find("plain") ? integers(e.find("plain")) : without,
          plain ? widened(plain->ids) : std::vector<std::int64_t>{});
    if (e.find("dec")) decoding(where, got->ids, e);
    byte_offsets(where, *got, first, second);
  }

  /// An encoding and all windows behind it.
  void windows(const std::string& where, const skald::Result<skald::Encoding>& got, skald::Json e) {
    if (e.find("error")) {
      equal(where + " fails", true, !got);
    } else if (!got) {
      report_(where + ": " + got.error().message());
    } else {
      columns(where, *got, e);
    }
  }

  bool columns(const std::string& where, const skald::Encoding& got, skald::Json e) {
    const std::vector<std::int64_t> want = integers(e.find("ids"));
    const std::size_t n = want.size();
    if (!equal(where + " ids", want, widened(got.ids))) return false;
    if (e.find("off")) equal(where + " offsets", integers(e.find("off")), flat(got.offsets));
    if (e.find("w")) equal(where + " word_ids", integers(e.find("w")), widened(got.word_ids));
    equal(where + " special_tokens_mask", digits(e.find("sm"), n, 0), widened(got.special_tokens_mask));
    equal(where + " attention_mask", digits(e.find("am"), n, 1), widened(got.attention_mask));
    equal(where + " type_ids", digits(e.find("ty"), n, 0), widened(got.type_ids));
    const auto sequence = e.find("sq");
    equal(where + " sequence_ids", sequence ? integers(sequence) : std::vector<std::int64_t>(n, 0),
          widened(got.sequence_ids()));
    const auto of = e.find("of");
    equal(where + " windows", of ? of->size() : 0, got.overflowing.size());
    for (std::size_t i = 0; of && i < std::min(of->size(), got.overflowing.size()); ++i) {
      columns(where + " window " + std::to_string(i), got.overflowing[i], (*of)[i]);
    }
    return true;
  }

  /// Several texts with the file's own truncation and padding.
  void batch(const std::string& where, skald::Json e) {
    const skald::Json texts = *e.find("batch"), out = *e.find("out");
    std::vector<std::string_view> views;
    for (std::size_t i = 0; i < texts.size(); ++i) views.push_back(*texts[i].string());
    skald::EncodeOptions options = tok_.file_options();
    options.return_overflowing_tokens = true;
    const auto got = tok_.try_encode_batch(views, options);
    if (!got) return report_(where + ": " + got.error().message());
    for (std::size_t i = 0; i < out.size(); ++i) columns(where + " text " + std::to_string(i), (*got)[i], out[i]);
  }

  void tokens(const std::string& where, const skald::Encoding& got, skald::Json e) {
    std::vector<std::string> want;
    for (const skald::token_id id : got.ids) want.emplace_back(tok_.id_to_token(id).value_or(""));
    const auto exceptions = e.find("tok");
    for (std::size_t i = 0; exceptions && i < exceptions->size(); ++i) {
      want[std::size_t((*exceptions)[i][0].integer().value())] = text((*exceptions)[i][1]);
    }
    const std::vector<std::string> have = got.tokens(tok_);
    for (std::size_t i = 0; i < want.size(); ++i) equal(where + " token " + std::to_string(i), want[i], have[i]);
  }

  /// The same places in bytes, and no offsets at all.
  void byte_offsets(const std::string& where, const skald::Encoding& points, const std::string& first,
                    const std::optional<std::string>& second) {
    const auto encode = [&](skald::OffsetUnit unit) {
      skald::EncodeOptions options = tok_.file_options();
      options.offset_unit = unit;
      return second ? tok_.try_encode_pair(first, *second, options) : tok_.try_encode(first, options);
    };
    const auto none = encode(skald::OffsetUnit::none);
    equal(where + " ids without offsets", widened(points.ids), none ? widened(none->ids) : std::vector<std::int64_t>{});
    equal(where + " no offsets", std::size_t{0}, none ? none->offsets.size() : 999);
    if (first.find_first_not_of("abcdefghijklmnopqrstuvwxyz .,\n") != first.npos || second) return;
    const auto bytes = encode(skald::OffsetUnit::byte);  // ASCII: the same numbers
    ++compared_;
    if (!bytes || bytes->offsets != points.offsets) report_(where + " byte offsets differ");
  }

  void decoding(const std::string& where, const std::vector<skald::token_id>& ids, skald::Json e) {
    const std::string whole = text(e.find("dec"));
    const std::string skipped = e.find("skip") ? text(e.find("skip")) : whole;
    equal(where + " decode", whole, tok_.try_decode(ids).has_value() ? *tok_.try_decode(ids) : "error");
    equal(where + " decode skipping", skipped, *tok_.try_decode(ids, {.skip_special_tokens = true}));
    stream(where, ids);
  }

  void stream(const std::string& where, const std::vector<skald::token_id>& ids) {
    for (const bool skip : {false, true}) {
      auto stream = tok_.decode_stream({.skip_special_tokens = skip});
      std::string pieces;
      for (const skald::token_id id : ids) {
        const std::string piece = *stream.try_push(id);
        if (skald::detail::valid_utf8_prefix(piece) != piece.size()) report_(where + " a piece is no UTF-8");
        pieces += piece;
      }
      pieces += *stream.try_finish();
      equal(where + " stream", *tok_.try_decode(ids, {.skip_special_tokens = skip}), pieces);
    }
  }

  /// What a stream gave for each id, and maybe at the end; or {"error"} where a step failed.
  template <class Stream>
  void recorded_pieces(const std::string& where, skald::Json e, const std::string& key) {
    const std::vector<skald::token_id> tokens = ids(e.find("ids"));
    for (const bool skip : {false, true}) {
      const auto plain = e.find(key), skipping = e.find(key + "_skip");
      if (!plain) continue;
      const skald::Json want = skip && skipping ? *skipping : *plain;
      Stream stream(tok_, {.skip_special_tokens = skip});
      bool failed = false;
      for (std::size_t i = 0; i < (want.is_array() ? want.size() : tokens.size()); ++i) {
        const auto got = i < tokens.size() ? stream.try_push(tokens[i]) : stream.try_finish();
        failed = failed || !got;
        if (!want.is_array()) continue;
        equal(where + " " + key + " piece " + std::to_string(i), want[i].string() ? text(want[i]) : std::string(),
              got ? *got : got.error().message());
      }
      if (!want.is_array()) equal(where + " " + key + " fails", true, failed);
    }
  }

  /// A list of strings.
  static std::vector<std::string_view> strings(skald::Json list) {
    std::vector<std::string_view> views;
    for (std::size_t i = 0; i < list.size(); ++i) views.push_back(*list[i].string());
    return views;
  }

  static skald::EncodeOptions call_options(skald::Json kw, std::optional<skald::Json> attributes) {
    skald::EncodeOptions options;
    const auto number = [&](const char* key) { return std::int32_t(*kw.find(key)->integer()); };
    const auto side = [](skald::Json json) { return json.string() == "left" ? skald::Side::left : skald::Side::right; };
    if (const auto add = kw.find("add_special_tokens")) options.add_special_tokens = *add->boolean();
    if (kw.find("max_length")) options.max_length = number("max_length");
    if (kw.find("stride")) options.stride = number("stride");
    if (kw.find("pad_to_multiple_of")) options.pad_to_multiple_of = number("pad_to_multiple_of");
    if (kw.find("padding_side")) options.padding_side = side(*kw.find("padding_side"));
    options.return_overflowing_tokens = kw.find("return_overflowing_tokens").has_value();
    if (attributes && attributes->find("truncation_side")) {
      options.truncation_side = side(*attributes->find("truncation_side"));
    }
    const auto padding = kw.find("padding"), truncation = kw.find("truncation");
    options.padding = padding && padding->boolean() != false;
    if (padding && padding->string() == "max_length") options.padding_strategy = skald::PaddingStrategy::max_length;
    if (truncation) options.truncation = truncation->boolean() != false;
    if (truncation && truncation->string() == "only_first") {
      options.truncation_strategy = skald::TruncationStrategy::only_first;
    } else if (truncation && truncation->string() == "only_second") {
      options.truncation_strategy = skald::TruncationStrategy::only_second;
    }
    return options;
  }

  using Rows = skald::Result<std::vector<skald::Encoding>>;

  static Rows row(skald::Result<skald::Encoding> encoding) {
    if (!encoding) return encoding.error();
    std::vector<skald::Encoding> rows;
    rows.push_back(*std::move(encoding));
    return rows;
  }

  /// What Python's list and str arguments mean: a text or a batch, alone or with second texts, in words or not.
  Rows called(skald::Json args, bool words, const skald::EncodeOptions& options) const {
    const bool pair = args.size() > 1 && !args[1].is_null() && (args[1].is_array() || !args[1].string()->empty());
    if (!words && !args[0].is_array()) {
      return row(pair ? tok_.try_encode_pair(*args[0].string(), *args[1].string(), options)
                      : tok_.try_encode(*args[0].string(), options));
    }
    if (!words) {
      return pair ? tok_.try_encode_pair_batch(strings(args[0]), strings(args[1]), options)
                  : tok_.try_encode_batch(strings(args[0]), options);
    }
    if (args[0].size() == 0 || !args[0][0].is_array()) {
      return row(pair ? tok_.try_encode_words_pair(strings(args[0]), strings(args[1]), options)
                      : tok_.try_encode_words(strings(args[0]), options));
    }
    std::vector<std::vector<std::string_view>> texts;
    for (std::size_t i = 0; i < args[0].size(); ++i) texts.push_back(strings(args[0][i]));
    const std::vector<skald::Tokenizer::Words> spans(texts.begin(), texts.end());
    return tok_.try_encode_words_batch(spans, options);
  }

  /// transformers' __call__.
  void call(const std::string& where, skald::Json e) {
    const skald::Json args = *e.find("args"), kw = *e.find("kw"), out = *e.find("out");
    const bool words = kw.find("is_split_into_words").has_value();
    const skald::EncodeOptions options = call_options(kw, e.find("attrs"));
    const Rows got = called(args, words, options);
    if (const auto error = out.find("error")) {
      // Python trips over an empty batch; here it is one.
      if (text((*error)[0]) == "IndexError") equal(where + " of nothing", true, got && got->empty());
      else equal(where + " fails", true, !got);
      return;
    }
    if (!got) return report_(where + ": " + got.error().message());
    const skald::EncodingRows flat_rows = skald::flatten(*got);
    const std::vector<skald::Encoding>& rows = flat_rows.rows;
    const bool several = options.return_overflowing_tokens || (words ? args[0].size() > 0 && args[0][0].is_array()
                                                                     : args[0].is_array());
    const auto of_row = [&](skald::Json column, std::size_t r) { return several ? column[r] : column; };
    const auto column = [&](const char* key, auto member) {
      const auto want = out.find(key);
      for (std::size_t r = 0; want && r < rows.size(); ++r) {
        equal(where + " " + key + " row " + std::to_string(r), integers(of_row(*want, r)), widened(rows[r].*member));
      }
    };
    equal(where + " rows", out.find("#word_ids")->size(), rows.size());
    column("input_ids", &skald::Encoding::ids);
    column("attention_mask", &skald::Encoding::attention_mask);
    column("token_type_ids", &skald::Encoding::type_ids);
    column("special_tokens_mask", &skald::Encoding::special_tokens_mask);
    if (const auto samples = out.find("overflow_to_sample_mapping")) {
      equal(where + " samples", integers(samples), widened(flat_rows.overflow_to_sample_mapping));
    }
    for (std::size_t r = 0; r < rows.size() && r < out.find("#word_ids")->size(); ++r) {
      const std::string at = " row " + std::to_string(r);
      equal(where + " words" + at, integers((*out.find("#word_ids"))[r]), widened(rows[r].word_ids));
      equal(where + " sequences" + at, integers((*out.find("#sequence_ids"))[r]), widened(rows[r].sequence_ids()));
      if (const auto want = out.find("offset_mapping")) {
        equal(where + " offsets" + at, integers(of_row(*want, r)), flat(rows[r].offsets));
      }
      if (const auto want = out.find("length")) {
        const std::int64_t n = want->is_array() ? (*want)[r].integer().value() : want->integer().value();
        equal(where + " length" + at, n, std::int64_t(rows[r].size()));
      }
    }
  }

  void split_special() {
    const skald::Json lists = *expected_.find("split_special_tokens");
    std::vector<std::string> inputs;
    for (std::size_t i = 113; i <= 125; ++i) inputs.push_back(text((*texts_.find("texts"))[i]));
    each("own_texts", [&](skald::Json e, std::size_t) { inputs.push_back(text(e.find("text"))); });
    equal("split_special_tokens", lists.size(), inputs.size());
    for (std::size_t i = 0; i < lists.size() && i < inputs.size(); ++i) {
      const auto got = tok_.try_encode(inputs[i], {.add_special_tokens = false, .split_special_tokens = true});
      equal("[" + inputs[i] + "] split_special_tokens", integers(lists[i]),
            got ? widened(got->ids) : std::vector<std::int64_t>{});
    }
  }

  static std::string shown(const std::vector<std::int64_t>& values) { return show(values); }
  static std::string shown(const std::string& value) { return value; }
  template <class T>
    requires std::is_arithmetic_v<T>
  static std::string shown(T value) {
    return std::to_string(value);
  }

  template <class T>
  bool equal(const std::string& where, const T& want, const T& got) {
    ++compared_;
    if (want == got) return true;
    report_(where + ": expected " + shown(want) + ", found " + shown(got));
    return false;
  }

  const skald::Tokenizer& tok_;
  skald::Json expected_, texts_;
  std::function<void(const std::string&)> report_;
  int compared_ = 0;
};

}  // namespace golden
