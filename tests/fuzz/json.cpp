// Any bytes as a JSON text, and as a config that a family asks.
#include "skald/io/json.hpp"

#include <cstdint>
#include <cstdlib>

#include "skald/io/json_config.hpp"

namespace {

/// Every node is of one kind and reachable; returns how many there are.
std::size_t walk(const skald::Json& j) {
  const int kinds = j.is_null() + j.is_boolean() + j.is_number() + j.is_string() + j.is_array() + j.is_object();
  if (kinds != 1 || j.is_number() != j.number().has_value() || j.is_string() != j.string().has_value()) std::abort();
  std::size_t nodes = 1;
  for (std::size_t i = 0; i < j.size(); ++i) {
    if (j.is_object() && i < 8 && !j.find(j.key(i))) std::abort();
    nodes += walk(j[i]);
  }
  return nodes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool nan : {false, true}) {
    const auto document = skald::JsonDocument::parse(text, "fuzz", {.nan = nan});
    if (!document) {
      if (document.error().message().empty()) std::abort();
      continue;
    }
    if (walk(document->root()) > size + 1) std::abort();
    const skald::JsonConfig config(document->root());
    (void)config.field("a", 1);
    (void)config.field("b", 1.0f);
    (void)config.child("c").field("d", true);
    for (std::int32_t i = 0; i < std::min(config.size("e"), 9); ++i) (void)config.at("e", i, std::string_view());
    config.reject("f", "expected g");
    if (!config.faults()) std::abort();
  }
  return 0;
}
