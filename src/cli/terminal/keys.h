// What a terminal sends, as what a person did: bytes in, characters, keys and pastes out.
//
// A line editor that waits for the rest of a character or of a sequence would stand still with
// everything else; this hands out what is complete and says when something is begun.  Pasted
// text (between ESC[200~ and ESC[201~, once ESC[?2004h has asked for these) is one event, so
// that its line ends are no Enter.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"

namespace sotto::cli {

// A key that sends a sequence: "\x1b[A", "\x1bOP", "\x1b[1;5C".
struct SpecialKey {
  std::string sequence;
  bool operator==(const SpecialKey&) const = default;
};

// UTF-8 whose lines end with \n alone, without any at its end; of other control characters only
// tabs are left.
struct Paste {
  std::string text;
  bool cut = false;  // it was longer than the limit
  bool operator==(const Paste&) const = default;
};

// A character may be a control character, an escape that stands alone too.
using KeyEvent = std::variant<char32_t, SpecialKey, Paste>;

class KeyDecoder {
 public:
  explicit KeyDecoder(std::size_t paste_limit) : paste_limit_(paste_limit) {}

  void feed(std::string_view bytes);
  std::optional<KeyEvent> next();
  bool empty() const { return ready_.empty(); }

  // How long to wait for the rest of what is begun; nothing when nothing is.
  std::optional<milliseconds> patience() const;
  // The rest did not come in time: what there is stands for itself.
  void give_up();

 private:
  enum class State { ground, character, escape, control_sequence, single_shift, paste };

  void take(char byte);
  void on_ground(char byte);
  void on_character(char byte);
  void on_escape(char byte);
  void on_control_sequence(char byte);
  void on_single_shift(char byte);
  void on_paste(char byte);
  void end_sequence();
  void end_paste();
  void end_character();

  std::size_t paste_limit_;
  State state_ = State::ground;
  std::string held_;         // of what is begun
  std::size_t missing_ = 0;  // bytes of a character
  bool cut_ = false;
  std::deque<KeyEvent> ready_;
};

}  // namespace sotto::cli
