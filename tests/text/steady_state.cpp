// What a tokenizer that has warmed up asks of the heap: this program's operator new counts.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>

#include "skald/text/decode_stream.hpp"
#include "skald/text/tokenizer.hpp"

namespace {

std::atomic<long> allocations{0};

}  // namespace

void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(n ? n : 1);
}
void* operator new(std::size_t n) {
  if (void* p = operator new(n, std::nothrow)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

BOOST_AUTO_TEST_SUITE(text_steady_state)

using namespace skald;

namespace {

/// Words of every length and some script that a vocabulary does not hold whole.
std::string text_of(int repeats) {
  std::string text;
  for (int i = 0; i < repeats; ++i) {
    text += "The quick brown fox, 3 jumps over unbelievable 'dogs'; Straße naïve 中文字 test_" + std::to_string(i % 7);
    text += i % 5 ? " " : "\n";
  }
  return text;
}

long allocations_of_encoding(const Tokenizer& tokenizer, std::string_view text) {
  const long before = allocations;
  const auto encoding = tokenizer.try_encode(text);
  const long after = allocations;
  BOOST_REQUIRE(encoding);
  BOOST_TEST(encoding->size() > text.size() / 20);
  return after - before;
}

}  // namespace

// Buffers double, so sixteen times the tokens may cost a few more requests each, never one a token.
BOOST_AUTO_TEST_CASE(no_allocation_per_token) {
  const std::string few = text_of(40), many = text_of(640);
  int kinds = 0;
  for (const char* name : {"bpe_gpt2", "bpe_llama3", "bpe_llama2", "bpe_qwen2", "bpe_o200k", "class_bert", "uni_t5",
                           "uni_xlmr", "bpe_gemma"}) {
    const std::filesystem::path folder = std::filesystem::path(SKALD_TEST_DATA "/tokenizers") / name;
    BOOST_REQUIRE_MESSAGE(std::filesystem::exists(folder), folder);
    const Tokenizer tokenizer = Tokenizer::from_pretrained(folder);
    (void)tokenizer(many);
    const long of_few = allocations_of_encoding(tokenizer, few), of_many = allocations_of_encoding(tokenizer, many);
    BOOST_TEST_MESSAGE(name << ": " << of_few << " allocations, " << of_many << " for sixteen times the text");
    BOOST_TEST(of_many <= of_few + 64, name << ": " << of_few << " and " << of_many);
    ++kinds;
  }
  BOOST_TEST(kinds == 9);
}

BOOST_AUTO_TEST_CASE(a_decode_stream_keeps_no_growing_state) {
  const Tokenizer tokenizer = Tokenizer::from_pretrained(SKALD_TEST_DATA "/tokenizers/bpe_llama3");
  const auto ids = tokenizer(text_of(200)).ids;
  DecodeStream stream(tokenizer);
  long worst = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const long before = allocations;
    (void)stream.push(ids[i]);
    if (i > 100) worst = std::max(worst, allocations - before);
  }
  BOOST_TEST(worst <= 8, worst);
}

BOOST_AUTO_TEST_SUITE_END()
