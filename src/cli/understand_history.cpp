// history.
#include "cli/understand.h"
#include "cli/values.h"

namespace sotto::cli {
namespace {

constexpr std::uint64_t most_entries = 1'000'000'000;

Result<HistoryCommand> understand(const Words& words) {
  HistoryCommand out;
  auto who = words.need("history", "ROOM");
  if (!who) return pass(who);
  out.who = std::move(*who);
  if (const auto text = words.text("--since")) {
    auto since = parse_since("--since", *text);
    if (!since) return pass(since);
    out.since = *since;
  }
  if (const auto text = words.text("--limit")) {
    auto limit = parse_number("--limit", *text, 1, most_entries);
    if (!limit) return pass(limit);
    out.limit = static_cast<std::size_t>(*limit);
  }
  return out;
}

Result<Command> history(const Words& words) {
  return widened(understand(words));
}

}  // namespace

CommandSpec history_spec() {
  return {.name = "history",
          .about = "Show what was said in a room",
          .examples =
              "  sotto history lobby --since 24h\n"
              "  sotto history lobby --limit 20 --json | jq -r '.messages[].text'",
          .flags = {{.names = "ROOM", .about = "A room known by name", .required = true},
                    {.names = "--since",
                     .type = "TIME",
                     .about = "From then, or from so long ago: 24h, 2026-11-20T22:05:00Z"},
                    {.names = "--limit", .type = "N", .about = "The last N messages only"}},
          .understand = history};
}

}  // namespace sotto::cli
