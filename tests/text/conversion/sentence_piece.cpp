#include "skald/text/conversion/sentence_piece.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>

#include "../components.hpp"
#include "proto.hpp"

BOOST_AUTO_TEST_SUITE(text_conversion_sentence_piece)

using namespace skald;
using detail::SentencePieceModel;

namespace {

Result<SentencePieceModel> parse(const std::string& file) { return SentencePieceModel::parse(file, "spiece.model"); }

std::string error_of(const std::string& file) {
  const auto parsed = parse(file);
  return parsed ? "no error" : parsed.error().message();
}

const std::string small = proto::piece("<unk>", 0, 2) + proto::piece("<s>", 0, 3) + proto::piece("a", -1) +
                          proto::piece("b", -2.5F) + proto::piece("ab", -0.1F) + proto::piece("<x>", 0, 4);

/// The parsed tokenizer.json of a model, whose file must outlive this call only.
JsonDocument written(const std::string& file, std::string_view class_name = "", const TokenizerConfig& config = {},
                     std::int32_t extra_ids = 0, bool adds_tokens = true) {
  const auto model = parse(file);
  BOOST_REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.error().message()));
  const std::string json = detail::SentencePieceWriter(*model).run(class_name, config, extra_ids, adds_tokens);
  return golden::parsed(json);
}

std::string strings(Json list, std::size_t at = 0) {
  std::string all;
  for (std::size_t i = 0; i < list.size(); ++i) all.append(*list[i][at].string()).append("|");
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_a_model_says) {
  const std::string spec = proto::number(3, 2) + proto::number(35, 1) + proto::number(40, 3) + proto::number(41, 7) +
                           proto::number(42, std::uint64_t(-1)) + proto::bytes(45, "UNK") + proto::bytes(46, "BOS") +
                           proto::bytes(47, "EOS");
  const std::string file = small + proto::bytes(2, spec) + proto::bytes(3, proto::bytes(2, std::string("\0\xFF", 2)));
  const auto model = parse(file);
  BOOST_REQUIRE(model.has_value());
  BOOST_TEST(model->pieces.size() == 6u);
  BOOST_TEST(model->pieces[3].text == "b");
  BOOST_TEST(model->pieces[3].score == -2.5F);
  BOOST_TEST((model->pieces[1].type == SentencePieceModel::PieceType::control));
  BOOST_TEST((model->pieces[3].type == SentencePieceModel::PieceType::normal));
  BOOST_TEST(model->model_type == 2);
  BOOST_TEST(model->byte_fallback);
  BOOST_TEST(model->unk_id == 3);
  BOOST_TEST(model->bos_id == 7);
  BOOST_TEST(model->eos_id == -1);
  BOOST_TEST(model->unk_piece == "UNK");
  BOOST_TEST(model->bos_piece == "BOS");
  BOOST_TEST(model->eos_piece == "EOS");
  BOOST_TEST(model->precompiled_charsmap == std::string_view("\0\xFF", 2));
}

BOOST_AUTO_TEST_CASE(what_it_does_not_say_and_what_is_unknown) {
  // An unknown number, fixed64, bytes and fixed32; the number of a field that should be bytes; a spec in two parts.
  const std::string file = proto::number(99, 1) + "\x91\x06" "12345678" + proto::bytes(77, "abc") +
                           proto::fixed32(100, 1) + proto::number(1, 5) + small +
                           proto::bytes(2, proto::number(40, 1)) + proto::bytes(2, proto::number(3, 9));
  const auto model = parse(file);
  BOOST_REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.error().message()));
  BOOST_TEST(model->pieces.size() == 6u);
  BOOST_TEST(model->model_type == SentencePieceModel::unigram);
  BOOST_TEST(model->unk_id == 1);
  BOOST_TEST(model->eos_id == 2);
  BOOST_TEST(model->unk_piece == "<unk>");
  BOOST_TEST(!model->byte_fallback);
}

BOOST_AUTO_TEST_CASE(faults_name_the_file_and_the_byte) {
  const std::string at = "spiece.model: byte ";
  BOOST_TEST(error_of("") == at + "0: a SentencePiece model without pieces");
  BOOST_TEST(error_of("version https://git-lfs.github.com/spec/v1") == at + "0: not a field of a protocol buffer");
  BOOST_TEST(error_of(small + "\x0A\x7Fzz") == at + std::to_string(small.size()) + ": a field goes on beyond the end");
  BOOST_TEST(error_of(small + "\x0A") == at + std::to_string(small.size() + 1) + ": a number without an end");
  BOOST_TEST(error_of(std::string(11, '\xFF')) == at + "0: a number without an end");
  BOOST_TEST(error_of(std::string("\x02\x00", 2)) == at + "0: not a field of a protocol buffer");
  BOOST_TEST(error_of(proto::bytes(1, "\x15zz")) == at + "3: a field goes on beyond the end");
  BOOST_TEST(error_of(proto::piece("a\xFF", 0)) == at + "5: text that is not UTF-8");
  BOOST_TEST(error_of(small + proto::piece("a", std::nanf(""))) ==
             at + std::to_string(small.size()) + ": a piece whose score is no number");
  BOOST_TEST((parse("").error().code() == FaultCode::malformed));
}

