// Writes the safetensors container, in the order and the spelling of its own writer.
#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "skald/io/faults.hpp"
#include "skald/io/safetensors.hpp"
#include "skald/io/write_json.hpp"

namespace skald::inline SKALD_ABI {

using SafetensorsMetadata = std::vector<std::pair<std::string, std::string>>;

/// Bytes that are made when a tensor's turn comes, so that only one tensor's are there at a time. They live until the
/// next call; what a tensor brings itself then only tells how many they are. Default: its own.
struct TensorBytes {
  std::span<const std::byte> (*get)(void* user, const StoredTensor& tensor) = nullptr;
  void* user = nullptr;

  std::span<const std::byte> operator()(const StoredTensor& t) const { return get ? get(user, t) : t.bytes; }
};

namespace detail {

/// Length and header; `tensors` lie in the order of the data.
inline std::string safetensors_header(std::span<const StoredTensor> tensors, const SafetensorsMetadata& metadata) {
  std::string json = "{";
  const auto next = [&] { json.append(json.back() == '{' ? "" : ","); };
  if (!metadata.empty()) {
    json.append("\"__metadata__\":{");
    for (const auto& [key, value] : metadata) {
      next();
      json.append(json_quoted(key)).append(":").append(json_quoted(value));
    }
    json.append("}");
  }
  std::uint64_t at = 0;
  for (const StoredTensor& t : tensors) {
    next();
    json.append(json_quoted(t.name)).append(":{\"dtype\":\"").append(name(t.type)).append("\",\"shape\":[");
    for (std::size_t i = 0; i < t.shape.size(); ++i) json.append(i ? "," : "").append(std::to_string(t.shape[i]));
    json.append("],\"data_offsets\":[").append(std::to_string(at)).append(",");
    json.append(std::to_string(at += t.bytes.size())).append("]}");
  }
  json.append("}");
  json.append((8 - json.size() % 8) % 8, ' ');
  std::string header;
  for (int shift = 0; shift < 64; shift += 8) header.push_back(char(std::uint64_t(json.size()) >> shift & 0xFF));
  return header.append(json);
}

}  // namespace detail

/// Widest types first, then by name; the header is padded so that the data begin at a multiple of eight.
/// Errors: invalid_argument (a name twice, bytes that do not fit the shape), io.
inline Result<void> write_safetensors(std::ostream& out, std::span<const StoredTensor> tensors,
                                      const SafetensorsMetadata& metadata = {}, const TensorBytes& bytes_of = {}) {
  std::vector<StoredTensor> sorted(tensors.begin(), tensors.end());
  std::sort(sorted.begin(), sorted.end(), [](const StoredTensor& a, const StoredTensor& b) {
    return a.type != b.type ? a.type > b.type : a.name < b.name;
  });
  detail::FaultList faults;
  for (const StoredTensor& t : sorted) {
    const bool negative = std::any_of(t.shape.begin(), t.shape.end(), [](std::int64_t size) { return size < 0; });
    const auto wanted = negative ? std::nullopt : detail::stored_bits(t.type, t.shape);
    if (wanted && *wanted % 8 == 0 && *wanted / 8 == t.bytes.size()) continue;
    faults.add(FaultCode::invalid_argument,
               {detail::printable(t.name), ": expected the bytes of ", name(t.type), " ", detail::shape_text(t.shape),
                ", found ", std::to_string(t.bytes.size())});
  }
  std::vector<std::string_view> names{"__metadata__"};
  for (const StoredTensor& t : sorted) names.push_back(t.name);
  std::sort(names.begin(), names.end());
  for (auto at = names.begin(); (at = std::adjacent_find(at, names.end())) != names.end(); ++at) {
    faults.add(FaultCode::invalid_argument, {detail::printable(*at), ": expected once, found again"});
  }
  if (const auto error = faults.error()) return *error;

  const std::string header = detail::safetensors_header(sorted, metadata);
  out.write(header.data(), std::streamsize(header.size()));
  for (const StoredTensor& t : sorted) {
    const auto bytes = bytes_of(t);
    if (bytes.size() != t.bytes.size())
      return Error(FaultCode::io, detail::sentence({detail::printable(t.name), ": expected ",
                                                    std::to_string(t.bytes.size()), " bytes to write, found ",
                                                    std::to_string(bytes.size())}));
    out.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
  }
  if (!out.flush()) return Error(FaultCode::io, "writing safetensors failed");
  return {};
}

/// Writes beside `path` and renames at the end: a file that is mapped, perhaps by these very tensors, stays whole.
inline Result<void> write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                                      const SafetensorsMetadata& metadata = {}) {
  std::filesystem::path part = path;
  part += ".part";
  std::error_code why;
  Result<void> written = [&] {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    return write_safetensors(out, tensors, metadata);
  }();
  if (written) {
    std::filesystem::rename(part, path, why);
    if (why) written = detail::file_error(path, why);
  } else {
    written = std::move(written).error().in(path.string());
  }
  if (!written) std::filesystem::remove(part, why);
  return written;
}

}  // namespace skald
