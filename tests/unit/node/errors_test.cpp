#include "node/errors.h"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "node/commands.h"
#include "paths.h"

namespace sotto::node {
namespace {

std::string read_source(const std::string& path) {
  std::ifstream file(std::string(SOTTO_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The rows of docs/errors.md: name and exit code.  (That a signal ends the process with 130 or
// 143 is said beside the two errors that stand for one.)
std::multimap<std::string, int> documented() {
  const std::string text = read_source("docs/errors.md");
  const std::regex row(R"(\n\| `([a-z_]+(?:\.[a-z_]+)+)` \| (\d+) \|)");
  std::multimap<std::string, int> out;
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at) {
    out.emplace((*at)[1], std::stoi((*at)[2]));
  }
  return out;
}

// cli/ stands above this room, so its names are read from its source.
std::set<std::string> names_of_the_command_line() {
  const std::string text = read_source("src/cli/errors.cpp");
  const std::regex entry(R"re("([a-z_]+\.[a-z_]+)", Kind::)re");
  std::set<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), entry), end; at != end; ++at) {
    out.insert((*at)[1]);
  }
  EXPECT_FALSE(out.empty());
  return out;
}

TEST(AllErrors, HaveNamesOfTheirOwn) {
  const std::regex shape("[a-z]+(\\.[a-z_]+)+");
  std::set<std::string_view> names;
  for (const ErrorEntry& entry : all_errors()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_TRUE(std::regex_match(std::string(entry.name), shape)) << entry.name;
  }
  EXPECT_TRUE(names.contains("invite.burnt"));
  EXPECT_TRUE(names.contains("json.syntax"));
  EXPECT_TRUE(names.contains("route.timeout"));
}

TEST(AllErrors, TheTableHoldsEveryCode) {
  int value = 1;
  for (const ErrorEntry& entry : error_table()) EXPECT_EQ(entry.value, value++);
  EXPECT_EQ(make_error_code(Errc::interrupted).message(), "node.interrupted");
}

TEST(AllErrors, AreDocumentedWithTheirExitCodes) {
  const auto rows = documented();
  for (const ErrorEntry& entry : all_errors()) {
    const std::string name(entry.name);
    ASSERT_EQ(rows.count(name), 1U) << name;
    EXPECT_EQ(rows.find(name)->second, static_cast<int>(entry.kind)) << name;
  }
}

TEST(AllErrors, NothingElseIsDocumented) {
  std::set<std::string> names = names_of_the_command_line();
  for (const ErrorEntry& entry : all_errors()) {
    EXPECT_TRUE(names.insert(std::string(entry.name)).second) << entry.name;
  }
  for (const auto& [name, code] : documented()) EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace sotto::node
