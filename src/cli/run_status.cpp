// status, status --watch.
#include <poll.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/render_status.h"
#include "cli/streams.h"

namespace sotto::cli {
namespace {

constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

// Prints each status that differs from the one before: over it in a terminal that can, else
// below it.
class Screen {
 public:
  explicit Screen(const Surroundings& around)
      : around_(around), redraws_(!around.globals.json && can_be_redrawn(STDOUT_FILENO)) {}

  // False when nobody reads any more.
  Result<bool> show(const node::StatusReply& status) {
    std::string text =
        around_.globals.json ? status_json(status) : status_text(status, around_.style);
    if (text == last_) return is_read();
    const bool first = last_.empty();
    last_ = std::move(text);
    std::string out;
    if (redraws_) {
      out = clear_screen;
    } else if (!first && !around_.globals.json) {
      out = "\n";
    }
    const Written written = write_all(STDOUT_FILENO, out + last_);
    if (written == Written::closed) return false;
    if (written == Written::failed) return output_failed();
    return true;
  }

 private:
  static bool is_read() {
    pollfd output{STDOUT_FILENO, 0, 0};
    return ::poll(&output, 1, 0) <= 0 || (output.revents & POLLERR) == 0;
  }

  const Surroundings& around_;
  bool redraws_;
  std::string last_;
};

}  // namespace

Result<void> run(const StatusCommand& command, const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  if (command.watch) {
    Screen screen(around);
    return node::watch_status(
        std::move(*access), [&around] { return open_access(around, false); },
        [&screen](const node::StatusReply& status) { return screen.show(status); });
  }
  const auto status = access->ask<node::StatusReply, node::NoRequest, node::show_status>(
      "status", node::NoRequest());
  if (!status) return std::unexpected(status.error());
  return print(around.globals.json ? status_json(*status) : status_text(*status, around.style));
}

}  // namespace sotto::cli
