// Carrying out `outbox`.
#include <unistd.h>

#include "cli/commands.h"
#include "cli/render_event.h"
#include "cli/render_outbox.h"
#include "cli/streams.h"

namespace sotto::cli {
namespace {

// How far a flush is, and what stands in its way, on standard error.
class ProgressSink final : public node::EventSink {
 public:
  explicit ProgressSink(int verbosity) : verbosity_(verbosity) {}

  bool on_event(const node::Event& event, WallTime now) override {
    const auto* progress = std::get_if<node::ProgressEvent>(&event);
    const bool own = progress != nullptr && progress->task == "flush";
    if (verbosity_ < (own ? 0 : 1)) return true;
    const auto text = event_text(event, now, Style(), own ? 1 : verbosity_);
    if (text && !text->data) write_all(STDERR_FILENO, text->line);
    return true;
  }

 private:
  int verbosity_;
};

Result<void> list(node::Access& access, const Surroundings& around) {
  const auto waiting = node::outbox(access);
  if (!waiting) return std::unexpected(waiting.error());
  return print(around.globals.json ? outbox_json(*waiting)
                                   : outbox_text(*waiting, around.style));
}

Result<node::FlushReply> try_all(milliseconds timeout, const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  ProgressSink sink(around.globals.verbosity);
  return node::flush_outbox(*access, {timeout}, sink);
}

// Its one object tells of errors, too.
Result<void> flush(milliseconds timeout, const Surroundings& around) {
  auto tried = try_all(timeout, around);
  const node::FlushReply flushed =
      tried ? std::move(*tried) : node::FlushReply{0, 0, std::move(tried.error())};
  if (around.globals.json || tried) {
    auto printed = print(around.globals.json ? flushed_json(flushed) : flushed_text(flushed));
    if (!printed) return printed;
  }
  if (flushed.error) return std::unexpected(*flushed.error);
  return {};
}

Result<void> cancel(node::Access& access, const std::string& id, const Surroundings& around) {
  const auto cancelled = node::cancel_message(access, {id});
  if (!cancelled) return std::unexpected(cancelled.error());
  return print(around.globals.json ? cancelled_json(cancelled->id)
                                   : "cancelled: " + cancelled->id + "\n");
}

}  // namespace

Result<void> run(const OutboxCommand& command, const Surroundings& around) {
  using Action = OutboxCommand::Action;
  if (command.action == Action::flush) return flush(command.timeout, around);
  auto access = open_access(around, false);
  if (!access) return pass(access);
  return command.action == Action::cancel ? cancel(*access, command.id, around)
                                          : list(*access, around);
}

}  // namespace sotto::cli
