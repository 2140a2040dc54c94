// Times and durations.  Rooms that do no I/O never read a clock: they are told the time.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sotto {

using std::chrono::milliseconds;
using std::chrono::seconds;

// For deadlines: never jumps, means nothing outside this process.
using SteadyTime = std::chrono::steady_clock::time_point;

// For people and files: UTC since 1970, in milliseconds; may jump.
using WallTime = std::chrono::sys_time<milliseconds>;

std::int64_t unix_ms(WallTime time);
WallTime from_unix_ms(std::int64_t ms);

// RFC 3339 in UTC with milliseconds: 2026-11-20T22:05:00.123Z.
std::string to_rfc3339(WallTime time);

// "90s", "5m", "24h", "7d"; a whole number and one unit (ms, s, m, h, d).  Nothing else.
std::optional<milliseconds> parse_duration(std::string_view text);

}  // namespace sotto
