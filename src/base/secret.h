// Memory for keys and passphrases: locked against swapping, kept out of core dumps, wiped when
// released.
//
// All secrets share one arena of locked pages, so that thousands of 32-byte keys cost pages and
// not a page each (RLIMIT_MEMLOCK is 8 MiB on the target).  Where the kernel refuses to lock,
// secrets live on unlocked and secrets_are_locked() says so; the program warns once.
#pragma once
#include <cstddef>

#include "base/bytes.h"

namespace sotto {

// A byte string of fixed length in the arena.  Movable; copying is explicit (copy()), because
// each copy is one more place to leak from.  Thread-safe as far as the arena goes: two threads
// may create and destroy Secrets, not share one.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size);  // zeroed
  explicit Secret(ByteView bytes);
  ~Secret();
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;

  Secret copy() const { return Secret(view()); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteView view() const { return {data_, size_}; }
  MutableBytes mutable_view() { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Overwrites `bytes` in a way the compiler may not leave out.
void wipe(MutableBytes bytes) noexcept;

// False once the kernel has refused to lock a page of the arena.
bool secrets_are_locked() noexcept;

}  // namespace sotto
