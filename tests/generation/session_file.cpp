#include "skald/generation/session_file.hpp"

#include <fstream>
#include <iterator>

#include "generation/searches.hpp"
#include "skald/generation/generate.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/model/transformer.hpp"
#include "skald/precision/int8_group.hpp"
#include "support/pretend_device.hpp"
#include "support/random_folder.hpp"
#include "support/random_model.hpp"
#include "support/small_models.hpp"

BOOST_AUTO_TEST_SUITE(generation_session_file)

using namespace test;

namespace {

using Lm = Transformer<Reference, fp32, FromConfig>;

const Lm& llama() {
  static const Lm lm = support::random_model<Lm>({support::small_llama});
  return lm;
}

const Tokens prompt{1, 20, 31, 42, 20, 7, 7, 3, 90, 11, 2, 5, 64, 33, 21, 22, 23, 24};

template <class Model, class T>
Tokens ask(Session<Model, T>& session, const Tokens& ids, const GenerateOptions& options = {.max_new_tokens = 6}) {
  const auto out = try_generate_on(session, ids, chain(), Greedy{}, options);
  BOOST_REQUIRE_MESSAGE(bool(out), (out ? "" : out.error().message()));
  return out->sequences[0];
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
void write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

template <class Model, class T = float>
void saved_and_restored(const Model& model) {
  const support::TemporaryDirectory folder;
  const auto path = folder.path() / "session.safetensors";
  auto session = Session<Model, T>::create(model, {100, 800});
  const Tokens first = ask(session, prompt);
  ask(session, Tokens(5, 9));
  BOOST_REQUIRE(bool(try_save_session(session, path)));
  BOOST_TEST(!std::filesystem::exists(path.string() + ".part"));

  auto other = Session<Model, T>::create(model, {100, 800});
  const auto restored = try_restore_session(other, path);
  BOOST_REQUIRE_MESSAGE(bool(restored), (restored ? "" : restored.error().message()));
  BOOST_TEST(other.kept().all().size() == 2u);
  // What is fed behind the restored beginning is one token and what was added: the prompt is not read again.
  Tokens next = first;
  next.push_back(12);
  auto builder_session = Session<Model, T>::create(model, {100, 800});
  const Tokens expected = ask(session, next), found = ask(other, next), fresh = ask(builder_session, next);
  BOOST_TEST(found == expected);
  BOOST_TEST(found == fresh);
  const auto sequence = other.kept().fork_for(next, other.engine().cache());
  BOOST_TEST(other.engine().cache().length(sequence) == std::int32_t(next.size()) - 1);
  other.engine().cache().drop(sequence);
}

}  // namespace

BOOST_AUTO_TEST_CASE(on_the_host_in_halves_and_on_a_device) {
  saved_and_restored(llama());
  saved_and_restored<Lm, fp16_t>(llama());
  saved_and_restored<Lm, bf16_t>(llama());
  saved_and_restored<Lm, Int8Group>(llama());
  const support::TemporaryDirectory folder;
  support::write_folder(folder, support::config_text("llama", support::llama_fields),
                        support::random_tensors<families::Llama>(support::small_llama));
  saved_and_restored(Transformer<support::Pretend, fp32, FromConfig>::from_pretrained(folder.path().string()));
}

BOOST_AUTO_TEST_CASE(what_is_restored_is_used) {
  const FakeModel model;
  const support::TemporaryDirectory folder;
  const auto path = folder.path() / "session";
  FakeSession session = session_on(model), other = session_on(model);
  const Tokens ids = ask(session, {3, 1, 4, 1, 5});
  BOOST_REQUIRE(bool(try_save_session(session, path)));
  BOOST_REQUIRE(bool(try_restore_session(other, path)));
  model.tokens_fed = 0;
  const Tokens more = ask(other, ids);
  BOOST_TEST(model.tokens_fed == 1 + 5);  // FakeModel reads its keys: wrong ones would change the tokens
  BOOST_TEST(more == ask(session, ids));
}

BOOST_AUTO_TEST_CASE(a_fork_is_independent) {
  auto session = Session<Lm>::create(llama(), {100, 800});
  const Tokens first = ask(session, prompt);
  auto fork = unwrap(try_fork_session(session));
  BOOST_TEST(fork.kept().all().size() == 1u);
  BOOST_TEST(fork.options().positions == 800);
  const Tokens a = ask(session, first);
  session.kept().forget(session.engine().cache());
  BOOST_TEST(ask(fork, first) == a);
}

BOOST_AUTO_TEST_CASE(broken_and_foreign_files) {
  const support::TemporaryDirectory folder;
  const auto path = folder.path() / "session";
  auto session = Session<Lm>::create(llama(), {100, 800});
  ask(session, prompt);
  BOOST_REQUIRE(bool(try_save_session(session, path, {.model = "tales"})));
  const std::string good = bytes_of(path);
  const auto restored = [&](const std::string& bytes, const std::string& model = "tales") {
    write(path, bytes);
    auto other = Session<Lm>::create(llama(), {100, 800});
    const auto r = try_restore_session(other, path, {.model = model});
    if (!r) BOOST_TEST(other.kept().all().empty());
    return r ? std::string("restored") : r.error().message().substr(path.string().size());
  };
  BOOST_TEST(restored(good) == "restored");
  BOOST_TEST(restored(good, "other") == ": model: expected other, found tales");
  // Any byte of the data, and the end of the file.
  for (std::size_t back = 1; back < good.size() - 1000; back += 997) {
    std::string broken = good;
    broken[good.size() - back] = char(broken[good.size() - back] ^ 0x10);
    BOOST_TEST(restored(broken).starts_with(": checksum: expected "));
  }
  for (const std::size_t n : {std::size_t{0}, std::size_t{7}, good.size() / 2, good.size() - 1})
    BOOST_TEST(restored(good.substr(0, n)) != "restored");
  std::string newer = good;
  newer[newer.find("\"version\":\"1") + 11] = '2';
  BOOST_TEST(restored(newer) == ": version: expected 1, found 2");
  write(path, good);
  ModelSpec wide = support::small_llama;
  wide.decoder.layers = 2;
  const auto two_layers = support::random_model<Lm>({wide});
  auto other = Session<Lm>::create(two_layers, {100, 800});
  const auto mismatch = try_restore_session(other, path, {.model = "tales"});
  BOOST_REQUIRE(!mismatch);
  BOOST_TEST(mismatch.error().message().ends_with(
      "keys_values.0: expected F32 [2, 2, 23, 16], found F32 [3, 2, 23, 16]"));
  auto halves = Session<Lm, fp16_t>::create(llama(), {100, 800});
  BOOST_TEST(!try_restore_session(halves, path, {.model = "tales"}));
  auto none = Session<Lm>::create(llama(), {100, 800, 0});
  BOOST_TEST(try_restore_session(none, path).error().message() ==
             "session: its kept_sequences are 0, so nothing can be restored into it");
  auto small = Session<Lm>::create(llama(), {10, 16});
  BOOST_TEST(!try_restore_session(small, path, {.model = "tales"}));
  BOOST_TEST(!try_restore_session(session, folder.path() / "nowhere"));
  BOOST_TEST(!try_save_session(session, folder.path() / "no" / "such" / "folder"));
}

BOOST_AUTO_TEST_SUITE_END()
