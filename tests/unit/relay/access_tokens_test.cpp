#include "relay/access_tokens.h"

#include <fstream>
#include <gtest/gtest.h>

#include "support/results.h"
#include "support/temp_dir.h"

namespace sotto::relay {
namespace {

TEST(AccessTokens, OneALineWithANameOrWithout) {
  const auto tokens =
      must(AccessTokens::parse("# friends\n\n abc  Ada \r\ndef\nghi Tim B\n", "f"));
  EXPECT_EQ(tokens.size(), 3U);
  EXPECT_EQ(tokens.find("abc")->name, "Ada");
  EXPECT_EQ(tokens.find("def")->name, "");
  EXPECT_EQ(tokens.find("ghi")->name, "Tim B");
  EXPECT_FALSE(tokens.find(""));
  EXPECT_FALSE(tokens.find("ab"));
  EXPECT_FALSE(tokens.find("abcd"));
  EXPECT_FALSE(tokens.find("# friends"));
}

TEST(AccessTokens, AnOwnerIsTheSameAfterARestartAndNotTheToken) {
  const auto one = must(AccessTokens::parse("abc", "f"));
  const auto two = must(AccessTokens::parse("xyz\nabc other name", "f"));
  EXPECT_EQ(one.find("abc")->owner, two.find("abc")->owner);
  EXPECT_NE(two.find("xyz")->owner, two.find("abc")->owner);
}

TEST(AccessTokens, WhatIsWrongIsNamedByItsLineAlone) {
  const auto refused = [](std::string_view text) {
    const auto tokens = AccessTokens::parse(text, "f");
    EXPECT_EQ(error_of(tokens), "relay.tokens");
    return tokens ? "" : tokens.error().text();
  };
  EXPECT_NE(refused("good\ncaf\xc3\xa9\n").find("f, line 2:"), std::string::npos);
  EXPECT_EQ(refused("good\n" + std::string(129, 's') + "\n").find("sss"), std::string::npos);
  EXPECT_NE(refused("abc\nabc again\n").find("line 2"), std::string::npos);
  EXPECT_NE(refused("abc na\x1bme\n").find("line 1"), std::string::npos);
  EXPECT_NE(refused("# nobody\n").find("holds no token"), std::string::npos);
  refused("");
}

TEST(AccessTokens, AreReadFromAFile) {
  const TempDir dir;
  const auto file = dir.path() / "tokens";
  EXPECT_EQ(error_of(AccessTokens::load(file)), "relay.tokens");
  std::ofstream(file) << "abc Ada\n";
  EXPECT_EQ(must(AccessTokens::load(file)).size(), 1U);
  EXPECT_EQ(error_of(AccessTokens::load(dir.path())), "relay.tokens");
  std::ofstream(file) << std::string((1 << 20) + 1, '#');
  EXPECT_EQ(error_of(AccessTokens::load(file)), "relay.tokens");
}

}  // namespace
}  // namespace sotto::relay
