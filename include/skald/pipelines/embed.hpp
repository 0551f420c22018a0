// A folder as files that firmware is compiled with: the spec, the weights as an image, the tables of the tokenizer.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "skald/backend/reference.hpp"
#include "skald/core/result.hpp"
#include "skald/model/embedded_image.hpp"
#include "skald/model/pretrained.hpp"
#include "skald/model/spec_source.hpp"
#include "skald/pipelines/table_source.hpp"

namespace skald::inline SKALD_ABI {

struct EmbedOptions {
  std::string precision = "int8";  ///< int8, nf4, fp16 or fp32
  std::string name{};              ///< the namespace of what is written; "": the file's name
  bool tokenizer = true;           ///< whether the tables of the tokenizer are written
};

/// What embed() writes. Of an image in a file of its own the header declares a symbol, `<name>_image`.
struct EmbeddedModel {
  std::string name, spec, tables, eos;
  std::string_view plan;
  SpecialTokens special;
  std::vector<std::byte> image;

  std::string symbol() const { return name + "_image"; }
  std::string header(bool with_image) const;
  std::string assembler() const;
};

namespace detail {

inline Result<void> write_text(const std::filesystem::path& path, const void* data, std::size_t size) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(static_cast<const char*>(data), std::streamsize(size));
  out.close();
  if (!out) return Error(FaultCode::io, path.string() + ": cannot be written");
  return {};
}
inline Result<void> write_text(const std::filesystem::path& path, const std::string& text) {
  return write_text(path, text.data(), text.size());
}

inline bool is_identifier(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name)
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  return true;
}

}  // namespace detail

/// The parts of a causal model of any family. Errors: what loading gives, invalid_argument (options), unsupported (no
/// causal model, a tokenizer that needs a heap).
inline Result<EmbeddedModel> make_embedded(std::string_view folder, const EmbedOptions& options = {}) {
  using Lm = Transformer<Reference, AnyPrecision>;
  const auto refuse = [&](FaultCode code, std::string what) { return Error(code, std::move(what)); };
  const auto precision = embedded_precision(options.precision);
  if (!precision)
    return refuse(FaultCode::invalid_argument,
                  "precision: expected int8, nf4, fp16 or fp32, found " + options.precision);
  if (!detail::is_identifier(options.name))
    return refuse(FaultCode::invalid_argument, "name: expected letters, digits and _, found \"" + options.name + "\"");
  auto lm = Pretrained<Lm>::try_load(folder);
  if (!lm) return std::move(lm).error();
  if (!lm->spec().cached())
    return refuse(FaultCode::unsupported, std::string(folder) + ": expected a model that generates text");
  if (lm->spec().position_table == PositionTable::sinusoidal)
    return refuse(FaultCode::unsupported,
                  std::string(folder) + ": its table of positions is made when it is loaded, and is in no image");
  EmbeddedModel made;
  made.name = options.name;
  made.plan = precision->plan;
  made.spec = spec_source(lm->spec());
  made.special = lm->special_tokens();
  made.image = embedded_image(*lm, *precision);
  if (options.tokenizer) {
    const auto tables = make_token_tables(std::filesystem::path(std::string(folder)));
    if (!tables) return Error(tables.error()).in(std::string(folder));
    made.tables = table_source(*tables);
  }
  return made;
}

inline std::string EmbeddedModel::header(bool with_image) const {
  const std::string size = std::to_string(image.size());
  std::string text = "// Made by skald embed, not to be edited: the weights take " + size +
                     " bytes.\n#pragma once\n#include <cstdint>\n\n#include <skald/core.hpp>\n\n";
  if (!with_image) text.append("extern \"C\" const unsigned char ").append(symbol()).append("[];\n\n");
  text.append("namespace ").append(name).append(" {\n\n").append(spec).append("\n/// Of Transformer<Bare, Plan, "
      "Fixed<spec>>.\nusing Plan = ").append(plan).append(";\n\n");
  text.append("inline constexpr skald::token_id bos = ").append(std::to_string(special.bos)).append(", eos = ")
      .append(std::to_string(special.eos.empty() ? -1 : special.eos[0])).append(", pad = ")
      .append(std::to_string(special.pad)).append(";\n\n/// All end tokens, for the model.\n"
      "inline constexpr skald::SpecialTokens special_tokens = [] {\n  skald::SpecialTokens s;\n  s.bos = bos, "
      "s.pad = pad;\n");
  for (const token_id id : special.eos) text.append("  s.eos.push_back(").append(std::to_string(id)).append(");\n");
  text.append("  return s;\n}();\n\n");
  if (with_image) {
    text.append("alignas(skald::image_alignment) inline constexpr unsigned char image_bytes[] = {\n");
    detail::append_list(text, image, [&](std::byte b) { text.append(std::to_string(std::to_integer<int>(b))); });
    text.append("};\ninline constexpr skald::ImageBytes image{image_bytes, sizeof image_bytes};\n\n");
  } else {
    text.append("inline constexpr skald::ImageBytes image{").append(symbol()).append(", ").append(size)
        .append("};\n\n");
  }
  return text.append(tables).append("\n}  // namespace ").append(name).append("\n");
}

/// For the assemblers of GCC and clang, whatever the processor; C's preprocessor takes the comment.
inline std::string EmbeddedModel::assembler() const {
  const std::string s = symbol();
  std::string text = "// Made by skald embed, not to be edited.\n        .section .rodata." + s +
                     ",\"a\"\n        .balign 16\n        .global " + s + "\n        .type " + s + ", %object\n" + s +
                     ":\n";
  for (std::size_t at = 0; at < image.size(); at += 32) {
    text.append("        .byte ");
    const std::size_t end = at + 32 < image.size() ? at + 32 : image.size();
    for (std::size_t i = at; i < end; ++i)
      text.append(i > at ? "," : "").append(std::to_string(std::to_integer<int>(image[i])));
    text.append("\n");
  }
  return text.append("        .size " + s + ", . - " + s + "\n        .section .note.GNU-stack,\"\",%progbits\n");
}

/// Writes `out`: `x.hpp` holds everything; `x.S` and `x.bin` hold the weights alone, and `x.hpp` beside them the rest.
/// Of a .bin the program makes the symbol itself, at a multiple of 16. Errors: of make_embedded(), io.
inline Result<EmbeddedModel> try_embed(std::string_view folder, std::string_view out, EmbedOptions options = {}) {
  const std::filesystem::path path{std::string(out)};
  const std::string extension = path.extension().string();
  if (extension != ".hpp" && extension != ".S" && extension != ".bin")
    return Error(FaultCode::invalid_argument, "out: expected a name that ends in .hpp, .S or .bin, found " +
                                                  path.string());
  if (options.name.empty()) options.name = path.stem().string();
  auto made = make_embedded(folder, options);
  if (!made) return made;
  std::filesystem::path header = path;
  header.replace_extension(".hpp");
  Result<void> written = detail::write_text(header, made->header(extension == ".hpp"));
  if (written && extension == ".S") written = detail::write_text(path, made->assembler());
  if (written && extension == ".bin") written = detail::write_text(path, made->image.data(), made->image.size());
  if (!written) return std::move(written).error();
  return made;
}

}  // namespace skald
