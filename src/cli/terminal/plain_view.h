// A chat line by line: for terminals that cannot be redrawn, and for people whose screen reader
// or Braille display wants nothing moved (--plain).
//
// The terminal itself edits and echoes what is typed; nothing is ever written over.
#pragma once
#include <string>
#include <vector>

#include "cli/terminal/chat_session.h"
#include "cli/terminal/tty.h"

namespace sotto::cli {

class PlainView final : public ChatView {
 public:
  PlainView(Tty tty, Mailbox& mailbox) : tty_(std::move(tty)), mailbox_(mailbox) {}

  void serve(ChatSession& session) { session_ = &session; }  // before run(); outlives it
  void run();                                                // until the mailbox is closed

  void show(std::string_view text, std::function<void()> shown) override;
  void show_own(std::uint64_t, std::string_view) override {}  // stands there as it was typed
  bool set_tick(std::uint64_t, Tick) override { return false; }
  bool is_redrawn() const override { return false; }

 private:
  void wait(bool more);
  void read_lines();
  void write_all_shown();

  Tty tty_;
  Mailbox& mailbox_;
  ChatSession* session_ = nullptr;
  std::string news_;                          // to be written
  std::vector<std::function<void()>> shown_;  // to be told then
  std::string typed_;                         // of the line that has begun
  bool input_ended_ = false;
};

}  // namespace sotto::cli
