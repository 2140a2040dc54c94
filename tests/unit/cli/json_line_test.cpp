#include "cli/json_line.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

TEST(JsonLine, IsOneLine) {
  EXPECT_EQ(json_line(Json().set("a", 1).set("b", "two\nlines")),
            "{\"a\":1,\"b\":\"two\\nlines\"}\n");
}

TEST(JsonLine, LeavesOrdinaryLettersAlone) {
  EXPECT_EQ(json_line(Json("caf\xc3\xa9 \xe6\x9d\x8e \xf0\x9f\xa6\x8a")),
            "\"caf\xc3\xa9 \xe6\x9d\x8e \xf0\x9f\xa6\x8a\"\n");
}

TEST(JsonLine, WritesNothingThatATerminalObeys) {
  EXPECT_EQ(json_line(Json("\x1b[2J")), "\"\\u001b[2J\"\n");
  EXPECT_EQ(json_line(Json("\x7f")), "\"\\u007f\"\n");
  EXPECT_EQ(json_line(Json("\xc2\x9b")), "\"\\u009b\"\n");                 // C1 CSI
  EXPECT_EQ(json_line(Json("\xe2\x80\xae")), "\"\\u202e\"\n");             // right to left
  EXPECT_EQ(json_line(Json("\xe2\x80\xa8")), "\"\\u2028\"\n");             // line separator
  EXPECT_EQ(json_line(Json("\xf3\xa0\x81\x81")), "\"\\udb40\\udc41\"\n");  // a tag character
  EXPECT_EQ(json_line(Json().set("\xe2\x80\xae", 1)), "{\"\\u202e\":1}\n");
}

TEST(JsonLine, MeansTheSameToAReader) {
  const std::string text = "a\x1b\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x81\x81z\"\\";
  const auto read = Json::parse(json_line(Json(text)));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read->string(), text);
}

TEST(JsonLine, ReplacesWhatIsNoText) {
  EXPECT_EQ(json_line(Json("a\xff")), "\"a\xef\xbf\xbd\"\n");
}

}  // namespace
}  // namespace sotto::cli
