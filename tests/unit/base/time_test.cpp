#include "base/time.h"

#include <gtest/gtest.h>

namespace sotto {
namespace {

using namespace std::chrono_literals;

TEST(Rfc3339, IsUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(from_unix_ms(1'795'212'300'123)), "2026-11-20T22:05:00.123Z");
  EXPECT_EQ(to_rfc3339(from_unix_ms(951'782'399'999)), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(from_unix_ms(951'868'799'001)), "2000-02-29T23:59:59.001Z");
  EXPECT_EQ(to_rfc3339(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(UnixMs, IsTheWayThereAndBack) {
  for (const std::int64_t ms :
       {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1'795'212'300'123}}) {
    EXPECT_EQ(unix_ms(from_unix_ms(ms)), ms);
  }
}

TEST(ParseDuration, TakesANumberAndAUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("7d"), 24h * 7);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("3650d"), 24h * 3650);
}

TEST(ParseDuration, TakesNothingElse) {
  for (const std::string_view bad :
       {"", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5h", "5S", "5w", "1h30m", "3651d",
        "9223372036854775807d", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace sotto
