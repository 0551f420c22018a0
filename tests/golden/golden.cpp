// golden FOLDER...: runs every case that folders of recorded numbers hold (each a model, or a folder of such) and
// prints one line a case: `model case ok|FAIL|skipped max_error figure`, and why. Exit status 0: nothing failed.
// Folders of tokenizers (texts.json) and of chat templates (conversations.json, with ../tokenizers) run too.
//   --backend reference|cpu|pretend     --threads N     --only CASE   cases whose name contains it
//   --dtype auto|fp32|bf16|fp16|int8|nf4|fp4   all models in this precision
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "backends.hpp"
#include "text.hpp"

namespace fs = std::filesystem;

namespace {

struct CommandLine {
  golden::Options options;
  std::string backend = "cpu", only, wrong;
  std::vector<fs::path> folders;

  CommandLine(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view name = argv[i];
      if (!name.starts_with("--")) {
        folders.emplace_back(name);
        continue;
      }
      const bool known = name == "--backend" || name == "--dtype" || name == "--threads" || name == "--only";
      if (!known || ++i == argc) {
        refuse(known ? "no value for" : "unknown option", name);
        return;
      }
      const std::string value = argv[i];
      if (name == "--only") only = value;
      else if (name == "--backend") choose(backend, value, {"reference", "cpu", "pretend"});
      else if (name == "--dtype") choose(options.dtype, value, {"auto", "fp32", "bf16", "fp16", "int8", "nf4", "fp4"});
      else if ((options.threads = std::atoi(value.c_str())) < 1) refuse("--threads: expected 1 or more, found", value);
    }
    if (folders.empty() && wrong.empty())
      wrong = "golden [--backend B] [--dtype D] [--threads N] [--only CASE] FOLDER...";
  }

 private:
  void refuse(std::string_view what, std::string_view found) { wrong = std::string(what).append(" ").append(found); }
  void choose(std::string& to, const std::string& value, std::initializer_list<std::string_view> known) {
    if (std::find(known.begin(), known.end(), value) == known.end()) refuse("unknown value", value);
    to = value;
  }
};

/// Folders with an expected.json, in order; others are told.
std::vector<fs::path> models_in(const fs::path& folder, golden::Report& report) {
  if (fs::exists(folder / "expected.json")) return {folder};
  std::vector<fs::path> all, models;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.is_directory()) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  for (const fs::path& each : all) {
    report.enter(each.filename().string());
    if (fs::exists(each / "expected.json")) models.push_back(each);
    else report.skip("*", "no expected.json");
  }
  report.enter(folder.string());
  if (models.empty()) report.fail("*", "no folder with an expected.json");
  return models;
}

void run(const fs::path& folder, const CommandLine& line, golden::Report& report) {
  report.enter(folder.filename().string());
  try {
    const golden::Fixture fixture(folder);
    report.enter(fixture.name());
    if (line.backend == "reference") run_on_reference(fixture, line.options, report);
    else if (line.backend == "pretend") run_on_pretend_device(fixture, line.options, report);
    else run_on_cpu(fixture, line.options, report);
  } catch (const std::exception& e) {
    report.fail("*", e.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const CommandLine line(argc, argv);
  if (!line.wrong.empty()) {
    std::fprintf(stderr, "%s\n", line.wrong.c_str());
    return 2;
  }
  golden::Report report(line.only);
  const auto start = std::chrono::steady_clock::now();
  for (const fs::path& folder : line.folders) {
    if (!golden::is_text_folder(folder)) {
      for (const fs::path& model : models_in(folder, report)) run(model, line, report);
      continue;
    }
    try {
      golden::run_text_folder(folder, folder / ".." / "tokenizers", report);
    } catch (const std::exception& e) {
      report.fail("*", e.what());
    }
  }
  return report.finish(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}
