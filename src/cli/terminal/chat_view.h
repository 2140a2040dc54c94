// Where a chat is shown: by a terminal that is redrawn, or line by line.  What the session of
// the chat (chat_session.h) sees of either.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/terminal/screen.h"

namespace sotto::cli {

class ChatView {
 public:
  virtual ~ChatView() = default;

  // Lines without the last newline; `shown` is called once they were written.
  virtual void show(std::string_view text, std::function<void()> shown = {}) = 0;
  // Own words, which have a tick from now on.
  virtual void show_own(std::uint64_t number, std::string_view text) = 0;
  // False when the tick of those words cannot be changed where it stands.
  virtual bool set_tick(std::uint64_t number, Tick tick) = 0;
  // Where nothing is redrawn there is no status line, and what one has typed stands there.
  virtual bool is_redrawn() const = 0;
};

}  // namespace sotto::cli
