// outbox.
#include "base/text.h"
#include "cli/understand.h"

namespace sotto::cli {
namespace {

constexpr const char* outbox_actions = "list flush cancel";  // as OutboxCommand::Action

Result<OutboxCommand> understand(const Words& words) {
  using Action = OutboxCommand::Action;
  OutboxCommand out;
  const auto action = understand_action(words, "outbox", outbox_actions);
  if (!action) return std::unexpected(action.error());
  out.action = static_cast<Action>(*action);
  auto id = words.text("ID");
  if (id && out.action != Action::cancel) {
    return usage("sotto outbox " + words.text("ACTION").value_or("list") + " takes no '" +
                 displayable(*id) + "'.");
  }
  if (out.action == Action::cancel) {
    if (!id || id->empty()) {
      return usage("sotto outbox cancel needs the ID of a message: `sotto outbox` shows them.");
    }
    out.id = std::move(*id);
  }
  if (words.has("--timeout") && out.action != Action::flush) {
    return usage("--timeout belongs to `sotto outbox flush`.");
  }
  if (auto limit = understand_timeout(words, out.timeout); !limit) return pass(limit);
  return out;
}

Result<Command> outbox(const Words& words) {
  return widened(understand(words));
}

}  // namespace

CommandSpec outbox_spec() {
  return {.name = "outbox",
          .about = "Show what waits to be delivered, send it now, or take it back",
          .examples =
              "  sotto outbox                          what waits, and for whom\n"
              "  sotto outbox flush --timeout 10s      try now; exit 3 if something is left\n"
              "  sotto outbox cancel backup-7          by its id, or the name of its --id\n\n"
              "What waits leaves by itself while `host`, `join` or `listen` runs and the other "
              "side can\nbe reached.  After 14 days it is given up.",
          .flags = {{.names = "ACTION",
                     .about = "list (the default), flush or cancel",
                     .choices = outbox_actions},
                    {.names = "ID", .about = "The message to cancel", .actions = "cancel"},
                    {.names = "--timeout",
                     .type = "TIME",
                     .about = "Of flush: give up after this long (default 30s)"}},
          .understand = outbox};
}

}  // namespace sotto::cli
