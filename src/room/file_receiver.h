// One file on its way from the peer: what may come of it, and when.
//
//   wanted --accept(offset)--> flowing --the last byte--> complete --keep()--> kept
//      |                          |                          |
//      +------- refuse() ---------+--------------------------+----> over
//
//   wanted:   nothing may come
//   flowing:  bytes from the offset on come in their order, none beyond the size
//   complete: all have come; they are checked and stored
//   kept:     the peer was told; it closes the channel
//
// No bytes pass through it.  See docs/protocol.md section 5, "Files".
#pragma once
#include "wire/file_frame.h"

namespace sotto::room {

class FileReceiver {
 public:
  enum class State { wanted, flowing, complete, kept, over };

  explicit FileReceiver(std::uint64_t size) : size_(size) {}

  // What the peer says.  False when it breaks the rules: the channel is to be reset.
  bool take(const wire::FileFrame& frame);

  void accept(std::uint64_t offset);  // requires wanted, at most size()
  void keep();                        // requires complete
  void refuse();                      // requires that it was not kept

  State state() const { return state_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t received() const { return received_; }  // of the file, the offset included

 private:
  void look_whether_complete();

  std::uint64_t size_;
  State state_ = State::wanted;
  std::uint64_t received_ = 0;
};

}  // namespace sotto::room
