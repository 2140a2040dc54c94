#include "cli/config.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "cli/command_line.h"
#include "paths.h"
#include "unit/cli/testing.h"

namespace sotto::cli {
namespace {

Config read(std::string_view text) {
  return read_config(text, "config.toml");
}

// The command line with these settings.
template <class T>
T understood(std::vector<const char*> words, std::string_view text) {
  words.insert(words.begin(), "sotto");
  const auto load = [text](const std::optional<std::string>&) { return read(text); };
  const auto parsed = parse(static_cast<int>(words.size()), words.data(), load);
  if (!parsed) throw std::runtime_error(parsed.error().text());
  return std::get<T>(parsed->command);
}

TEST(Config, ReadsItsSettings) {
  const Config config = read(
      "timeout = \"90s\"\nmax_members = 12\nport_range = \"4000-4100\"\nname = \"Anna\"\n");
  EXPECT_TRUE(config.faults.empty());
  ASSERT_EQ(config.values.size(), 4U);
  EXPECT_EQ(config.find("timeout")->value, "90s");
  EXPECT_EQ(config.find("max_members")->value, "12");
  EXPECT_EQ(config.find("max_members")->line, 2U);
  EXPECT_EQ(config.find("uses"), nullptr);
}

TEST(Config, ListsAllOfItsFaultsWithTheirLines) {
  const Config config = read(
      "tiemout = \"90s\"\n"
      "max_members = \"12\"\n"
      "timeout = 90\n"
      "color = \"blue\"\n"
      "port_range = \"1-2\"\n"
      "uses = 3\n");
  ASSERT_EQ(config.faults.size(), 5U);
  EXPECT_EQ(config.faults[0].text, "There is no setting 'tiemout': did you mean 'timeout'?");
  EXPECT_EQ(config.faults[1].text, "'max_members' is a number from 1 to 100000.");
  EXPECT_EQ(config.faults[2].text, "'timeout' is a duration such as \"90s\".");
  for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(config.faults[i].line, i + 1);
  ASSERT_EQ(config.values.size(), 1U);
  const auto refused = usable(config);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name(), "config.invalid");
  EXPECT_EQ(exit_code(refused.error()), 9);
  EXPECT_NE(refused.error().text().find("line 1"), std::string::npos);
  EXPECT_NE(refused.error().text().find("4 more"), std::string::npos);
}

TEST(Config, AFileThatIsNoTomlIsOneFault) {
  const Config config = read("timeout = \n");
  ASSERT_EQ(config.faults.size(), 1U);
  EXPECT_EQ(config.faults[0].line, 1U);
}

TEST(Config, StandsBehindFlags) {
  EXPECT_EQ(understood<JoinCommand>({"join", "x"}, "timeout = \"90s\"").timeout,
            milliseconds(90'000));
  EXPECT_EQ(
      understood<JoinCommand>({"join", "x", "--timeout", "5s"}, "timeout = \"90s\"").timeout,
      milliseconds(5'000));
  EXPECT_EQ(understood<HostCommand>({"host"}, "max_members = 3").max_members, 3U);
  EXPECT_EQ(understood<InitCommand>({"init"}, "name = \"Anna\"").name, "Anna");
  const auto ported =
      understood<HostCommand>({"host", "--port", "4711"}, "port_range = \"4000-4100\"");
  EXPECT_FALSE(ported.port_range);
  // What a connection file allows does not make a host write one.
  EXPECT_FALSE(understood<HostCommand>({"host"}, "uses = 3").export_file);
  EXPECT_EQ(understood<ExportCommand>({"export", "x", "-o", "f"}, "uses = 3").flags.uses, 3U);
}

TEST(Config, ItsFaultsStopEveryCommandButThoseThatSayThem) {
  EXPECT_THROW(understood<IdCommand>({"id"}, "nonsense = 1"), std::runtime_error);
  EXPECT_TRUE(understood<ConfigCommand>({"config", "check"}, "nonsense = 1").check);
  understood<DoctorCommand>({"doctor"}, "nonsense = 1");
}

TEST(Config, AFileThatWasNamedMustBeThere) {
  const TemporaryFolder folder;
  const Config missing = load_config(folder.path("nowhere.toml"));
  ASSERT_EQ(missing.faults.size(), 1U);
  const Config there = load_config(folder.write("c.toml", "uses = 2\n"));
  EXPECT_TRUE(there.there);
  EXPECT_EQ(there.find("uses")->value, "2");
  const Config large = load_config(folder.write("large.toml", std::string(70'000, '#')));
  EXPECT_EQ(large.faults.size(), 1U);
}

// The page that people read lists every setting, and no other.
TEST(Config, IsDocumented) {
  std::ifstream file(std::string(SOTTO_SOURCE_DIR) + "/docs/config.md");
  std::vector<std::string> documented;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    documented.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  std::vector<std::string> known;
  for (const Setting& setting : all_settings()) known.emplace_back(setting.key);
  EXPECT_EQ(documented, known);
}

}  // namespace
}  // namespace sotto::cli
