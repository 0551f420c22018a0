// The safetensors container: named tensors over the bytes of a file, without a copy.
// Layout: 8 bytes little-endian N, N bytes of JSON, then the data of all tensors without holes.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skald/io/faults.hpp"
#include "skald/io/json.hpp"
#include "skald/io/order.hpp"
#include "skald/precision/stored.hpp"

namespace skald::inline SKALD_ABI {

/// One tensor as a file holds it: row-major, little-endian, at any alignment.
struct StoredTensor {
  std::string_view name;
  StoredType type = StoredType::f32;
  std::span<const std::int64_t> shape;  ///< [] is one element
  std::span<const std::byte> bytes;
};

namespace detail {

inline std::optional<StoredType> stored_type(std::string_view spelled) {
  for (int i = 0; i <= int(StoredType::u64); ++i) {
    if (spelled == name(StoredType(i))) return StoredType(i);
  }
  return std::nullopt;
}

/// Bits of a tensor; no value when 64 bits do not count them.
inline std::optional<std::uint64_t> stored_bits(StoredType type, std::span<const std::int64_t> shape) {
  std::uint64_t total = bits(type);
  for (const std::int64_t size : shape) {
    if (size != 0 && total > std::numeric_limits<std::uint64_t>::max() / std::uint64_t(size)) return std::nullopt;
    total *= std::uint64_t(size);
  }
  return total;
}

/// Checks a header and fills the tensors; one fault does not hide the others.
class SafetensorsReader {
 public:
  SafetensorsReader(std::span<const std::byte> data, const std::string& file) : data_(data), file_(file) {}

  struct Entry {
    StoredTensor tensor;
    std::size_t shape_at = 0, rank = 0;
    std::uint64_t begin = 0, end = 0;
    bool typed = false, shaped = false, placed = false;  // what of it could be read
  };

  void read(const Json& header) {
    entries.reserve(header.size());
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (header.key(i) == "__metadata__") read_metadata(header[i]);
      else read_entry(header.key(i), header[i]);
    }
    for (Entry& e : entries) e.tensor.shape = std::span(shapes).subspan(e.shape_at, e.rank);
    check_sizes();
    check_offsets();
    check_names();
  }

  std::vector<Entry> entries;
  std::vector<std::uint32_t> by_name;
  std::vector<std::int64_t> shapes;
  std::optional<Json> metadata;
  FaultList faults;

 private:
  void fault(std::string_view tensor, std::initializer_list<std::string_view> what) {
    faults.add(FaultCode::malformed, {printable(tensor), ": ", sentence(what), " in ", file_});
  }

