#include "cli/style.h"

#include <cstdlib>
#include <ctime>
#include <unistd.h>

#include "base/text.h"

namespace sotto::cli {
namespace {

std::string painted(std::string_view code, std::string_view text, const Style& style) {
  if (!style.color) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

// Six colours that are legible on dark and light alike.
std::string name_color(std::string_view fingerprint) {
  unsigned sum = 0;
  for (const char c : fingerprint) sum = sum * 31 + static_cast<unsigned char>(c);
  return "1;3" + std::to_string(1 + sum % 6);
}

std::string formatted(WallTime time, const char* format) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char out[64];
  return {out, std::strftime(out, sizeof out, format, &local)};
}

}  // namespace

Style choose_style(ColorChoice choice) {
  if (choice != ColorChoice::automatic) return {choice == ColorChoice::always};
  const char* refused = std::getenv("NO_COLOR");
  return {can_be_redrawn(STDOUT_FILENO) && (refused == nullptr || *refused == '\0')};
}

bool can_be_redrawn(int descriptor) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(descriptor) == 1 && !dumb;
}

std::string bold(std::string_view text, const Style& style) {
  return painted("1", text, style);
}
std::string faint(std::string_view text, const Style& style) {
  return painted("2", text, style);
}

std::string speaker(std::string_view name, std::string_view fingerprint, bool verified,
                    const Style& style) {
  const std::string mark = verified ? "\xe2\x9c\x93 " : "? ";
  return mark + painted(name_color(fingerprint), displayable(name), style);
}

std::string body(std::string_view text) {
  std::string out;
  for (const char c : displayable(text, true)) {
    out += c;
    if (c == '\n') out += "      ";
  }
  return out;
}

std::string clock_time(WallTime time, WallTime now) {
  const bool today = formatted(time, "%F") == formatted(now, "%F");
  return formatted(time, today ? "%R" : "%F %R");
}

std::string date_and_time(WallTime time) {
  return formatted(time, "%F %T");
}

}  // namespace sotto::cli
