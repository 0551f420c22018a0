// Runs a story and looks at what it printed.
//   told save FILE command...   the text goes to FILE
//   told same FILE command...   the text is that of FILE
// Either way the program must end well, with its last lines saying what it used.
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace {

constexpr const char* end_of_text = "\n----\n";

/// All that a command prints; `status` is what it ends with.
std::string output_of(const std::string& command, int& status) {
  std::string all;
  FILE* const pipe = popen(command.c_str(), "r");
  if (!pipe) return status = -1, all;
  for (int c; (c = std::fgetc(pipe)) != EOF;) all.push_back(char(c));
  const int ended = pclose(pipe);
  status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
  return all;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  const std::string mode = arguments[1], file = arguments[2];
  std::string command;
  for (int i = 3; i < count; ++i) command.append("'").append(arguments[i]).append("' ");

  int status = 0;
  const std::string all = output_of(command + "2>&1", status);
  std::printf("%s\n", all.c_str());
  if (status != 0) return std::printf("%sended with %d\n", command.c_str(), status), 1;
  const std::size_t end = all.find(end_of_text);
  if (end == all.npos || end < 10) return std::printf("no story was told\n"), 1;
  const std::string text = all.substr(0, end);
  if (mode == "save") {
    std::ofstream(file) << text;
    return 0;
  }
  std::ifstream in(file);
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  if (text == expected) return 0;
  std::printf("not the text of this machine:\n%s\n", expected.c_str());
  return 1;
}
