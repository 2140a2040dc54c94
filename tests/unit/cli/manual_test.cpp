#include "cli/manual.h"

#include <gtest/gtest.h>
#include <sstream>

#include "cli/examples.h"

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

TEST(Manual, HasTheUsualSections) {
  const std::string sotto = manual_of_sotto();
  for (const char* name : {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXAMPLES",
                           "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"}) {
    EXPECT_NE(sotto.find(".SH " + std::string(name) + "\n"), std::string::npos) << name;
  }
  for (const ExitCode& code : exit_codes()) {
    EXPECT_NE(sotto.find(".B " + std::string(code.code) + "\n" + roff(code.about)),
              std::string::npos)
        << code.code;
  }
  for (const CommandSpec& command : all_commands()) {
    const std::string page = manual_of(command);
    for (const char* name :
         {"NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "EXIT STATUS", "SEE ALSO"}) {
      EXPECT_NE(page.find(".SH " + std::string(name) + "\n"), std::string::npos)
          << command.name << " " << name;
    }
    const std::size_t examples = read_examples(command.examples).lines.size();
    std::size_t shown = 0;
    for (std::size_t at = 0; (at = page.find("\n.EX\n", at)) != std::string::npos; ++at)
      ++shown;
    EXPECT_EQ(shown, examples) << command.name;
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
                         request == ".EX" || request == ".EE" || request == ".RS" ||
                         request == ".RE" || request == ".SS" || request == ".nh" ||
                         request == ".ad";
      EXPECT_TRUE(known) << command.name << ": " << line;
    }
  }
}

}  // namespace
}  // namespace sotto::cli
