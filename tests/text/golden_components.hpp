// Reads what single components of a tokenizer gave (components_*.json and load_cases.json of tests/golden/tokenizers,
// whose README.md says what stands where) and compares. Every case is told as f(name, what differs); nothing differs:
// an empty text.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "text/golden.hpp"

namespace golden {

class Components {
 public:
  explicit Components(std::filesystem::path folder) : folder_(std::move(folder)), texts_(document("texts.json")) {}

  /// What became of each text, and where every character came from.
  template <class F>
  void normalizers(F f) const {
    each("components_normalizers.json", [&](const std::string& name, Json one) {
      const auto normalizer = normalizer_of(*one.find("config"));
      if (!normalizer) return f(name, normalizer.error().message());
      const Json out = *one.find("out");
      for (std::size_t t = 0; t < out.size(); ++t) f(name + text_name(t), normalized(*normalizer, input(t), out[t]));
    });
  }

  /// Where each text was cut, and what the pieces say where that is not the text.
  template <class F>
  void pre_tokenizers(F f) const {
    each("components_pretokenizers.json", [&](const std::string& name, Json one) {
      const Json config = *one.find("config"), out = *one.find("out");
      const auto made = skald::AnyPreTokenizer::from_json(config, "pre_tokenizer");
      if (!made) return f(name, made.error().message());
      for (std::size_t t = 0; t < out.size(); ++t) {
        // Encoding never hands an empty text on; the reference leaves nothing of one but where nothing cuts at all.
        const bool empty =
            input(t).empty() && !(config.find("pretokenizers") && config.find("pretokenizers")->size() == 0);
        f(name + text_name(t), empty ? compare_pieces({}, {}, out[t]) : cut(*made, input(t), out[t]));
      }
    });
  }

  /// Lists of tokens, however they come: at once, or one, two, three at a time.
  template <class F>
  void decoders(F f) const {
    const skald::JsonDocument file = document("components_decoders.json");
    const Json inputs = *file.root().find("inputs");
    each("components_decoders.json", [&](const std::string& name, Json one) {
      const auto made = skald::AnyDecoder::from_json(*one.find("config"), "decoder");
      if (!made) return f(name, made.error().message());
      const Json out = *one.find("out");
      for (std::size_t t = 0; t < inputs.size(); ++t) {
        if (!out[t].is_string()) continue;  // the reference's own failure
        for (const std::size_t size : {0u, 1u, 2u, 3u}) {
          const std::string got = decoded(*made, inputs[t], size), want = text(out[t]);
          f(name + text_name(t) + " by " + std::to_string(size), differs(want, got));
        }
      }
    });
  }

  /// Each in the place of the base tokenizer's.
  template <class F>
  void post_processors(F f) const {
    const skald::JsonDocument file = document("components_postprocessors.json");
    const std::string named = text(file.root().find("base"));
    const skald::JsonDocument base = document(named.substr(0, named.find(' ')));
    each("components_postprocessors.json", [&](const std::string& name, Json one) {
      const Json config = *one.find("config");
      skald::Result<skald::AnyPostProcessor> processor = skald::AnyPostProcessor();
      if (!config.is_null()) processor = skald::AnyPostProcessor::from_json(config, "post_processor");
      if (!processor) return f(name, processor.error().message());
      auto parts =
          unwrap(skald::detail::read_tokenizer_file<skald::Tokenizer::File>(base.root(), "tokenizer.json", {}));
      parts.post_processor = *processor;
      const skald::Tokenizer tokenizer = unwrap(skald::Tokenizer::make(std::move(parts)));
      std::string first;
      const auto report = [&](const std::string& what) { first = first.empty() ? what : first; };
      Folder folder(tokenizer, one, texts_.root(), report);
      folder.run_post_processor(*file.root().find("texts"));
      f(name, first);
      const auto added = integers(one.find("added"));
      if (added.size() != 2) return;
      f(name + " added",
        show({std::int64_t(processor->added_tokens(false)), std::int64_t(processor->added_tokens(true))}) == show(added)
            ? std::string()
            : "expected " + show(added));
    });
  }

  /// Whole files, well and badly formed.
  template <class F>
  void files(F f) const {
    const skald::JsonDocument file = document("load_cases.json");
    const std::string input = text(file.root().find("input"));
    each("load_cases.json", [&](const std::string& name, Json one) {
      const Json result = *one.find("result");
      skald::Result<skald::Encoding> encoded = skald::Encoding();
      const auto parsed = skald::JsonDocument::parse(text(one.find("json")), "tokenizer.json");
      if (!parsed) encoded = parsed.error();
      else if (const auto tokenizer = skald::Tokenizer::try_from_json(parsed->root(), "tokenizer.json"))
        encoded = tokenizer->try_encode(input, tokenizer->file_options());
      else encoded = tokenizer.error();
      const std::string what = name + " " + text(one.find("what"));
      if (!result.find("ids")) return f(what, encoded ? std::string("expected an error") : std::string());
      if (!encoded) return f(what, encoded.error().message());
      f(what, differs(show(integers(result.find("ids"))), show(widened(encoded->ids))));
    });
  }

