#include "cli/terminal/keys.h"

#include "base/text.h"
#include "cli/terminal/cells.h"

namespace sotto::cli {
namespace {

constexpr char escape = '\x1b';
constexpr std::string_view paste_begins = "\x1b[200~";
constexpr std::string_view paste_ends = "\x1b[201~";
constexpr std::size_t sequence_limit = 32;    // bytes; no key sends more
constexpr milliseconds between_bytes{50};     // of one key, over a slow connection
constexpr milliseconds between_lines{1'000};  // of one paste

std::size_t length_of_character(unsigned char lead) {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0) return lead <= 0xef ? 3 : 0;
  return lead >= 0xc2 && lead <= 0xdf ? 2 : 0;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// As the other side should get it.
std::string cleaned(std::string_view pasted) {
  std::string out;
  out.reserve(pasted.size());
  for (std::size_t at = 0; at < pasted.size();) {
    const Character c = next_character(pasted.substr(at));
    const bool line_end = c.value == '\r' || c.value == '\n';
    if (c.value == '\r' && pasted.substr(at + 1).starts_with('\n')) ++at;
    const bool control =
        (c.value < 0x20 && c.value != '\t') || (c.value >= 0x7f && c.value < 0xa0);
    if (line_end) {
      out += '\n';
    } else if (!control) {
      append_utf8(out, c.value);
    }
    at += c.length;
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace

void KeyDecoder::feed(std::string_view bytes) {
  for (const char byte : bytes) take(byte);
}

std::optional<KeyEvent> KeyDecoder::next() {
  if (ready_.empty()) return std::nullopt;
  KeyEvent event = std::move(ready_.front());
  ready_.pop_front();
  return event;
}

std::optional<milliseconds> KeyDecoder::patience() const {
  if (state_ == State::ground) return std::nullopt;
  return state_ == State::paste ? between_lines : between_bytes;
}

void KeyDecoder::give_up() {
  if (state_ == State::ground) return;
  if (state_ == State::paste) return end_paste();
  if (state_ == State::character) return end_character();
  // Escapes and what is ASCII.
  for (const char byte : held_) ready_.emplace_back(static_cast<char32_t>(byte));
  held_.clear();
  state_ = State::ground;
}

void KeyDecoder::take(char byte) {
  switch (state_) {
    case State::ground:
      return on_ground(byte);
    case State::character:
      return on_character(byte);
    case State::escape:
      return on_escape(byte);
    case State::control_sequence:
      return on_control_sequence(byte);
    case State::single_shift:
      return on_single_shift(byte);
    case State::paste:
      return on_paste(byte);
  }
}

void KeyDecoder::on_ground(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  held_.assign(1, byte);
  if (byte == escape) {
    state_ = State::escape;
  } else if (value < 0x80) {
    ready_.emplace_back(char32_t{value});
  } else if (const std::size_t length = length_of_character(value); length > 0) {
    missing_ = length - 1;
    state_ = State::character;
  } else {
    ready_.emplace_back(replacement_character);
  }
}

void KeyDecoder::on_character(char byte) {
  if (!is_continuation(byte)) {
    end_character();
    return take(byte);
  }
  held_ += byte;
  if (--missing_ == 0) end_character();
}

// What is not whole, or no character at all, becomes one that says so.
void KeyDecoder::end_character() {
  const Character c = next_character(held_);
  ready_.emplace_back(c.length == held_.size() ? c.value : replacement_character);
  state_ = State::ground;
}

void KeyDecoder::on_escape(char byte) {
  if (byte == '[' || byte == 'O') {
    held_ += byte;
    state_ = byte == '[' ? State::control_sequence : State::single_shift;
    return;
  }
  // Escape alone, or in front of a character: Alt.
  ready_.emplace_back(char32_t{escape});
  state_ = State::ground;
  take(byte);
}

// ESC [, parameters (0x30-0x3f), intermediates (0x20-0x2f), and a letter that ends it.  The
// Linux console sends a second [ before the letter of its function keys.
void KeyDecoder::on_control_sequence(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  if (value < 0x20 || value >= 0x7f || held_.size() >= sequence_limit) {
    state_ = State::ground;
    return take(byte);
  }
  const bool first = held_.size() == 2;
  held_ += byte;
  if (value >= 0x40 && !(first && byte == '[')) end_sequence();
}

// ESC O and one letter.
void KeyDecoder::on_single_shift(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  if (value < 0x20 || value >= 0x7f) {
    state_ = State::ground;
    return take(byte);
  }
  held_ += byte;
  end_sequence();
}

void KeyDecoder::end_sequence() {
  state_ = State::ground;
  if (held_ == paste_begins) {
    state_ = State::paste;
    cut_ = false;
    held_.clear();
  } else if (held_ != paste_ends) {
    ready_.emplace_back(SpecialKey{held_});
  }
}

void KeyDecoder::on_paste(char byte) {
  held_ += byte;
  if (held_.ends_with(paste_ends)) {
    held_.resize(held_.size() - paste_ends.size());
    return end_paste();
  }
  // Beyond the limit only as much is kept as the end may take.
  if (held_.size() > paste_limit_ + 2 * paste_ends.size()) {
    held_.erase(paste_limit_, held_.size() - paste_limit_ - paste_ends.size());
    cut_ = true;
  }
}

void KeyDecoder::end_paste() {
  state_ = State::ground;
  if (held_.size() > paste_limit_) {
    held_.resize(paste_limit_);
    cut_ = true;
  }
  std::string text = cleaned(held_);
  held_.clear();
  if (!text.empty()) ready_.emplace_back(Paste{std::move(text), cut_});
}

}  // namespace sotto::cli
