// What a session remembers, as a file: saved, restored, copied into another session.
#pragma once
#include <cstring>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "skald/generation/session.hpp"
#include "skald/io/mapped_file.hpp"
#include "skald/io/write_safetensors.hpp"
#include "skald/precision/half.hpp"

namespace skald::inline SKALD_ABI {

struct SessionFileOptions {
  /// Names the model, in words of yours: a file saved under another name is refused. Shapes are compared always.
  std::string model{};
};

namespace detail {

/// Ids, keys and values of one sequence on the host: [layers, 2, positions, width].
struct SavedSequence {
  std::vector<token_id> ids;
  std::vector<std::byte> keys_values;
};

/// f(layer, device pointer, position in numbers, numbers) for every piece of a sequence that lies together.
template <class Cache, class F>
void each_piece(Cache& cache, SeqId s, std::int32_t layers, index_t width, F&& f) {
  const std::int32_t n = cache.length(s);
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    const auto view = cache.view(layer, s);
    const index_t block = view.blocks.empty() ? n : view.block_size;
    for (index_t p = 0, count = 0; p < n; p += count) {
      count = std::min(block - p % block, n - p);
      f(view.key(p), (index_t(layer) * 2 * n + p) * width, count * width);
      f(view.value(p), ((index_t(layer) * 2 + 1) * n + p) * width, count * width);
    }
  }
}

template <class T>
constexpr StoredType cache_type() {
  if constexpr (std::is_same_v<T, fp16_t>) return StoredType::f16;
  else if constexpr (std::is_same_v<T, bf16_t>) return StoredType::bf16;
  else if constexpr (std::is_same_v<T, float>) return StoredType::f32;
  else return StoredType::u8;  // groups, as bytes
}
/// Of `cache_type`, how many an element is.
template <class T>
inline constexpr std::int64_t stored_width = cache_type<T>() == StoredType::u8 ? sizeof(T) : 1;

template <class Model, class T>
Result<SavedSequence> read_sequence(Session<Model, T>& session, const KeptSequence& kept) {
  const CacheShape<T> shape(session.model().spec());
  auto& queue = session.engine().queue();
  if (const auto blocks = session.engine().cache().view(0, kept.sequence).blocks; !blocks.empty() && blocks[0] < 0)
    return Error(FaultCode::unsupported,
                 "session: positions behind the sliding window were given back, so the sequence cannot be saved; set "
                 "kept_sequences to 0, or forget what is kept");
  SavedSequence saved{kept.ids, std::vector<std::byte>(kept.ids.size() * std::size_t(2 * shape.layers * shape.width) *
                                                       sizeof(T))};
  T* const to = reinterpret_cast<T*>(saved.keys_values.data());
  each_piece(session.engine().cache(), kept.sequence, shape.layers, shape.width,
             [&](auto from, index_t at, index_t n) { queue.read(to + at, from, n); });
  if (const Fault f = queue.wait()) return Error(f, "session");
  return saved;
}

/// The session then keeps it, as if a call had left it.
template <class Model, class T>
Result<void> write_sequence(Session<Model, T>& session, const SavedSequence& saved) {
  const CacheShape<T> shape(session.model().spec());
  auto& cache = session.engine().cache();
  auto& queue = session.engine().queue();
  const SeqId s = cache.create();
  if (s < 0) return Error(fault(FaultCode::out_of_memory, "cache: no room for another sequence"), "session");
  Fault f = cache.extend(s, std::int32_t(saved.ids.size()));
  if (!f) {
    const T* const from = reinterpret_cast<const T*>(saved.keys_values.data());
    each_piece(cache, s, shape.layers, shape.width,
               [&](auto to, index_t at, index_t n) { queue.write(to, from + at, n); });
    f = queue.wait();
  }
  if (f) {
    cache.drop(s);
    return Error(f, "session");
  }
  session.kept().keep({saved.ids, s}, cache);
  return {};
}

/// FNV-1a over words of eight bytes, then over the rest.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    std::size_t i = 0;
    for (std::uint64_t word = 0; i + 8 <= bytes.size(); i += 8) {
      std::memcpy(&word, bytes.data() + i, 8);
      mix(word);
    }
    for (; i < bytes.size(); ++i) mix(std::uint64_t(bytes[i]));
    mix(bytes.size());
  }
  std::string text() const { return std::to_string(sum_); }

 private:
  void mix(std::uint64_t word) {
    sum_ = (sum_ ^ word) * 0x100000001B3u;
    sum_ ^= sum_ >> 32;
  }
  std::uint64_t sum_ = 0xCBF29CE484222325u;
};

}  // namespace detail

inline constexpr const char* session_file_version = "1";

