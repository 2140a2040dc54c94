// Writes the manual pages into a folder: part of the build, not of the program.
#include <cstdio>
#include <fstream>

#include "cli/manual.h"

namespace {

bool write(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) std::fprintf(stderr, "%s cannot be written\n", file.c_str());
  return static_cast<bool>(out);
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", words[0]);
    return 2;
  }
  using namespace sotto::cli;
  const std::string folder = std::string(words[1]) + "/";
  bool good = write(folder + "sotto.1", manual_of_sotto());
  for (const CommandSpec& command : all_commands()) {
    good = write(folder + "sotto-" + command.name + ".1", manual_of(command)) && good;
  }
  return good ? 0 : 1;
}
