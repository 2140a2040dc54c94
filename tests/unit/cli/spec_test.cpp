#include "cli/spec.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace sotto::cli {
namespace {

TEST(FlagSpec, IsKnownByItsLongName) {
  EXPECT_EQ((FlagSpec{.names = "-o,--output"}).key(), "--output");
  EXPECT_EQ((FlagSpec{.names = "--uses"}).key(), "--uses");
  EXPECT_EQ((FlagSpec{.names = "ROOM"}).key(), "ROOM");
  EXPECT_TRUE((FlagSpec{.names = "ROOM"}).is_word());
  EXPECT_FALSE((FlagSpec{.names = "-o,--output"}).is_word());
}

TEST(ByGroup, KeepsTheOrderAndPutsThoseWithoutOneFirst) {
  const FlagSpecs flags = {{.names = "ROOM"},
                           {.names = "--a", .group = "One"},
                           {.names = "--b"},
                           {.names = "--c", .group = "Two"},
                           {.names = "--d", .group = "One"}};
  const auto groups = by_group(flags);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].first, "");
  EXPECT_EQ(groups[1].first, "One");
  ASSERT_EQ(groups[1].second.size(), 2U);
  EXPECT_EQ(groups[1].second[1].key(), "--d");
  EXPECT_EQ(groups[2].first, "Two");
  EXPECT_EQ(by_group({{.names = "--a", .group = "One"}}).size(), 1U);
}

// Help, completions and man pages are made from this table.
TEST(AllCommands, SayWhatTheyAreFor) {
  std::set<std::string_view> names;
  for (const CommandSpec& command : all_commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name << " is there twice";
    EXPECT_STRNE(command.about, "") << command.name;
    EXPECT_NE(std::string_view(command.examples).find("  sotto "), std::string_view::npos)
        << command.name << " has no example";
    EXPECT_NE(command.understand, nullptr) << command.name;
  }
}

TEST(AllCommands, ExplainEachOfTheirFlagsOnce) {
  for (const CommandSpec& command : all_commands()) {
    std::set<std::string> keys;
    for (const FlagSpec& flag : global_flags() + command.flags) {
      EXPECT_TRUE(keys.insert(flag.key()).second) << command.name << " " << flag.names;
      EXPECT_STRNE(flag.about, "") << command.name << " " << flag.names;
      const bool has_value =
          flag.kind == FlagSpec::Kind::text || flag.kind == FlagSpec::Kind::list;
      EXPECT_EQ(has_value && !flag.is_word(), *flag.type != '\0')
          << command.name << " " << flag.names;
    }
  }
}

TEST(AllCommands, CompleteWhatTheirFlagsAskFor) {
  for (const CommandSpec& command : all_commands()) {
    const FlagSpec* first = nullptr;
    for (const FlagSpec& flag : command.flags) {
      if (first == nullptr && flag.is_word()) first = &flag;
      // What is told of the choices and what may be typed is the same.
      for (const std::string& choice : choices_of(flag.choices)) {
        EXPECT_NE(std::string_view(flag.about).find(choice), std::string_view::npos)
            << command.name << " " << flag.names << ": " << choice;
      }
      for (const std::string& name : choices_of(flag.actions)) {
        EXPECT_EQ(std::ranges::count(choices_of(first->choices), name), 1)
            << command.name << " " << name;
      }
    }
  }
}

}  // namespace
}  // namespace sotto::cli
