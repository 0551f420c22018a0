// Any texts as the files of a model directory: config, index and two shards, parted by lines of "--".
#include "skald/io/checkpoint.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "support/broken_files.hpp"

namespace {

/// Asks for every tensor as what it is and as what it is not.
void read(const skald::Checkpoint& model) {
  for (const skald::StoredTensor& t : model.tensors()) {
    if (model.find(t.name) != &t || model.file_of(t.name).empty()) std::abort();
    const skald::index_t rows = t.shape.empty() ? 1 : t.shape[0], cols = t.shape.size() < 2 ? 2 : t.shape[1];
    for (const bool transposed : {false, true}) {
      const auto weight = model.weight(t.name, rows, cols, transposed);
      if (!weight) continue;
      if (weight->form == skald::StoredForm::four_bit && (!weight->absmax || !weight->code_book)) std::abort();
      if (weight->form == skald::StoredForm::int8_rowwise && !weight->row_absmax) std::abort();
    }
    (void)model.weight(t.name, 3, 50);
    (void)model.vector(t.name, rows);
  }
  (void)model.asks_for_remote_code();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const support::TemporaryDirectory directory;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto next = [&] {
    const std::size_t end = std::min(rest.find("\n--\n"), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 4, rest.size()));
    return part;
  };
  directory.write("config.json", next());
  const std::string_view index = next();
  for (const char* shard : {"1.safetensors", "2.safetensors"}) {
    const std::string_view text = next();
    const std::size_t bar = std::min(text.find('|'), text.size());
    directory.write(shard, support::little_endian(bar).append(text.substr(0, bar)).append(
                               text.substr(std::min(bar + 1, text.size()))));
  }
  std::error_code none;
  std::filesystem::remove(directory / "model.safetensors.index.json", none);
  std::filesystem::remove(directory / "model.safetensors", none);
  if (index.empty()) std::filesystem::copy_file(directory / "1.safetensors", directory / "model.safetensors", none);
  else directory.write("model.safetensors.index.json", index);
  for (const std::filesystem::path& path : {directory.path(), directory / "1.safetensors"}) {
    const auto model = skald::Checkpoint::try_open(path);
    if (model) read(*model);
    else if (model.error().message().empty()) std::abort();
  }
  return 0;
}
