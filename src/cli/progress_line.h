// A line on standard error that is written over while something takes long: from the first
// second on, once a second, and only where somebody sees it.  Gone in the end.
#pragma once
#include <chrono>
#include <string_view>

namespace sotto::cli {

class ProgressLine {
 public:
  explicit ProgressLine(bool shown);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // As much of the text as one row takes.
  void show(std::string_view text);
  // Before something else is written there.
  void clear();

 private:
  bool shown_;
  bool written_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace sotto::cli
