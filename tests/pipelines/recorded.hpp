// The small models of tests/golden/pipelines/, and what the Python libraries' pipelines said with them.
#pragma once
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "skald/io/json.hpp"
#include "support/tensor_file.hpp"

namespace recorded {

inline skald::Json expected(std::string_view member) {
  static const auto file = skald::read_json(SKALD_TEST_DATA "/pipelines/expected.json");
  return *file->root().find(member);
}

inline void link_files(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const auto& entry : std::filesystem::directory_iterator(from))
    std::filesystem::create_symlink(entry.path(), to / entry.path().filename());
}

/// A model beside the tokenizer, which is stored once; `config` in place of its config.json where there is one.
inline void write_model(const std::filesystem::path& to, const std::string& name, const std::string& config = {}) {
  const std::filesystem::path from(SKALD_TEST_DATA "/pipelines");
  std::filesystem::create_directories(to);
  link_files(from / name, to);
  link_files(from / "tokenizer", to);
  if (config.empty()) return;
  std::filesystem::remove(to / "config.json");
  std::ofstream(to / "config.json") << config;
}

inline std::string config_of(const std::string& name) {
  std::ifstream in(std::string(SKALD_TEST_DATA "/pipelines/") + name + "/config.json");
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The same as a folder that is there as long as the program.
inline std::string folder(const std::string& name) {
  static std::map<std::string, std::unique_ptr<support::TemporaryDirectory>> made;
  auto& directory = made[name];
  if (!directory) {
    directory = std::make_unique<support::TemporaryDirectory>();
    write_model(directory->path(), name);
  }
  return directory->path().string();
}

inline std::string text(const skald::Json& json, std::string_view member) {
  const auto found = json.find(member);
  return std::string(found && found->string() ? *found->string() : std::string_view());
}
inline double number(const skald::Json& json, std::string_view member, double fallback = NAN) {
  const auto found = json.find(member);
  return found && found->number() ? *found->number() : fallback;
}
inline std::vector<std::string> texts(const skald::Json& list) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < list.size(); ++i) all.emplace_back(list[i].string().value_or(""));
  return all;
}
inline std::vector<double> numbers(const skald::Json& list) {
  std::vector<double> all;
  for (std::size_t i = 0; i < list.size(); ++i) all.push_back(list[i].number().value_or(NAN));
  return all;
}

inline void check_near(double found, double wanted, double bound = 2e-5) {
  BOOST_TEST(std::abs(found - wanted) <= bound, found << " against " << wanted);
}

}  // namespace recorded
