// history.
#include "cli/understand.h"
#include "cli/values.h"

namespace sotto::cli {
namespace {

constexpr std::uint64_t most_entries = 1'000'000'000;

Result<HistoryCommand> understand(const Words& words) {
  HistoryCommand out;
  auto who = words.need("history", "WHO");
  if (!who) return pass(who);
  out.who = std::move(*who);
  if (const auto text = words.text("--since")) {
    auto since = parse_since("--since", *text);
    if (!since) return pass(since);
    out.since = *since;
  }
  out.search = words.text("--search");
  if (out.search && out.search->empty()) return usage("--search takes some text.");
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
          .about = "Show what was said in a room, or by a contact",
          .examples =
              "  sotto history lobby --since 24h\n"
              "  sotto history lobby --limit 20 --json | jq -r '.messages[].text'\n"
              "  sotto history anna --search \"train to\"       what anna said of it, anywhere",
          .flags = {{.names = "WHO",
                     .about = "A room by name, or a contact: their words in all rooms",
                     .required = true,
                     .whose = FlagSpec::Names::contacts_and_rooms},
                    {.names = "--since",
                     .type = "TIME",
                     .about = "From then, or from so long ago: 24h, 2026-11-20T22:05:00Z"},
                    {.names = "--limit", .type = "N", .about = "The last N messages only"},
                    {.names = "--search",
                     .type = "TEXT",
                     .about = "Those that hold TEXT, in capital or small letters"}},
          .understand = history};
}

}  // namespace sotto::cli
