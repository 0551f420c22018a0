// How a quantised checkpoint lies in its file, and what one of its weights decodes to.
#include <algorithm>

#include "files.hpp"
#include "skald/io/checkpoint.hpp"
#include "skald/model/tensor_binding.hpp"

namespace golden {

namespace {

using skald::Checkpoint;
using skald::StoredTensor;
using skald::StoredType;

void tensors_case(Case& c, const Json& expected, const Checkpoint& checkpoint) {
  const std::size_t found_size = checkpoint.tensors().size();
  c.expect(expected.size() == found_size,
           "expected " + std::to_string(expected.size()) + " tensors, found " + std::to_string(found_size));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string name(expected.key(i));
    const StoredTensor* const found = checkpoint.find(name);
    if (!found) {
      c.fail(name + ": not found");
      continue;
    }
    if (expected[i].size() != 2) malformed("expected.json: tensors." + name + ": expected a type and a shape");
    c.equal(name, skald::name(found->type), text_of(expected[i][0]));
    const auto shape = integers_of(expected[i][1]);
    c.expect(std::ranges::equal(shape, found->shape), name + ": another shape");
  }
}

/// The JSON texts in tensors against what is recorded of them.
void states_case(Case& c, const Json& expected, const Checkpoint& checkpoint) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string name(expected.key(i));
    const StoredTensor* const found = checkpoint.find(name);
    if (!found) malformed(name + ": not found");
    const std::string_view text(reinterpret_cast<const char*>(found->bytes.data()), found->bytes.size());
    const auto state = unwrap(skald::JsonDocument::parse(text, name));
    c.expect(state.root().size() == expected[i].size(), name + ": another number of fields");
    for (std::size_t k = 0; k < expected[i].size(); ++k) {
      const std::string field(expected[i].key(k));
      const Json theirs = expected[i][k], ours = member(state.root(), field);
      const std::string place = name + "." + field;
      if (theirs.is_number() && !theirs.is_integer()) c.near(place, number_of(ours), number_of(theirs), 1e-6);
      else c.equal(place, skald::detail::json_text(ours), skald::detail::json_text(theirs));
    }
  }
}

void modules_case(Case& c, const Json& expected, const Checkpoint& checkpoint) {
  std::vector<std::string> wanted = texts_of(expected), found;
  for (const StoredTensor& t : checkpoint.tensors())
    if (t.name.ends_with(".weight") && (t.type == StoredType::u8 || t.type == StoredType::i8))
      found.emplace_back(t.name.substr(0, t.name.size() - 7));
  std::ranges::sort(wanted);
  std::ranges::sort(found);
  c.expect(wanted == found, "other modules are quantised");
}

void weight_case(Case& c, const Fixture& f, const Json& entry, const Checkpoint& checkpoint) {
  const std::string name = text_of(member(entry, "module")) + ".weight";
  const Tensor expected = f.tensor(member(entry, "tensor"), 2);
  const index_t rows = expected.shape[0], cols = expected.shape[1];
  skald::StoredWeight stored = unwrap(checkpoint.weight(name, rows, cols));
  stored.blocks_per_row = skald::avx512_blocks_per_row(cols, stored.block);  // where it was recorded
  std::vector<float> found(expected.values.size());
  const bool known = skald::detail::with_stored(stored, {}, [&](auto p, const auto& parts) {
    for (index_t r = 0; r < rows; ++r) decltype(p)::type::decode(parts, cols, r, 0, found.data() + r * cols, cols);
  });
  c.expect(known, "of no known precision");
  c.near("weight", found, expected.values, {.absolute = 1e-6, .relative = 1e-6});
}

}  // namespace

void stored_cases(const Fixture& f, Report& report) {
  const auto each = [&](const char* key, auto&& check) {
    const auto entry = f.root().find(key);
    if (!entry) return;
    report.run(key, [&](Case& c) { check(c, *entry, Checkpoint::open(f.folder())); });
  };
  each("tensors", tensors_case);
  each("quant_states", states_case);
  each("quantised_modules", modules_case);
  each("dequantised_weight",
       [&](Case& c, const Json& entry, const Checkpoint& checkpoint) { weight_case(c, f, entry, checkpoint); });
}

}  // namespace golden
