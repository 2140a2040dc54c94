#include "cli/words.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

TEST(Words, RememberWhatWasGivenInOrder) {
  Words words;
  words.expect("--for");
  words.expect("--uses");
  EXPECT_FALSE(words.has("--for"));
  EXPECT_EQ(words.text("--uses"), std::nullopt);
  words.add("--for", "anna");
  words.add("--for", "");
  EXPECT_TRUE(words.has("--for"));
  EXPECT_EQ(words.count("--for"), 2u);
  EXPECT_EQ(words.all("--for"), (std::vector<std::string>{"anna", ""}));
  EXPECT_EQ(words.text("--for"), "");  // the last one counts
}

TEST(Words, WhatIsNeededIsNamed) {
  Words words;
  words.expect("ROOM");
  EXPECT_NE(words.need("export", "ROOM").error().text().find("sotto export needs a ROOM"),
            std::string::npos);
  words.add("ROOM", "");
  EXPECT_TRUE(words.need("export", "ROOM").error().is(Errc::usage));
  words.add("ROOM", "lobby");
  EXPECT_EQ(*words.need("export", "ROOM"), "lobby");
}

TEST(WordsDeathTest, AKeyNobodyExpectsIsOurBug) {
  const Words words;
  EXPECT_DEATH((void)words.has("--typo"), "");
}

}  // namespace
}  // namespace sotto::cli
