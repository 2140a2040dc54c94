#include "cli/values.h"

#include <charconv>

#include "base/text.h"

namespace sotto::cli {
namespace {

constexpr std::uint16_t first_port = 1025;
constexpr std::uint16_t last_port = 65535;

std::optional<std::uint64_t> digits(std::string_view text) {
  std::uint64_t value = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [at, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::unexpected<Error> refuse(std::string_view flag, std::string_view text,
                              const std::string& wanted) {
  return fail(Errc::usage,
              std::string(flag) + " takes " + wanted + ", not '" + displayable(text) + "'.");
}

// Reads `count` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Milliseconds of ".123456", any number of digits; none when `text` does not start with a dot.
std::optional<int> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return 0;
  int value = 0;
  int scale = 100;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += (text.front() - '0') * scale;
    scale /= 10;
    any = true;
    text.remove_prefix(1);
  }
  if (!any) return std::nullopt;
  return value;
}

// "Z" or "+01:00", to the end of `text`.
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return std::chrono::minutes(0);
  const bool west = text.starts_with('-');
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ":")) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

}  // namespace

Result<std::uint64_t> parse_number(std::string_view flag, std::string_view text,
                                   std::uint64_t least, std::uint64_t most) {
  const auto value = digits(text);
  if (!value || *value < least || *value > most) {
    return refuse(
        flag, text,
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return *value;
}

Result<std::uint16_t> parse_port(std::string_view flag, std::string_view text) {
  const auto value = digits(text);
  if (value && *value >= 1 && *value < first_port) {
    return fail(Errc::usage,
                std::string(flag) + " " + std::to_string(*value) +
                    " is a privileged port, and sotto never listens on one: take a "
                    "port from 1025 to 65535, or leave the flag out for a random "
                    "one.");
  }
  if (!value || *value < first_port || *value > last_port) {
    return refuse(flag, text, "a port from 1025 to 65535");
  }
  return static_cast<std::uint16_t>(*value);
}

Result<std::pair<std::uint16_t, std::uint16_t>> parse_port_range(std::string_view flag,
                                                                 std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    return refuse(flag, text, "two ports with a dash between them, such as 4000-4100");
  }
  auto from = parse_port(flag, text.substr(0, dash));
  if (!from) return pass(from);
  auto to = parse_port(flag, text.substr(dash + 1));
  if (!to) return pass(to);
  if (*from > *to) return refuse(flag, text, "the lower port first");
  return std::pair(*from, *to);
}

Result<std::uint64_t> parse_size(std::string_view flag, std::string_view text) {
  constexpr std::string_view units = "KMGT";
  constexpr double most = 1e18;
  std::string_view digits = text;
  double factor = 1;
  if (digits.ends_with('B') && digits.size() > 2) digits.remove_suffix(1);  // "10GB"
  if (!digits.empty()) {
    const std::size_t unit = units.find(static_cast<char>(std::toupper(digits.back())));
    if (unit != std::string_view::npos) {
      digits.remove_suffix(1);
      for (std::size_t i = 0; i <= unit; ++i) factor *= 1'000;
    } else {
      digits = text;
    }
  }
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value,
                                            std::chars_format::fixed);
  const double bytes = value * factor;
  if (error != std::errc() || end != digits.data() + digits.size() || !(bytes >= 1) ||
      bytes > most) {
    return refuse(flag, text, "a number of bytes, or one with K, M, G or T, such as 500M");
  }
  return static_cast<std::uint64_t>(bytes);
}

Result<milliseconds> parse_length(std::string_view flag, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value || *value == milliseconds::zero()) {
    return refuse(flag, text, "a number and a unit (ms, s, m, h or d), such as 90s or 24h");
  }
  return *value;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_digits(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || !take(text, "-")) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d))};
  // 60 is a leap second: the same moment as the next minute's first.
  if (!offset || !text.empty() || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  return sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second) +
         milliseconds(*fraction) - *offset;
}

Result<std::variant<milliseconds, WallTime>> parse_since(std::string_view flag,
                                                         std::string_view text) {
  using Since = std::variant<milliseconds, WallTime>;
  if (const auto ago = parse_duration(text)) return Since(*ago);
  if (const auto time = parse_rfc3339(text)) return Since(*time);
  return refuse(flag, text,
                "how long ago, such as 24h, or a time, such as 2026-11-20T22:05:00Z");
}

}  // namespace sotto::cli
