#include "text.hpp"

#include <algorithm>
#include <vector>

#include "text/golden.hpp"
#include "text/golden_chat.hpp"
#include "text/golden_components.hpp"

namespace golden {

namespace fs = std::filesystem;

namespace {

/// Tells of many small cases as one: how many there were, and the first that differs.
struct Sum {
  std::string first = {};
  int cases = 0, different = 0;

  void operator()(const std::string& name, const std::string& difference) {
    ++cases;
    if (!difference.empty() && different++ == 0) first = name + ": " + difference;
  }
  void into(Case& c) const {
    c.expect(cases > 0, "no case");
    if (different) c.fail(std::to_string(different) + " of " + std::to_string(cases) + ": " + first);
    c.note(std::to_string(cases) + " cases");
  }
};

void run_tokenizer(const fs::path& folder, const skald::JsonDocument& texts, Report& report) {
  const skald::JsonDocument expected = unwrap(skald::read_json(folder / "expected.json"));
  const std::string name = folder.filename().string();
  const bool whole = name.starts_with("class_") || name.starts_with("files_");
  const auto run = [&](const std::string& what, const fs::path& from, int (Folder::*compare)()) {
    report.run(what, [&](Case& c) {
      const auto tokenizer = from.extension() == ".json" ? skald::Tokenizer::try_from_file(from)
                                                         : skald::Tokenizer::try_from_pretrained(from);
      if (!tokenizer) return c.fail(tokenizer.error().message());
      int different = 0;
      Folder cases(*tokenizer, expected.root(), texts.root(), [&](const std::string& difference) {
        if (different++ == 0) c.fail(difference);
      });
      const int compared = (cases.*compare)();
      if (compared == 0) return c.skip("nothing recorded");
      c.note(std::to_string(compared) + " comparisons");
    });
  };
  if (!whole) {
    run("tokenizer.json", folder / "tokenizer.json", &Folder::run);
    return run("transformers", folder, &Folder::run_calls);
  }
  if (const auto error = expected.root().find("load_error")) {
    return report.run("class", [&](Case& c) {
      c.expect(!skald::Tokenizer::try_from_pretrained(folder), "expected an error");
    });
  }
  const auto other = expected.root().find("tokenizer");
  if (!other) return run("class", folder, &Folder::run_class);
  TemporaryFolder copy(folder);
  fs::copy(folder.parent_path() / std::string(*other->string()) / "tokenizer.json", copy.path());
  run("class", copy.path(), &Folder::run_class);
}

}  // namespace

bool is_text_folder(const fs::path& folder) {
  return fs::exists(folder / "texts.json") || fs::exists(folder / "conversations.json");
}

void run_text_folder(const fs::path& folder, const fs::path& tokenizers, Report& report) {
  report.enter(folder.filename().string());
  if (fs::exists(folder / "conversations.json")) {
    const ChatFolder chat(folder);
    const auto all = [&](const char* name, auto cases) {
      report.run(name, [&](Case& c) {
        Sum sum;
        cases(sum);
        sum.into(c);
      });
    };
    all("expressions", [&](Sum& sum) { chat.expressions(std::ref(sum)); });
    all("templates", [&](Sum& sum) { chat.templates(std::ref(sum)); });
    all("apply_chat_template", [&](Sum& sum) { chat.tokenized(tokenizers, std::ref(sum)); });
    return;
  }
  const Components components(folder);
  const auto all = [&](const char* name, const char* file, auto cases) {
    if (!fs::exists(folder / file)) return report.skip(name, std::string("no ") + file);
    report.run(name, [&](Case& c) {
      Sum sum;
      cases(sum);
      sum.into(c);
    });
  };
  all("normalizers", "components_normalizers.json", [&](Sum& s) { components.normalizers(std::ref(s)); });
  all("pre_tokenizers", "components_pretokenizers.json", [&](Sum& s) { components.pre_tokenizers(std::ref(s)); });
  all("post_processors", "components_postprocessors.json", [&](Sum& s) { components.post_processors(std::ref(s)); });
  all("decoders", "components_decoders.json", [&](Sum& s) { components.decoders(std::ref(s)); });
  all("files", "load_cases.json", [&](Sum& s) { components.files(std::ref(s)); });
  const skald::JsonDocument texts = unwrap(skald::read_json(folder / "texts.json"));
  std::vector<fs::path> all_folders;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fs::exists(entry.path() / "expected.json")) all_folders.push_back(entry.path());
  }
  std::sort(all_folders.begin(), all_folders.end());
  for (const fs::path& each : all_folders) {
    report.enter(each.filename().string());
    try {
      run_tokenizer(each, texts, report);
    } catch (const std::exception& e) {
      report.fail("*", e.what());
    }
  }
}

}  // namespace golden
