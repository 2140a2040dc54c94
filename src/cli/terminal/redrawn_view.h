// A chat in a terminal that can be redrawn: the line editor below, everything else above it.
//
// run() is the terminal's thread: it waits for keys, for what the loop has brought and for
// signals, and writes to the screen.  Keys come first, and what came is drawn at once or with
// what else came in the next few milliseconds, so that a flood is drawn as often as one can
// see.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal/chat_session.h"
#include "cli/terminal/line_editor.h"
#include "cli/terminal/tty.h"

namespace sotto::cli {

class RedrawnView final : public ChatView, public EditorHost {
 public:
  RedrawnView(Tty tty, Mailbox& mailbox, const Style& style);

  // Before run(); outlives it.
  void serve(ChatSession& session) { session_ = &session; }
  Result<void> open_editor();
  // Until the mailbox is closed.
  void run();

  void show(std::string_view text, std::function<void()> shown) override;
  void show_own(std::uint64_t number, std::string_view text) override;
  bool set_tick(std::uint64_t number, Tick tick) override;
  bool is_redrawn() const override { return true; }

  std::optional<KeyEvent> next_key() override;
  void suspend() override;
  void clear_screen() override;
  std::optional<std::string> complete(const std::string& head) override;

 private:
  void on_line(const LineEditor::Line& line);
  void turn();
  void wait(milliseconds at_most);
  void read_keys();
  void take_news();
  bool draw_if_due();
  void draw(const std::string& status);
  std::string status() const;
  bool write(std::string_view bytes);

  Tty tty_;
  Mailbox& mailbox_;
  ChatSession* session_ = nullptr;
  std::unique_ptr<LineEditor> editor_;
  KeyDecoder keys_;
  Screen screen_;
  std::vector<std::function<void()>> shown_;  // to be told once they are written
  std::string status_;                        // as it was drawn last
  SteadyTime drawn_at_;
  SteadyTime heard_at_;     // when the last byte came
  bool line_dirty_ = true;  // a key may have changed it
  bool everything_dirty_ = true;
  std::string unsent_;  // what stood in the line when all ended
  bool hung_up_ = false;
  bool ends_ = false;  // only what is left is shown
};

}  // namespace sotto::cli