  void read_metadata(const Json& found) {
    if (metadata) fault("__metadata__", {"expected once, found again"});
    metadata = found;
    if (!found.is_object()) return fault("__metadata__", {"expected an object, found ", found.kind()});
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i].is_string()) {
        fault("__metadata__", {printable(found.key(i)), ": expected a string, found ", found[i].kind()});
      }
    }
  }

  /// The member of that name, which must be there once.
  std::optional<Json> member(std::string_view tensor, const Json& info, const char* wanted) {
    std::optional<Json> found;
    for (std::size_t i = 0; i < info.size(); ++i) {
      if (info.key(i) != wanted) continue;
      if (found) fault(tensor, {wanted, ": expected once, found again"});
      found = info[i];
    }
    if (!found) fault(tensor, {wanted, ": not found"});
    return found;
  }

  void read_entry(std::string_view tensor, const Json& info) {
    Entry& e = entries.emplace_back();
    e.tensor.name = tensor;
    if (!info.is_object()) return fault(tensor, {"expected an object, found ", info.kind()});
    read_type(e, info);
    read_shape(e, info);
    read_offsets(e, info);
  }

  void read_type(Entry& e, const Json& info) {
    const auto found = member(e.tensor.name, info, "dtype");
    if (!found) return;
    const auto spelled = found->string();
    if (!spelled) return fault(e.tensor.name, {"dtype: expected a string, found ", found->kind()});
    const auto type = stored_type(*spelled);
    if (!type) return fault(e.tensor.name, {"dtype: expected one of safetensors, found ", in_quotes(*spelled)});
    e.tensor.type = *type;
    e.typed = true;
  }

  void read_shape(Entry& e, const Json& info) {
    e.shape_at = shapes.size();
    const auto found = member(e.tensor.name, info, "shape");
    if (!found) return;
    if (!found->is_array()) return fault(e.tensor.name, {"shape: expected an array, found ", found->kind()});
    for (std::size_t i = 0; i < found->size(); ++i) {
      const auto size = (*found)[i].integer();
      if (!size || *size < 0) return fault(e.tensor.name, {"shape: expected integers from 0, found another thing"});
      shapes.push_back(*size);
    }
    e.rank = found->size();
    e.shaped = true;
  }

  void read_offsets(Entry& e, const Json& info) {
    const auto found = member(e.tensor.name, info, "data_offsets");
    if (!found) return;
    if (found->is_array() && found->size() == 2) {
      const auto begin = (*found)[0].integer(), end = (*found)[1].integer();
      if (begin && end && *begin >= 0 && *end >= 0) {
        e.begin = std::uint64_t(*begin);
        e.end = std::uint64_t(*end);
        e.placed = true;
        return;
      }
    }
    fault(e.tensor.name, {"data_offsets: expected two integers from 0, found another thing"});
  }

  void check_sizes() {
    for (const Entry& e : entries) {
      if (!e.typed || !e.shaped) continue;
      const std::string shape = sentence({name(e.tensor.type), " ", shape_text(e.tensor.shape)});
      const auto wanted = stored_bits(e.tensor.type, e.tensor.shape);
      if (!wanted) {
        fault(e.tensor.name, {"shape: ", shape, " is larger than 64 bits can count"});
      } else if (*wanted % 8 != 0) {
        fault(e.tensor.name, {"shape: ", shape, " does not fill whole bytes"});
      } else if (e.placed && e.end >= e.begin && *wanted / 8 != e.end - e.begin) {
        fault(e.tensor.name, {"expected ", std::to_string(*wanted / 8), " bytes for ", shape, ", found ",
                              std::to_string(e.end - e.begin)});
      }
    }
  }

  /// In the order of the data each tensor begins where the one before ends, and the last ends with the file.
  void check_offsets() {
    for (const Entry& e : entries) {
      if (!e.placed) return;  // where it lies is unknown, so its neighbours may be innocent
    }
    const auto by_place = order_of(entries.size(), [&](std::uint32_t a, std::uint32_t b) {
      const Entry &left = entries[a], &right = entries[b];
      return left.begin != right.begin ? left.begin < right.begin : left.end < right.end;
    });
    std::uint64_t previous = 0;
    bool inside = true;
    for (const std::uint32_t i : by_place) {
      Entry& e = entries[i];
      if (e.begin != previous) {
        fault(e.tensor.name, {"data_offsets: expected to begin at ", std::to_string(previous), ", found ",
                              std::to_string(e.begin)});
      }
      if (e.end < e.begin || e.end > data_.size()) {
        inside = false;
        fault(e.tensor.name, {"data_offsets: expected an end from ", std::to_string(e.begin), " to ",
                              std::to_string(data_.size()), ", found ", std::to_string(e.end)});
      } else {
        e.tensor.bytes = data_.subspan(std::size_t(e.begin), std::size_t(e.end - e.begin));
      }
      previous = e.end;
    }
    if (inside && previous != data_.size()) {
      faults.add(FaultCode::malformed, {file_, ": expected ", std::to_string(previous), " bytes of data, found ",
                                        std::to_string(data_.size())});
    }
  }

  void check_names() {
    by_name = order_of(entries.size(), [&](std::uint32_t a, std::uint32_t b) {
      return entries[a].tensor.name < entries[b].tensor.name;
    });
    for (std::size_t i = 1; i < by_name.size(); ++i) {
      const std::string_view name = entries[by_name[i]].tensor.name;
      if (name == entries[by_name[i - 1]].tensor.name) fault(name, {"expected once, found again"});
    }
  }

  std::span<const std::byte> data_;
  const std::string& file_;
};

}  // namespace detail

