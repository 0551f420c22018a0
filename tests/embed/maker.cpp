// Writes what test_embed is made of: embed_maker FOLDER.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "skald/pipelines/embed.hpp"

using namespace skald;

int main(int, char** argv) {
  const std::filesystem::path golden = SKALD_TEST_DATA, out = argv[1];
  struct Wanted {
    const char *folder, *file, *precision;
  };
  for (const Wanted& w : {Wanted{"llama_gqa", "llama.hpp", "int8"}, {"gpt2", "gpt2.S", "fp16"},
                          {"gemma3_text", "gemma3.hpp", "nf4"}, {"phi3_longrope", "phi3.bin", "fp32"}}) {
    EmbedOptions options;
    options.precision = w.precision;
    options.tokenizer = false;
    const auto made = try_embed((golden / "models" / w.folder).string(), (out / w.file).string(), options);
    if (!made) return std::fprintf(stderr, "%s\n", made.error().what()), 1;
  }

  std::vector<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(golden / "models"))
    folders.push_back(entry.path().filename().string());
  std::sort(folders.begin(), folders.end());
  std::string specs = "#pragma once\n#include \"skald/spec/model_spec.hpp\"\n\n", list;
  for (const std::string& folder : folders) {
    const auto lm = Pretrained<Transformer<Reference, AnyPrecision>>::try_load((golden / "models" / folder).string());
    if (!lm) continue;
    specs += spec_source(lm->spec(), "spec_of_" + folder);
    list += "    {\"" + folder + "\", &spec_of_" + folder + "},\n";
  }
  specs += "\ninline constexpr struct {\n  const char* folder;\n  const skald::ModelSpec* spec;\n} specs[] = {\n" +
           list + "};\n";
  std::string tables = "#pragma once\n#include \"skald/core.hpp\"\n\n";
  for (const char* name :
       {"bpe_gpt2", "bpe_llama3_ignore_merges", "bpe_o200k", "bpe_tekken", "bpe_bytelevel_noregex"}) {
    const auto made = make_token_tables(golden / "tokenizers" / name);
    if (!made) return std::fprintf(stderr, "%s\n", made.error().what()), 1;
    tables += std::string("namespace ") + name + " {\n" + table_source(*made) + "}\n";
  }
  const bool done = detail::write_text(out / "specs.hpp", specs) && detail::write_text(out / "tables.hpp", tables);
  return done ? 0 : 1;
}
