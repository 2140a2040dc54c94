#include "base/toml.h"

#include <gtest/gtest.h>

namespace sotto {
namespace {

TEST(Toml, ListsItsValuesWithTheirLines) {
  const auto values = parse_toml(
      "# a comment\n"
      "timeout = \"90s\"\n"
      "max_members = 12\n"
      "[inner]\n"
      "on = true\n"
      "list = [1, 2]\n"
      "words = [\"a\", \"b\"]\n"
      "none = []\n");
  ASSERT_TRUE(values);
  ASSERT_EQ(values->size(), 6U);
  EXPECT_EQ((*values)[0].key, "timeout");
  EXPECT_EQ((*values)[0].kind, TomlValue::Kind::text);
  EXPECT_EQ((*values)[0].text, "90s");
  EXPECT_EQ((*values)[0].line, 2U);
  EXPECT_EQ((*values)[1].integer, 12);
  EXPECT_EQ((*values)[2].key, "inner.on");
  EXPECT_TRUE((*values)[2].boolean);
  EXPECT_EQ((*values)[2].line, 5U);
  EXPECT_EQ((*values)[3].kind, TomlValue::Kind::other);
  EXPECT_EQ((*values)[4].kind, TomlValue::Kind::texts);
  EXPECT_EQ((*values)[4].texts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ((*values)[5].kind, TomlValue::Kind::texts);
  EXPECT_TRUE((*values)[5].texts.empty());
  EXPECT_TRUE(parse_toml("")->empty());
}

TEST(Toml, SaysInWhichLineItBreaks) {
  for (const std::string_view text :
       {"a = 1\nb = \n", "a = 1\nb = \"x\n", "a = 1\na = 2\n", "a = 1\n= 3\n"}) {
    const auto values = parse_toml(text);
    ASSERT_FALSE(values) << text;
    EXPECT_GE(values.error().line, 1U) << text;
    EXPECT_LE(values.error().line, 3U) << text;
    EXPECT_FALSE(values.error().text.empty());
  }
  EXPECT_FALSE(parse_toml("a = \"\xff\"\n"));
  EXPECT_FALSE(parse_toml("[[[["));
}

}  // namespace
}  // namespace sotto