/// The tensors of one file. They point into the bytes given to parse() and into this object, which may be moved.
class Safetensors {
 public:
  /// Checks everything that the format asks for; all faults are in one error, each naming its tensor and `file`.
  static Result<Safetensors> parse(std::span<const std::byte> bytes, std::string file);

  const std::string& file() const { return file_; }

  /// Sorted by name.
  std::span<const StoredTensor> tensors() const { return tensors_; }

  /// Null if there is none. O(log n).
  const StoredTensor* find(std::string_view name) const {
    const auto at = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                     [](const StoredTensor& t, std::string_view n) { return t.name < n; });
    return at != tensors_.end() && at->name == name ? &*at : nullptr;
  }

  bool has_metadata() const { return metadata_.has_value(); }
  std::optional<std::string_view> metadata(std::string_view key) const {
    const auto found = metadata_ ? metadata_->find(key) : std::nullopt;
    return found ? found->string() : std::nullopt;
  }

  /// transformers' rule for files of weights: no metadata, or a format of "pt" or "mlx" (laid out alike).
  Result<void> check_weight_format() const;

 private:
  Safetensors(JsonDocument header, std::string file) : header_(std::move(header)), file_(std::move(file)) {}

  JsonDocument header_;  // owns the names
  std::string file_;
  std::vector<std::int64_t> shapes_;
  std::vector<StoredTensor> tensors_;
  std::optional<Json> metadata_;
};

inline Result<Safetensors> Safetensors::parse(std::span<const std::byte> bytes, std::string file) {
  constexpr std::uint64_t longest_header = 100'000'000;
  const auto refuse = [&](std::string_view what, std::uint64_t expected, std::uint64_t found) {
    return Error(FaultCode::malformed, detail::sentence({file, ": ", what, std::to_string(expected), " bytes, found ",
                                                         std::to_string(found)}));
  };
  if (bytes.size() < 8) return refuse("expected at least ", 8, bytes.size());
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  if (length > longest_header) return refuse("header: expected at most ", longest_header, length);
  if (length > bytes.size() - 8) return refuse("header: expected ", length, bytes.size() - 8);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, std::size_t(length));
  if (!text.starts_with('{')) {
    const std::string found = text.empty() ? "nothing" : detail::in_quotes(text.substr(0, 1));
    return Error(FaultCode::malformed, detail::sentence({file, ": header: expected \"{\", found ", found}));
  }
  Result<JsonDocument> header = JsonDocument::parse(text, file + ": header");
  if (!header) return std::move(header).error();

  Safetensors result(*std::move(header), std::move(file));
  detail::SafetensorsReader reader(bytes.subspan(8 + std::size_t(length)), result.file_);
  reader.read(result.header_.root());
  if (const auto error = reader.faults.error()) return *error;
  result.shapes_ = std::move(reader.shapes);  // moving keeps the numbers where the tensors' spans point
  result.metadata_ = reader.metadata;
  result.tensors_.reserve(reader.entries.size());
  for (const std::uint32_t i : reader.by_name) result.tensors_.push_back(reader.entries[i].tensor);
  return result;
}

inline Result<void> Safetensors::check_weight_format() const {
  const auto format = metadata("format");
  if (!metadata_ || format == "pt" || format == "mlx") return {};
  const bool other = format == "tf" || format == "flax";
  return Error(other ? FaultCode::unsupported : FaultCode::mismatch,
               detail::sentence({file_, ": __metadata__.format: expected \"pt\", found ",
                                 format ? detail::in_quotes(*format) : std::string("nothing"),
                                 other ? "; load it with transformers and save it from PyTorch" : ""}));
}

}  // namespace skald
