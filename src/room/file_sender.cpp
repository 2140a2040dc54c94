#include "room/file_sender.h"

#include <cassert>

namespace sotto::room {

bool FileSender::take(const wire::FileFrame& frame) {
  if (state_ == State::kept || state_ == State::refused) return false;
  if (const auto* progress = std::get_if<wire::FileProgress>(&frame)) {
    return take_progress(progress->bytes);
  }
  if (const auto* accepted = std::get_if<wire::FileAccepted>(&frame)) {
    return take_accepted(accepted->offset);
  }
  if (const auto* refused = std::get_if<wire::FileRefused>(&frame)) {
    state_ = State::refused;
    refusal_ = refused->reason;
    return true;
  }
  if (std::holds_alternative<wire::FileKept>(frame)) {
    // Nobody has what was not sent.
    if (state_ != State::sent) return false;
    state_ = State::kept;
    arrived_ = size_;
    return true;
  }
  return false;  // bytes, to the one who sends
}

// Before the answer: how much of what it has was looked at; after it: what is stored.
bool FileSender::take_progress(std::uint64_t bytes) {
  if (bytes > size_) return false;
  if (state_ == State::offered) return true;
  if (bytes < arrived_ || bytes > next_) return false;
  arrived_ = bytes;
  return true;
}

bool FileSender::take_accepted(std::uint64_t offset) {
  if (state_ != State::offered || offset > size_) return false;
  next_ = offset_ = arrived_ = offset;
  state_ = next_ == size_ ? State::sent : State::flowing;
  return true;
}

void FileSender::gave(std::uint64_t bytes) {
  assert(state_ == State::flowing && bytes <= size_ - next_);
  next_ += bytes;
  if (next_ == size_) state_ = State::sent;
}

}  // namespace sotto::room
