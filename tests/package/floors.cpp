// The drawing of the folders in docs/architecture.md stays true: includes go down, and every library has its place.
#include <boost/test/unit_test.hpp>
#include <map>
#include <optional>
#include <set>

#include "package/sources.hpp"

namespace {

using namespace package;

const std::map<std::string, int, std::less<>> floors{
    {"core", 0}, {"precision", 1}, {"spec", 1},       {"backend", 2},   {"tensor", 3},
    {"ops", 4},  {"logits", 4},    {"io", 4},         {"layers", 5},    {"sampling", 5},
    {"text", 5}, {"model", 6},     {"grammar", 6},    {"generation", 7}, {"pipelines", 8},
    {"serve", 9},
};

/// Who may include what is not C++'s own: the name's beginning, and the places.
const std::vector<std::pair<std::string, std::vector<std::string>>> libraries{
    {"Eigen/", {"ops/cpu/"}},        {"xsimd/", {"ops/cpu/"}},
    {"immintrin.h", {"ops/cpu/", "ops/bare/"}}, {"arm_neon.h", {"ops/cpu/", "ops/bare/"}},
    {"arm_mve.h", {"ops/bare/"}},    {"arm_acle.h", {"ops/bare/"}},
    {"cpuid.h", {"backend/"}},       {"sys/", {"backend/", "io/", "ops/cpu/"}},
    {"unistd.h", {"backend/", "io/"}}, {"fcntl.h", {"io/"}},
    {"sched.h", {"backend/"}},       {"windows.h", {"backend/", "io/"}},
    {"rapidjson/", {"io/json"}},     {"pcre2.h", {"text/"}},
    {"utf8proc.h", {"text/"}},       {"cuda", {"backend/cuda", "ops/cuda/"}},
    {"cublas", {"ops/cuda/"}},       {"boost/", {"io/hub", "serve/"}},
    {"openssl/", {"io/hub"}},
};

bool is_standard(std::string_view name) { return name.find_first_of("./") == name.npos; }

/// "io" of "skald/io/json.hpp", "ops/cpu" of "skald/ops/cpu/linear.hpp", "" of "skald/skald.hpp".
std::string_view folder_of(std::string_view path) {
  path.remove_prefix(std::string_view("skald/").size());
  const std::size_t end = path.rfind('/');
  return end == path.npos ? std::string_view() : path.substr(0, end);
}

std::string_view first_of(std::string_view folder) { return folder.substr(0, folder.find('/')); }

/// One #include of a header inside a folder. Nothing: it may stand.
std::optional<std::string> objection(const Source& in, const Include& include) {
  const std::string_view here = folder_of(in.path);
  if (!include.quoted) {
    if (is_standard(include.name)) return {};
    for (const auto& [name, places] : libraries)
      if (include.name.starts_with(name)) {
        const std::string_view path = std::string_view(in.path).substr(std::string_view("skald/").size());
        for (const std::string& place : places)
          if (path.starts_with(place)) return {};
        return "<" + include.name + "> may be included by " + places.front() + " only";
      }
    return "<" + include.name + "> is none of the libraries that skald uses";
  }
  if (!include.name.starts_with("skald/")) return "\"" + include.name + "\" must be written from skald/ on";
  const std::string_view there = folder_of(include.name);
  if (there.empty()) {
    if (include.name == "skald/fwd.hpp") return {};
    return "\"" + include.name + "\" is an umbrella, for users only";
  }
  const auto from = floors.find(first_of(here)), to = floors.find(first_of(there));
  if (to == floors.end()) return "\"" + include.name + "\" lies on no floor";
  if (first_of(here) == first_of(there)) {
    // The kernels of a kind stand beside each other; all may lean on the plain ones.
    const bool kernels = here == "ops/cpu" || here == "ops/cuda" || here == "ops/bare" || here == "ops/reference";
    if (kernels && there != here && (there == "ops/cpu" || there == "ops/cuda" || there == "ops/bare"))
      return "\"" + include.name + "\" belongs to other kernels";
    return {};
  }
  if (to->second < from->second) return {};
  return "\"" + include.name + "\" is on floor " + std::to_string(to->second) + ", this file on floor " +
         std::to_string(from->second);
}

Findings breaches(const std::vector<Source>& headers) {
  Findings found;
  for (const Source& in : headers) {
    const std::string_view here = folder_of(in.path);
    if (here.empty()) continue;  // umbrellas see everything
    if (!floors.contains(first_of(here))) {
      report(found, in, 1, "lies on no floor");
      continue;
    }
    for (const Include& include : includes_of(in))
      if (const auto why = objection(in, include)) report(found, in, include.line, *why);
  }
  return found;
}

/// What the compiler brings, and firmware may have: the instructions of its target by name.
bool is_intrinsics(std::string_view name) {
  return name == "immintrin.h" || (name.starts_with("arm_") && name.ends_with(".h"));
}

/// What a header drags in that is neither C++'s own nor the compiler's.
Findings foreign(const std::vector<Source>& headers, const std::string& from) {
  std::map<std::string, const Source*, std::less<>> by_path;
  for (const Source& s : headers) by_path[s.path] = &s;
  Findings found;
  std::set<std::string> seen{from};
  for (std::vector<std::string> open{from}; !open.empty();) {
    const auto at = by_path.find(open.back());
    open.pop_back();
    if (at == by_path.end()) continue;
    for (const Include& include : includes_of(*at->second)) {
      const bool known = is_standard(include.name) || is_intrinsics(include.name);
      if (!include.quoted && !known) report(found, *at->second, include.line, include.name);
      else if (include.quoted && seen.insert(include.name).second) open.push_back(include.name);
    }
  }
  return found;
}

Findings breaches_of(std::string path, std::string text) { return breaches({{std::move(path), std::move(text)}}); }

BOOST_AUTO_TEST_SUITE(package_floors)

BOOST_AUTO_TEST_CASE(includes_go_down) {
  const auto headers = read_headers(SKALD_SOURCE_DIR "/include");
  BOOST_TEST(headers.size() > 100u);
  const Findings found = breaches(headers);
  BOOST_TEST(found.empty(), join(found));
}

BOOST_AUTO_TEST_CASE(the_part_for_firmware_needs_the_standard_library_only) {
  const auto headers = read_headers(SKALD_SOURCE_DIR "/include");
  const Findings found = foreign(headers, "skald/core.hpp");
  BOOST_TEST(found.empty(), join(found));
  BOOST_TEST(!foreign(headers, "skald/cpu.hpp").empty());
  BOOST_TEST(!foreign(headers, "skald/text.hpp").empty());
}

BOOST_AUTO_TEST_CASE(a_planted_breach_is_found) {
  const std::vector<std::pair<std::string, std::string>> planted{
      {"skald/spec/a.hpp", "#include \"skald/model/b.hpp\""},       // up
      {"skald/layers/a.hpp", "#include \"skald/sampling/b.hpp\""},  // aside
      {"skald/io/a.hpp", "  #  include \"skald/ops/b.hpp\""},       // aside, oddly written
      {"skald/core/a.hpp", "#include <Eigen/Core>"},
      {"skald/ops/reference/a.hpp", "#include <xsimd/xsimd.hpp>"},
      {"skald/ops/reference/a.hpp", "#include \"skald/ops/cpu/b.hpp\""},
      {"skald/ops/cpu/a.hpp", "#include \"skald/ops/cuda/b.hpp\""},
      {"skald/ops/bare/a.hpp", "#include \"skald/ops/cpu/b.hpp\""},
      {"skald/ops/cpu/a.hpp", "#include \"skald/ops/bare/b.hpp\""},
      {"skald/ops/reference/a.hpp", "#include <immintrin.h>"},
      {"skald/io/safetensors.hpp", "#include <rapidjson/reader.h>"},
      {"skald/model/a.hpp", "#include <pcre2.h>"},
      {"skald/text/a.hpp", "#include <icu/uchar.h>"},
      {"skald/text/a.hpp", "#include \"b.hpp\""},
      {"skald/text/a.hpp", "#include \"skald/skald.hpp\""},
      {"skald/text/a.hpp", "#include \"skald/elsewhere/b.hpp\""},
      {"skald/elsewhere/a.hpp", ""},
  };
  for (const auto& [path, text] : planted)
    BOOST_TEST(breaches_of(path, "#pragma once\n" + text).size() == 1u, path << ": " << text);
}

BOOST_AUTO_TEST_CASE(what_is_right_is_let_pass) {
  const std::vector<std::pair<std::string, std::string>> right{
      {"skald/model/a.hpp", "#include \"skald/spec/b.hpp\""},
      {"skald/text/models/a.hpp", "#include \"skald/text/b.hpp\""},
      {"skald/ops/cpu/a.hpp", "#include <Eigen/Core>\n#include \"skald/ops/reference/b.hpp\""},
      {"skald/io/json_document.hpp", "#include <rapidjson/reader.h>"},
      {"skald/core/a.hpp", "#include <type_traits>\n// #include \"skald/model/b.hpp\""},
      {"skald/skald.hpp", "#include \"skald/model/b.hpp\""},
  };
  for (const auto& [path, text] : right) BOOST_TEST(breaches_of(path, text).empty(), path << ": " << text);
}

BOOST_AUTO_TEST_CASE(a_foreign_include_is_found_through_others) {
  const std::vector<Source> headers{{"skald/core.hpp", "#include \"skald/core/a.hpp\""},
                                    {"skald/core/a.hpp", "#include <vector>\n#include \"skald/core/b.hpp\""},
                                    {"skald/core/b.hpp", "#include \"skald/core/a.hpp\"\n#include <pcre2.h>"}};
  const Findings found = foreign(headers, "skald/core.hpp");
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0] == "skald/core/b.hpp:2: pcre2.h");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
