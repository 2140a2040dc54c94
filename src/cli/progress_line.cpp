#include "cli/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "cli/streams.h"
#include "cli/style.h"
#include "cli/terminal/cells.h"

namespace sotto::cli {
namespace {

int columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80;
}

}  // namespace

ProgressLine::ProgressLine(bool shown) : shown_(shown && can_be_redrawn(STDERR_FILENO)) {}

void ProgressLine::show(std::string_view text) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now - last_ < std::chrono::seconds(1)) return;
  last_ = now;
  written_ = true;
  write_all(STDERR_FILENO, "\r" + shortened(text, columns() - 1) + "\x1b[K");
}

void ProgressLine::clear() {
  if (std::exchange(written_, false)) write_all(STDERR_FILENO, "\r\x1b[K");
}

}  // namespace sotto::cli
