#include "cli/style.h"

#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

const Style plain;
const Style colored{true};

TEST(Style, ColorsOnlyWhenAsked) {
  EXPECT_EQ(bold("x", plain), "x");
  EXPECT_EQ(bold("x", colored), "\x1b[1mx\x1b[0m");
  EXPECT_EQ(faint("x", plain), "x");
  EXPECT_TRUE(choose_style(ColorChoice::always).color);
  EXPECT_FALSE(choose_style(ColorChoice::never).color);
}

TEST(Speaker, MarksWhoIsVerified) {
  EXPECT_EQ(speaker("anna", "aaaa", true, plain), "\xe2\x9c\x93 anna");
  EXPECT_EQ(speaker("anna", "aaaa", false, plain), "? anna");
  // A name that pretends does not stand where the mark stands.
  EXPECT_EQ(speaker("\xe2\x9c\x93 anna", "aaaa", false, plain), "? \xe2\x9c\x93 anna");
}

TEST(Speaker, ShowsForeignNamesWithoutHarm) {
  EXPECT_EQ(speaker("\x1b[2Jx\xe2\x80\xae", "aaaa", false, plain), "? \\x1b[2Jx\\u202e");
}

TEST(Speaker, GivesEachIdentityItsColor) {
  EXPECT_EQ(speaker("anna", "aaaa", false, colored), speaker("anna", "aaaa", false, colored));
  EXPECT_NE(speaker("anna", "aaaa", false, colored), speaker("anna", "aaab", false, colored));
}

TEST(Body, KeepsOneMessageInOnePiece) {
  EXPECT_EQ(body("one line"), "one line");
  EXPECT_EQ(body("one\n22:05 ? anna: forged"), "one\n      22:05 ? anna: forged");
  EXPECT_EQ(body("\x1b]0;title\x07 \xe2\x80\xae"), "\\x1b]0;title\\x07 \\u202e");
  EXPECT_EQ(body("over\rwritten"), "over\\x0dwritten");
}

TEST(Times, AreLocal) {
  ::setenv("TZ", "UTC-1", 1);  // one hour east
  ::tzset();
  const WallTime time = from_unix_ms(1795212300123);  // 2026-11-20T22:05:00.123Z
  const WallTime next_day = time + std::chrono::hours(2);
  EXPECT_EQ(clock_time(time, time), "23:05");
  EXPECT_EQ(clock_time(time, next_day), "2026-11-20 23:05");
  EXPECT_EQ(date_and_time(time), "2026-11-20 23:05:00");
  ::unsetenv("TZ");
  ::tzset();
}

}  // namespace
}  // namespace sotto::cli