BOOST_AUTO_TEST_CASE(every_beginning_of_a_model_is_read_or_refused) {
  const auto whole = read_text_file(SKALD_TEST_DATA "/tokenizers/files_llama_spm/tokenizer.model");
  BOOST_REQUIRE(whole.has_value());
  for (std::size_t n = 0; n < whole->size(); n += 7) {
    const std::string beginning = whole->substr(0, n);
    const auto parsed = SentencePieceModel::parse(beginning, "tokenizer.model");
    if (!parsed) BOOST_TEST(parsed.error().message().starts_with("tokenizer.model: byte "));
  }
}

BOOST_AUTO_TEST_CASE(the_generic_class_goes_by_the_kind_of_model) {
  const auto unigram = written(small);
  const Json model = *unigram.root().find("model");
  BOOST_TEST(*model.find("type")->string() == "Unigram");
  BOOST_TEST(strings(*model.find("vocab")) == "<unk>|<s>|a|b|ab|<x>|");
  BOOST_TEST(*(*model.find("vocab"))[4][1].number() == double(-0.1F));
  const Json added = *unigram.root().find("added_tokens");
  BOOST_REQUIRE(added.size() == 2u);
  BOOST_TEST(*added[0].find("content")->string() == "<s>");
  BOOST_TEST(*added[0].find("special")->boolean());
  BOOST_TEST(!*added[1].find("special")->boolean());
  BOOST_TEST(written(small, "", {}, 0, false).root().find("added_tokens")->size() == 0u);

  const auto bpe = written(small + proto::bytes(2, proto::number(3, 2)));
  const Json merges = *bpe.root().find("model")->find("merges");
  BOOST_REQUIRE(merges.size() == 1u);
  BOOST_TEST(*merges[0][0].string() == "a");
  BOOST_TEST(*merges[0][1].string() == "b");
  TokenizerConfig config;
  AddedToken token;
  token.id = 3;
  token.content = "renamed";
  config.added_tokens.push_back(token);
  const auto renamed = written(small + proto::bytes(2, proto::number(3, 2)), "", config);
  BOOST_TEST(*renamed.root().find("model")->find("vocab")->find("renamed")->integer() == 3);
  BOOST_TEST(!renamed.root().find("model")->find("vocab")->find("b"));
}

BOOST_AUTO_TEST_CASE(merges_are_all_cuts_in_the_order_of_the_pieces) {
  const std::string file = proto::piece("a", 0) + proto::piece("aaa", 0) + proto::piece("aa", 0) +
                           proto::piece("\u00e9", 0) + proto::piece("\u00e9a", 0) + proto::piece("\"\\\n", 0) +
                           proto::piece("\"", 0) + proto::piece("\\\n", 0) + proto::piece("aaa", 0);
  const auto document = written(file, "LlamaTokenizer");
  const Json merges = *document.root().find("model")->find("merges");
  std::string all;
  for (std::size_t i = 0; i < merges.size(); ++i) {
    all.append(*merges[i][0].string()).append("+").append(*merges[i][1].string()).append(" ");
  }
  BOOST_TEST(all == "a+a \u00e9+a \"+\\\n a+aa aa+a ");
}

BOOST_AUTO_TEST_CASE(classes_with_a_vocabulary_of_their_own) {
  const auto t5 = written(small, "T5Tokenizer", {}, 2);
  BOOST_TEST(strings(*t5.root().find("model")->find("vocab")) == "<unk>|<s>|a|b|ab|<x>|<extra_id_1>|<extra_id_0>|");
  TokenizerConfig config;
  config.bos_token = "B";
  config.pad_token = "P";
  config.eos_token = "E";
  config.unk_token = "U";
  config.mask_token = "M";
  const auto xlm = written(small, "XLMRobertaTokenizer", config);
  BOOST_TEST(strings(*xlm.root().find("model")->find("vocab")) == "B|P|E|U|b|ab|<x>|M|");
}

BOOST_AUTO_TEST_CASE(named_tokens_of_the_generic_class) {
  const std::string file = small + proto::bytes(2, proto::number(42, std::uint64_t(-1)) + proto::bytes(46, "") +
                                                       proto::bytes(45, "\"U\""));
  const auto model = parse(file);
  const auto defaults = golden::parsed(detail::SentencePieceWriter(*model).defaults());
  BOOST_TEST(*defaults.root().find("bos_token")->string() == "<s>");
  BOOST_TEST(*defaults.root().find("unk_token")->string() == "\"U\"");
  BOOST_TEST(!defaults.root().find("eos_token"));
}

BOOST_AUTO_TEST_CASE(bytes_are_written_as_base64) {
  const auto encoded = [](std::string_view bytes) {
    std::string json;
    detail::append_json_base64(json, bytes);
    return json;
  };
  BOOST_TEST(encoded("") == "\"\"");
  BOOST_TEST(encoded("f") == "\"Zg==\"");
  BOOST_TEST(encoded("fo") == "\"Zm8=\"");
  BOOST_TEST(encoded("foo") == "\"Zm9v\"");
  BOOST_TEST(encoded("\xFB\xFF\xFE" "a") == "\"+//+YQ==\"");
}

BOOST_AUTO_TEST_SUITE_END()
