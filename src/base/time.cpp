#include "base/time.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace sotto {

std::int64_t unix_ms(WallTime time) {
  return time.time_since_epoch().count();
}

WallTime from_unix_ms(std::int64_t ms) {
  return WallTime(milliseconds(ms));
}

std::string to_rfc3339(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char out[48];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()),
                int(clock.subseconds().count()));
  return out;
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  constexpr std::int64_t longest = 3650LL * 86'400'000;  // ten years: no sum overflows
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, length] : units) {
    if (unit != name) continue;
    if (number > longest / length) return std::nullopt;
    return milliseconds(number * length);
  }
  return std::nullopt;
}

}  // namespace sotto
