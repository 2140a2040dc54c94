// The line that a person types: libedit's keys, history and kill ring, without its screen.
//
// libedit reads what next_key() brings and draws into nothing; whoever owns the screen draws
// line() instead.  So incoming messages never meet a half-drawn line, and a terminal of any
// width gets what fits (docs/decisions/032).  It stands before a small terminal of its own, a
// pty that nobody reads: it may set modes there as it likes.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "cli/terminal/keys.h"
#include "cli/terminal/screen.h"

namespace sotto::cli {

// All calls on the thread that reads lines.
class EditorHost {
 public:
  virtual ~EditorHost() = default;
  // Waits for the next event; whatever the one before has done to the line is done.  Nothing:
  // there is no more input.
  virtual std::optional<KeyEvent> next_key() = 0;
  virtual void suspend() = 0;
  virtual void clear_screen() = 0;
  // The text that belongs in front of the cursor instead of `head`; nothing changes the line.
  virtual std::optional<std::string> complete(const std::string& head) = 0;
};

class LineEditor {
 public:
  enum class End {
    line,         // Enter
    interrupted,  // Ctrl-C; `text` is what stood there
    closed,       // Ctrl-D on an empty line
    gone,         // there is no more input; `text` is what stood there
  };
  struct Line {
    End end;
    std::string text;
  };

  // Errc::terminal when there is no pty to be had.
  static Result<std::unique_ptr<LineEditor>> open(EditorHost& host, int terminal);
  ~LineEditor();

  Line read_line();
  // What stands there now; also from within next_key().
  TypedLine line(std::string prompt) const;
  bool is_empty() const;
  void remember(const std::string& text);  // in the history

 private:
  struct Parts;
  explicit LineEditor(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sotto::cli
