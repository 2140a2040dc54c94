#include "room/file_receiver.h"

#include <cassert>

namespace sotto::room {

bool FileReceiver::take(const wire::FileFrame& frame) {
  const auto* const data = std::get_if<wire::FileData>(&frame);
  if (data == nullptr || state_ != State::flowing) return false;
  const std::uint64_t bytes = data->bytes.size();
  if (bytes == 0 || bytes > size_ - received_) return false;
  received_ += bytes;
  look_whether_complete();
  return true;
}

void FileReceiver::look_whether_complete() {
  if (received_ == size_) state_ = State::complete;
}

void FileReceiver::accept(std::uint64_t offset) {
  assert(state_ == State::wanted && offset <= size_);
  state_ = State::flowing;
  received_ = offset;
  look_whether_complete();
}

void FileReceiver::keep() {
  assert(state_ == State::complete);
  state_ = State::kept;
}

void FileReceiver::refuse() {
  assert(state_ != State::kept);
  state_ = State::over;
}

}  // namespace sotto::room
