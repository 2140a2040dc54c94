// A line on standard error that is written over while something takes long: from the first
// second on, once a second, and only where somebody sees it.  Gone in the end.
#pragma once
#include <chrono>
#include <string>
#include <unistd.h>

#include "cli/streams.h"

namespace sotto::cli {

class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : shown_(shown && ::isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() {
    if (written_) write_all(STDERR_FILENO, "\r\x1b[K");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now - last_ < std::chrono::seconds(1)) return;
    last_ = now;
    written_ = true;
    write_all(STDERR_FILENO, "\r" + text + "\x1b[K");
  }

 private:
  bool shown_;
  bool written_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace sotto::cli
