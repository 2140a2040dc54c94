#include "cli/help.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sstream>
#include <unistd.h>

#include "cli/examples.h"

namespace sotto::cli {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// Words and examples are never broken: a line may be too long where nothing else is in it.
void expect_fits(const std::string& page, std::size_t width, const std::string& what) {
  for (const std::string& line : lines_of(page)) {
    if (line.size() <= width) continue;
    const std::size_t word = line.find_first_not_of(' ');
    const bool alone =
        line.find("  ", word) == std::string::npos &&
        (line.find("sotto ") != std::string::npos || line.starts_with("      --") ||
         line.find(' ', word) == std::string::npos);
    EXPECT_TRUE(alone) << what << " at " << width << ": " << line;
  }
}

TEST(Help, FitsTheTerminal) {
  for (const std::size_t width : {40, 60, 80, 100}) {
    expect_fits(help_of_sotto({width, {}}), width, "sotto");
    for (const CommandSpec& command : all_commands()) {
      expect_fits(help_of(command, {width, {}}), width, command.name);
    }
  }
}

TEST(Help, NamesEverything) {
  const std::string all = help_of_sotto({});
  for (const FlagSpec& flag : global_flags()) {
    EXPECT_NE(all.find(flag.key() + " "), std::string::npos) << flag.names;
  }
  for (const ExitCode& code : exit_codes()) {
    EXPECT_NE(all.find("\n  " + std::string(code.code) + " "), std::string::npos) << code.code;
  }
  for (const CommandSpec& command : all_commands()) {
    EXPECT_NE(all.find("\n  " + std::string(command.name) + " "), std::string::npos);
    const std::string page = help_of(command, {});
    EXPECT_NE(page.find("\n  sotto " + std::string(command.name)), std::string::npos);
    for (const FlagSpec& flag : command.flags) {
      EXPECT_NE(page.find(flag.key()), std::string::npos) << command.name << " " << flag.names;
    }
    for (const Example& example : read_examples(command.examples).lines) {
      EXPECT_NE(page.find("  " + example.line), std::string::npos) << example.line;
    }
  }
}

TEST(Help, PutsACommandsOwnFlagsFirst) {
  const std::string page = help_of(*find_command("host"), {});
  const std::size_t words = page.find("\nArguments\n");
  const std::size_t examples = page.find("\nExamples\n");
  const std::size_t flags = page.find("\nFlags\n");
  const std::size_t tor = page.find("\nOver Tor\n");
  const std::size_t file = page.find("\nThe connection file\n");
  EXPECT_LT(words, examples);
  EXPECT_LT(examples, flags);
  EXPECT_LT(flags, std::min(tor, file));
  EXPECT_LT(std::max(tor, file), page.find("every command"));
  EXPECT_EQ(page.find("--passphrase-fd"), std::string::npos) << "that of every command";
}

TEST(Help, EachCommandStandsInOneGroup) {
  std::size_t count = 0;
  for (const CommandGroup& group : command_groups()) count += group.count;
  EXPECT_EQ(count, all_commands().size());
}

TEST(Help, HeadingsAreBoldOnlyWhereThereIsColour) {
  EXPECT_EQ(help_of_sotto({}).find('\x1b'), std::string::npos);
  EXPECT_NE(help_of_sotto({80, {true}}).find("\x1b[1mUsage\x1b[0m"), std::string::npos);
}

TEST(PageWidth, IsThatOfTheTerminal) {
  int terminal = -1;
  int other = -1;
  winsize size{};
  size.ws_col = 57;
  ASSERT_EQ(::openpty(&terminal, &other, nullptr, nullptr, &size), 0);
  EXPECT_EQ(page_width(other), 57U);
  ::close(terminal);
  ::close(other);
  const int file = ::open("/dev/null", O_RDWR);
  ::setenv("COLUMNS", "72", 1);
  EXPECT_EQ(page_width(file), 72U);
  ::setenv("COLUMNS", "1000", 1);
  EXPECT_EQ(page_width(file), 100U);
  ::setenv("COLUMNS", "3", 1);
  EXPECT_EQ(page_width(file), 40U);
  ::setenv("COLUMNS", "wide", 1);
  EXPECT_EQ(page_width(file), 80U);
  ::unsetenv("COLUMNS");
  EXPECT_EQ(page_width(file), 80U);
  ::close(file);
}

}  // namespace
}  // namespace sotto::cli
