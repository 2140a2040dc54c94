#include "cli/values.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

using namespace std::chrono_literals;

TEST(ParseNumber, TakesWholeNumbersWithinLimits) {
  EXPECT_EQ(*parse_number("--n", "1", 1, 10), 1U);
  EXPECT_EQ(*parse_number("--n", "10", 1, 10), 10U);
  for (const char* bad : {"", "0", "11", "-1", "+1", "1.5", " 1", "1 ", "0x1", "one",
                          "99999999999999999999999"}) {
    const auto number = parse_number("--n", bad, 1, 10);
    ASSERT_FALSE(number) << bad;
    EXPECT_TRUE(number.error().is(Errc::usage));
    EXPECT_TRUE(number.error().text().starts_with("--n takes ")) << number.error().text();
  }
}

TEST(ParseNumber, ShowsForeignTextWithoutHarm) {
  const auto number = parse_number("--n", "\x1b[2J", 1, 10);
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().text().find('\x1b'), std::string::npos);
}

TEST(ParsePort, RefusesPrivilegedPorts) {
  EXPECT_EQ(*parse_port("--port", "1025"), 1025);
  EXPECT_EQ(*parse_port("--port", "65535"), 65535);
  for (const char* privileged : {"1", "22", "80", "1024"}) {
    const auto port = parse_port("--port", privileged);
    ASSERT_FALSE(port) << privileged;
    EXPECT_NE(port.error().text().find("privileged"), std::string::npos);
  }
  for (const char* bad : {"0", "65536", "", "x"})
    EXPECT_FALSE(parse_port("--port", bad)) << bad;
}

TEST(ParsePortRange, TakesTheLowerPortFirst) {
  const auto range = parse_port_range("--port-range", "4000-4100");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 4000);
  EXPECT_EQ(range->second, 4100);
  EXPECT_TRUE(parse_port_range("--port-range", "4000-4000"));
  for (const char* bad : {"", "-", "4000", "4000-", "-4100", "4100-4000", "80-4000", "1-2-3"}) {
    EXPECT_FALSE(parse_port_range("--port-range", bad)) << bad;
  }
}

TEST(ParseLength, TakesALengthOfTime) {
  EXPECT_EQ(*parse_length("--timeout", "250ms"), 250ms);
  EXPECT_EQ(*parse_length("--timeout", "90s"), 90s);
  EXPECT_EQ(*parse_length("--timeout", "24h"), 24h);
  for (const char* bad : {"", "60", "0s", "-1s", "1.5h", "s", "1 s"}) {
    EXPECT_FALSE(parse_length("--timeout", bad)) << bad;
  }
}

TEST(ParseSize, TakesBytesWithUnitsOfThousands) {
  EXPECT_EQ(*parse_size("--max-size", "1"), 1U);
  EXPECT_EQ(*parse_size("--max-size", "500k"), 500'000U);
  EXPECT_EQ(*parse_size("--max-size", "3.5M"), 3'500'000U);
  EXPECT_EQ(*parse_size("--max-size", "10G"), 10'000'000'000U);
  EXPECT_EQ(*parse_size("--max-size", "10GB"), 10'000'000'000U);
  EXPECT_EQ(*parse_size("--max-size", "2T"), 2'000'000'000'000U);
  for (const char* bad : {"", "0", "0.5", "-1", "K", "B", "5Q", "1e5", "1 M", "0x10", "inf",
                          "nan", "99999999999T"}) {
    EXPECT_FALSE(parse_size("--max-size", bad)) << bad;
  }
}

TEST(ParseRfc3339, KnowsFractionsAndOffsets) {
  const auto at = [](std::string_view text) {
    const auto time = parse_rfc3339(text);
    return time ? unix_ms(*time) : -1;
  };
  EXPECT_EQ(at("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(at("2026-11-20T22:05:00.123Z"), 1795212300123);
  EXPECT_EQ(at("2026-11-20t22:05:00.1239999z"), 1795212300123);
  EXPECT_EQ(at("2026-11-20 23:05:00+01:00"), 1795212300000);
  EXPECT_EQ(at("2026-11-20T16:35:00-05:30"), 1795212300000);
  EXPECT_EQ(at("2024-02-29T00:00:00Z"), 1709164800000);
  EXPECT_EQ(at("2016-12-31T23:59:60Z"), 1483228800000);
}

TEST(ParseRfc3339, RoundTripsWhatWePrint) {
  const WallTime time = from_unix_ms(1795212300123);
  EXPECT_EQ(parse_rfc3339(to_rfc3339(time)), time);
}

TEST(ParseRfc3339, RefusesAllElse) {
  for (const char* bad :
       {"", "2026-11-20", "2026-11-20T22:05Z", "2026-11-20T22:05:00", "2026-13-20T22:05:00Z",
        "2026-02-30T22:05:00Z", "2026-11-20T24:05:00Z", "2026-11-20T22:60:00Z",
        "2026-11-20T22:05:61Z", "2026-11-20T22:05:00.Z", "2026-11-20T22:05:00+1:00",
        "2026-11-20T22:05:00+24:00", "2026-11-20T22:05:00Zx", "26-11-20T22:05:00Z",
        "+026-11-20T22:05:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

TEST(ParseSince, IsADurationOrATime) {
  EXPECT_EQ(std::get<milliseconds>(*parse_since("--since", "24h")), 24h);
  EXPECT_EQ(unix_ms(std::get<WallTime>(*parse_since("--since", "1970-01-01T00:00:01Z"))), 1000);
  const auto bad = parse_since("--since", "yesterday");
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().is(Errc::usage));
}

}  // namespace
}  // namespace sotto::cli