 private:
  using Json = skald::Json;

  skald::JsonDocument document(const std::string& name) const { return unwrap(skald::read_json(folder_ / name)); }
  std::string input(std::size_t t) const { return text((*texts_.root().find("texts"))[t]); }
  static std::string text_name(std::size_t t) { return " text " + std::to_string(t); }

  template <class F>
  void each(const std::string& name, F f) const {
    const skald::JsonDocument file = document(name);
    const Json cases = *file.root().find("cases");
    const std::string stem = name.substr(0, name.find('.'));
    for (std::size_t i = 0; i < cases.size(); ++i) f(stem + "." + std::to_string(i), cases[i]);
  }

  static std::string differs(const std::string& expected, const std::string& found) {
    return expected == found ? std::string() : "expected [" + expected + "], found [" + found + "]";
  }

  /// "as in uni_t5/tokenizer.json": a charsmap that is there already.
  skald::Result<skald::AnyNormalizer> normalizer_of(Json config) const {
    const auto charsmap = config.find("precompiled_charsmap");
    if (!charsmap || !text(charsmap).starts_with("as in "))
      return skald::AnyNormalizer::from_json(config, "normalizer");
    const skald::JsonDocument file = document(text(charsmap).substr(6));
    return skald::AnyNormalizer::from_json(*file.root().find("normalizer"), "normalizer");
  }

  static std::string normalized(const skald::AnyNormalizer& normalizer, const std::string& input, Json expected) {
    skald::AlignedText aligned(input, {0, std::uint32_t(input.size())});
    if (const auto done = normalizer(aligned); !done) return done.error().message();
    const std::string got(aligned.view()), want = expected.is_null() ? input : text(expected[0]);
    if (got != want) return differs(want, got);
    std::vector<std::int64_t> offsets, wanted;
    if (expected.size() > 1) wanted = integers(expected[1]);
    skald::detail::CodePointCursor cursor(input);
    for (std::size_t at = 0; at < got.size();) {
      const auto end = at + std::size_t(skald::detail::decode_utf8(got.data() + at).size);
      const skald::ByteRange origin = aligned.origin({std::uint32_t(at), std::uint32_t(end)});
      if (expected.size() < 2)
        wanted.insert(wanted.end(), {std::int64_t(wanted.size()) / 2, std::int64_t(wanted.size()) / 2 + 1});
      offsets.push_back(cursor.index(origin.begin));
      offsets.push_back(cursor.index(origin.end));
      at = end;
    }
    return differs(show(wanted), show(offsets));
  }

  static std::string cut(const skald::AnyPreTokenizer& pre_tokenizer, const std::string& input, Json expected) {
    const auto whole = std::uint32_t(input.size());
    skald::PreTokenized got(skald::AlignedText(input, {0, whole}), {{{0, whole}}});
    if (const auto done = pre_tokenizer(got); !done) return done.error().message();
    std::vector<std::int64_t> offsets;
    std::vector<std::string> pieces;
    skald::detail::CodePointCursor cursor(input);
    for (const skald::TextPiece& piece : got.pieces()) {
      const skald::ByteRange origin = got.text().origin(piece.range);
      offsets.push_back(cursor.index(origin.begin));
      offsets.push_back(cursor.index(origin.end));
      std::string& spelled = pieces.emplace_back();
      for (const char byte : got.text().view(piece.range)) {
        if (got.byte_level()) skald::detail::append_byte_level(spelled, byte);
        else spelled += byte;
      }
    }
    return compare_pieces(offsets, pieces, expected);
  }

  static std::string compare_pieces(const std::vector<std::int64_t>& offsets, const std::vector<std::string>& pieces,
                                    Json expected) {
    const bool with_texts = expected.size() == 2 && expected[0].is_array();
    const std::string where = differs(show(integers(with_texts ? expected[0] : expected)), show(offsets));
    if (!where.empty() || !with_texts) return where;
    std::string want, got;
    for (std::size_t k = 0; k < expected[1].size(); ++k) want += "[" + text(expected[1][k]) + "]";
    for (const std::string& piece : pieces) got += "[" + piece + "]";
    return differs(want, got);
  }

  static std::string decoded(const skald::AnyDecoder& decoder, Json tokens, std::size_t size) {
    skald::AnyDecoder::State state;
    std::string all;
    std::vector<skald::DecodedPiece> group;
    const auto feed = [&](bool last) {
      if (const auto done = decoder(state, group, last); !done) all += done.error().message();
      for (const skald::DecodedPiece& piece : group) {
        if (skald::detail::valid_utf8_prefix(piece.text) != piece.text.size()) all += "(half a character)";
        all += piece.text;
      }
      group.clear();
    };
    for (std::size_t k = 0; k < tokens.size(); ++k) {
      group.push_back({text(tokens[k])});
      if (group.size() == size) feed(false);
    }
    feed(true);
    return all;
  }

  std::filesystem::path folder_;
  skald::JsonDocument texts_;
};

}  // namespace golden