/// Writes what the session keeps: ids, keys and values of each sequence, with a version and a checksum, beside `path`
/// first and renamed at the end. A safetensors file. Errors: io, those of the device.
template <class Model, class T>
Result<void> try_save_session(Session<Model, T>& session, const std::filesystem::path& path,
                              const SessionFileOptions& options = {}) {
  const CacheShape<T> shape(session.model().spec());
  std::vector<detail::SavedSequence> saved;
  std::vector<std::string> names;
  std::vector<std::vector<std::int64_t>> shapes;
  for (const KeptSequence& kept : session.kept().all()) {
    auto each = detail::read_sequence(session, kept);
    if (!each) return std::move(each).error();
    const auto n = std::int64_t(each->ids.size());
    const std::string number = std::to_string(saved.size());
    names.push_back("ids." + number);
    shapes.push_back({n});
    names.push_back("keys_values." + number);
    shapes.push_back({shape.layers, 2, n, shape.width * detail::stored_width<T>});
    saved.push_back(*std::move(each));
  }
  std::vector<StoredTensor> tensors;
  detail::Checksum sum;
  for (std::size_t i = 0; i < saved.size(); ++i) {
    tensors.push_back({names[2 * i], StoredType::i32, shapes[2 * i], std::as_bytes(std::span(saved[i].ids))});
    tensors.push_back({names[2 * i + 1], detail::cache_type<T>(), shapes[2 * i + 1], saved[i].keys_values});
    sum.add(tensors[2 * i].bytes);
    sum.add(tensors[2 * i + 1].bytes);
  }
  return write_safetensors(path, tensors, {{"format", "skald-session"},
                                           {"version", session_file_version},
                                           {"model", options.model},
                                           {"vocab_size", std::to_string(session.model().vocab_size())},
                                           {"sequences", std::to_string(saved.size())},
                                           {"checksum", sum.text()}});
}

/// Adds what a file holds to what the session keeps; nothing of it where the file is wrong. The next call whose prompt
/// begins like a saved sequence goes on from there. Errors: not_found, io, malformed (checksum, no session's file),
/// mismatch (version, model, shape), invalid_argument (a session that keeps nothing), out_of_memory.
template <class Model, class T>
Result<void> try_restore_session(Session<Model, T>& session, const std::filesystem::path& path,
                                 const SessionFileOptions& options = {}) {
  if (session.kept().most() == 0)
    return Error(FaultCode::invalid_argument, "session: its kept_sequences are 0, so nothing can be restored into it");
  auto file = MappedFile::open(path);
  if (!file) return std::move(file).error();
  auto read = Safetensors::parse(file->bytes(), path.string());
  if (!read) return std::move(read).error();
  const auto said = [&](const char* key) { return std::string(read->metadata(key).value_or("nothing")); };
  const auto wrong = [&](FaultCode code, const char* what, const std::string& expected, const std::string& found) {
    return Error(code, path.string() + ": " + what + ": expected " + expected + ", found " + found);
  };
  const auto same = [&](const char* key, const std::string& expected) {
    return said(key) == expected ? Result<void>() : wrong(FaultCode::mismatch, key, expected, said(key));
  };
  if (said("format") != "skald-session") return wrong(FaultCode::malformed, "format", "skald-session", said("format"));
  if (auto r = same("version", session_file_version); !r) return r;
  if (auto r = same("model", options.model); !r) return r;
  if (auto r = same("vocab_size", std::to_string(session.model().vocab_size())); !r) return r;

  const CacheShape<T> shape(session.model().spec());
  std::vector<detail::SavedSequence> saved;
  detail::Checksum sum;
  for (;;) {
    const std::string number = std::to_string(saved.size());
    const StoredTensor *ids = read->find("ids." + number), *data = read->find("keys_values." + number);
    if (!ids || !data) break;
    sum.add(ids->bytes);
    sum.add(data->bytes);
    const bool list = ids->type == StoredType::i32 && ids->shape.size() == 1;
    const std::int64_t n = list ? ids->shape[0] : -1;
    const std::vector<std::int64_t> expected{shape.layers, 2, n, shape.width * detail::stored_width<T>};
    if (!list || data->type != detail::cache_type<T>() || !std::ranges::equal(data->shape, expected))
      return wrong(FaultCode::mismatch, ("keys_values." + number).c_str(),
                   std::string(name(detail::cache_type<T>())) + " " + detail::shape_text(expected),
                   std::string(name(data->type)) + " " + detail::shape_text(data->shape));
    auto& each = saved.emplace_back();
    each.ids.resize(std::size_t(n));
    if (n > 0) std::memcpy(each.ids.data(), ids->bytes.data(), ids->bytes.size());
    each.keys_values.assign(data->bytes.begin(), data->bytes.end());
  }
  if (said("sequences") != std::to_string(saved.size()))
    return wrong(FaultCode::malformed, "sequences", said("sequences"), std::to_string(saved.size()));
  if (said("checksum") != sum.text()) return wrong(FaultCode::malformed, "checksum", said("checksum"), sum.text());
  for (const auto& each : saved)
    if (auto r = detail::write_sequence(session, each); !r) return r;
  return {};
}

/// Another session of the same model that keeps what this one keeps; independent from then on.
template <class Model, class T>
Result<Session<Model, T>> try_fork_session(Session<Model, T>& session) {
  auto fork = Session<Model, T>::try_create(session.model(), session.options());
  if (!fork) return fork;
  for (const KeptSequence& kept : session.kept().all()) {
    auto saved = detail::read_sequence(session, kept);
    if (!saved) return std::move(saved).error();
    if (auto r = detail::write_sequence(*fork, *saved); !r) return std::move(r).error();
  }
  return fork;
}

}  // namespace skald
