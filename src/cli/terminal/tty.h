// The terminal of a chat: its modes, its size, and the signals that are about it.
//
// While it lives, keys come one by one and unseen, pastes come marked, and the modes that were
// there before come back in the end, also while the process is suspended.  One at a time in a
// process.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <termios.h>

#include "base/error.h"

namespace sotto::cli {

class Tty {
 public:
  // `redrawn`: else lines stay as the terminal itself edits and echoes them.
  static Result<Tty> open(bool redrawn);
  Tty(Tty&& other) noexcept;
  Tty& operator=(Tty&&) = delete;
  ~Tty();  // as restore()

  int descriptor() const { return input_; }

  struct Size {
    int columns;
    int rows;
  };
  Size size() const;

  // What was typed, up to the size of a buffer; empty when nothing is there yet.  Nothing at
  // all: the terminal is gone, or without `redrawn` at the end of its input.
  std::optional<std::string> read() const;

  // All of it.  `interrupt`: a descriptor that ends the waiting for a terminal that takes
  // nothing.  False when not all was written.
  bool write(std::string_view text, int interrupt) const;

  // Gives the terminal back and stops the process, as Ctrl-Z does; returns when it goes on.
  void suspend();
  void restore();

  // What has come since the last time: the size has changed; the process goes on after it was
  // stopped; somebody asks it to stop.
  struct News {
    bool resized = false;
    bool continued = false;
    bool asked_to_stop = false;
  };
  News take_news() const;
  int signal_descriptor() const { return signals_; }  // readable when there are news
  void take_over();                                   // sets the modes (again)

 private:
  Tty(int input, int output, int signals, bool redrawn);

  int input_;
  int output_;
  int signals_;
  bool redrawn_;
  bool taken_ = false;
  bool moved_from_ = false;
  termios before_{};
};

}  // namespace sotto::cli
