#include "skald/text/tokenizer_config.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "components.hpp"
#include "skald/text/model_tokenizers.hpp"
#include "skald/text/tokenizer_class.hpp"

BOOST_AUTO_TEST_SUITE(text_tokenizer_config)

using namespace skald;

namespace {

Result<TokenizerConfig> read(std::string_view json) {
  const auto document = golden::parsed(json);
  return TokenizerConfig::from_json(document.root(), "tokenizer_config.json");
}

}  // namespace

BOOST_AUTO_TEST_CASE(members) {
  const auto config = read(R"({"bos_token": "<s>",
      "eos_token": {"__type": "AddedToken", "content": "</s>", "lstrip": true}, "pad_token": null,
      "model_max_length": 512, "padding_side": "left", "truncation_side": "left",
      "clean_up_tokenization_spaces": true, "add_prefix_space": false, "chat_template": "{{ x }}",
      "tokenizer_class": "LlamaTokenizer", "unheard_of": [1]})");
  BOOST_REQUIRE(config.has_value());
  BOOST_TEST(*config->bos_token == "<s>");
  BOOST_TEST(*config->eos_token == "</s>");
  BOOST_TEST(!config->pad_token);
  BOOST_TEST(*config->model_max_length == 512);
  BOOST_TEST((config->padding_side == Side::left && config->truncation_side == Side::left));
  BOOST_TEST(config->clean_up_tokenization_spaces);
  BOOST_TEST(*config->add_prefix_space == false);
  BOOST_TEST(!config->trim_offsets);
  BOOST_TEST(config->chat_template == "{{ x }}");
  BOOST_TEST(config->tokenizer_class == "LlamaTokenizer");
  BOOST_REQUIRE(config->added_tokens.size() == 1u);
  BOOST_TEST(config->added_tokens[0].lstrip);
  BOOST_TEST(config->added_tokens[0].special);
}

BOOST_AUTO_TEST_CASE(a_length_nobody_knows_is_none) {
  for (const char* const json : {R"({"model_max_length": 1000000000000000019884624838656})",
                                 R"({"model_max_length": 1e30})", R"({"model_max_length": null})",
                                 R"({"model_max_length": 99999999999})", "{}"}) {
    const auto config = read(json);
    BOOST_REQUIRE(config.has_value());
    BOOST_TEST(!config->model_max_length, json);
  }
}

BOOST_AUTO_TEST_CASE(several_chat_templates) {
  const auto config =
      read(R"({"chat_template": [{"name": "default", "template": "d"}, {"name": "rag", "template": "r"}]})");
  BOOST_REQUIRE(config.has_value());
  BOOST_TEST(config->chat_template == "d");
  BOOST_REQUIRE(config->chat_templates.size() == 2u);
  BOOST_TEST(config->chat_templates[1].second == "r");
}

BOOST_AUTO_TEST_CASE(added_tokens_are_merged_in_transformers_order) {
  const auto config = read(R"({
      "added_tokens_decoder": {"12": {"content": "b", "special": true}, "3": {"content": "a"}},
      "mask_token": "m", "eos_token": "a", "extra_special_tokens": {"image_token": "i"}})");
  BOOST_REQUIRE(config.has_value());
  AddedToken first;
  first.content = "file";
  std::string order;
  for (const AddedToken& token : config->merged({first})) order += token.content + (token.special ? "! " : " ");
  BOOST_TEST(order == "file a! b! m! i! ");
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  const auto error = [](std::string_view json) {
    const auto config = read(json);
    return config ? "no error" : config.error().message();
  };
  const std::string at = "tokenizer_config.json: ";
  BOOST_TEST(error("[]") == "tokenizer_config.json: expected an object, found array");
  BOOST_TEST(error(R"({"bos_token": 3})") == at + "bos_token: expected an object, found 3");
  BOOST_TEST(error(R"({"padding_side": "up"})") == at + "padding_side: expected \"left\" or \"right\", found \"up\"");
  BOOST_TEST(error(R"({"added_tokens_decoder": {"x": {"content": "a"}}})") ==
             at + "added_tokens_decoder.x: expected an id for a name");
  BOOST_TEST(error(R"({"added_tokens_decoder": {"1": {"content": 7}}})") ==
             at + "added_tokens_decoder.1.content: expected a string, found 7");
  BOOST_TEST(error(R"({"chat_template": 1})") == at + "chat_template: expected a string or an array, found 1");
}

BOOST_AUTO_TEST_CASE(which_class_a_folder_has) {
  const auto choose = detail::choose_tokenizer_class;
  BOOST_TEST(choose("GPT2TokenizerFast", "", true) == "GPT2Tokenizer");
  BOOST_TEST(choose("LlamaTokenizer", "llama", true) == "");
  BOOST_TEST(choose("LlamaTokenizer", "llama", false) == "LlamaTokenizer");
  BOOST_TEST(choose("LlamaTokenizerFast", "mistral", true) == "");     // the model is registered as generic
  BOOST_TEST(choose("LlamaTokenizer", "phi3", false) == "");           // its files name the wrong class
  BOOST_TEST(choose("GPT2Tokenizer", "qwen2", true) == "Qwen2Tokenizer");
  BOOST_TEST(choose("GPT2Tokenizer", "gpt_neox", true) == "GPT2Tokenizer");
  BOOST_TEST(choose("", "gpt_neox", true) == "GPTNeoXTokenizer");
  BOOST_TEST(choose("", "unheard_of", true) == "");
  BOOST_TEST(detail::find_tokenizer_class("NoSuchTokenizer") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
