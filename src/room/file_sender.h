// One file on its way to the peer: what the peer has said of it, and what is to be read next.
//
//   offered --accepted(offset)--> flowing --gave() the last byte--> sent --kept--> kept
//      |                             |                                |
//      +---------- refused ----------+--------------------------------+----> refused
//
//   offered: the peer may be looking at what it has of the file already, and says how far it is
//   flowing: bytes from next() on are wanted
//   sent:    the peer checks and stores; only its word is missing
//
// No bytes pass through it.  See docs/protocol.md section 5, "Files".
#pragma once
#include "wire/file_frame.h"

namespace sotto::room {

class FileSender {
 public:
  enum class State { offered, flowing, sent, kept, refused };

  explicit FileSender(std::uint64_t size) : size_(size) {}

  // What the peer says.  False when it breaks the rules: the channel is to be reset.
  bool take(const wire::FileFrame& frame);

  // So many bytes from next() on were given to the session; requires flowing and that there
  // are so many.
  void gave(std::uint64_t bytes);

  State state() const { return state_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t next() const { return next_; }        // offset in the file
  std::uint64_t offset() const { return offset_; }    // where the peer had us begin
  std::uint64_t arrived() const { return arrived_; }  // how much the peer has, as it has told
  wire::FileRefusal refusal() const { return refusal_; }  // once refused

 private:
  bool take_progress(std::uint64_t bytes);
  bool take_accepted(std::uint64_t offset);

  std::uint64_t size_;
  State state_ = State::offered;
  std::uint64_t next_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t arrived_ = 0;
  wire::FileRefusal refusal_ = wire::FileRefusal::failed;
};

}  // namespace sotto::room
