#include "base/json.h"

#include <gtest/gtest.h>
#include <limits>

namespace sotto {
namespace {

TEST(Json, ObjectsKeepTheirOrder) {
  Json json;
  json.set("z", 1).set("a", "two").set("m", true);
  EXPECT_EQ(json.dump(), R"({"z":1,"a":"two","m":true})");
}

TEST(Json, SettingAKeyAgainReplacesItsValue) {
  Json json;
  json.set("a", 1).set("b", 2).set("a", 3);
  EXPECT_EQ(json.dump(), R"({"a":3,"b":2})");
}

TEST(Json, PushMakesAnArrayOfNothing) {
  Json json;
  json.push(1).push("x").push(Json());
  EXPECT_EQ(json.dump(), R"([1,"x",null])");
}

TEST(Json, ParsesWhatItDumps) {
  const std::string text =
      R"({"null":null,"yes":true,"number":-42,"real":0.5,"text":"é\n","list":[[],{}]})";
  const auto parsed = Json::parse(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->dump(), text);
}

TEST(Json, ReadsEachTypeAsWhatItIsOnly) {
  const auto json = Json::parse(R"({"n":7,"b":false,"s":"x","a":[1],"r":1.5})");
  ASSERT_TRUE(json);
  ASSERT_NE(json->find("n"), nullptr);
  EXPECT_EQ(*json->find("n")->integer(), 7);
  EXPECT_EQ(*json->find("b")->boolean(), false);
  EXPECT_EQ(*json->find("s")->string(), "x");
  EXPECT_EQ(json->find("a")->array()->size(), 1U);
  EXPECT_EQ(json->object()->size(), 5U);
  EXPECT_EQ(json->find("n")->string(), nullptr);
  EXPECT_EQ(json->find("s")->integer(), nullptr);
  EXPECT_EQ(json->find("r")->integer(), nullptr);
  EXPECT_EQ(json->find("missing"), nullptr);
  EXPECT_EQ(json->find("s")->find("x"), nullptr);
}

TEST(Json, IntegersReachTheirWholeRange) {
  for (const auto number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                            std::numeric_limits<std::int64_t>::max()}) {
    const auto json = Json::parse(std::to_string(number));
    ASSERT_TRUE(json);
    ASSERT_NE(json->integer(), nullptr);
    EXPECT_EQ(*json->integer(), number);
  }
  const auto too_large = Json::parse("9223372036854775808");
  ASSERT_TRUE(too_large);
  EXPECT_EQ(too_large->integer(), nullptr);
}

TEST(Json, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(Json("a\xff").dump(), "\"a\xef\xbf\xbd\"");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const std::string_view text : {"", "{", "{}x", "[1,]", "{\"a\"}", "nul", "'a'", "01"}) {
    const auto json = Json::parse(text);
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().name(), "json.syntax");
    EXPECT_EQ(json.error().kind(), Kind::input);
  }
}

TEST(Json, RefusesToNestWithoutEnd) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Json::parse(nested(64)));
  EXPECT_FALSE(Json::parse(nested(66)));
  EXPECT_FALSE(Json::parse(nested(100'000)));
}

}  // namespace
}  // namespace sotto
