#include "cli/manual.h"

#include <gtest/gtest.h>
#include <sstream>

namespace sotto::cli {
namespace {

std::string roff(std::string text) {
  for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

TEST(Manual, HasEveryCommandAndEveryFlag) {
  const std::string sotto = manual_of_sotto();
  for (const FlagSpec& flag : global_flags()) {
    EXPECT_NE(sotto.find(roff(flag.key())), std::string::npos) << flag.names;
  }
  for (const CommandSpec& command : all_commands()) {
    EXPECT_NE(sotto.find("sotto\\-" + roff(command.name)), std::string::npos) << command.name;
    const std::string page = manual_of(command);
    for (const FlagSpec& flag : command.flags) {
      EXPECT_NE(page.find(roff(flag.key())), std::string::npos)
          << command.name << " " << flag.names;
    }
  }
}

// No text of ours may be taken for a request: each line that begins with a dot is one we know.
TEST(Manual, HoldsNoRequestByAccident) {
  for (const CommandSpec& command : all_commands()) {
    std::istringstream lines(manual_of(command));
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || (line[0] != '.' && line[0] != '\'')) continue;
      const std::string request = line.substr(0, line.find(' '));
      const bool known = request == ".TH" || request == ".SH" || request == ".TP" ||
                         request == ".B" || request == ".BR" || request == ".PP" ||
                         request == ".nf" || request == ".fi";
      EXPECT_TRUE(known) << command.name << ": " << line;
    }
  }
}

}  // namespace
}  // namespace sotto::cli
