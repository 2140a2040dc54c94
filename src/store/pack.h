// Rows as byte strings, for sealing: integers big-endian, fixed fields as they are, variable
// ones behind a 4-byte length.  The layout of each row stands at its repository; a change of
// one is a migration (schema.h).
//
// For store/ only.
#pragma once
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/big_endian.h"
#include "base/secret.h"
#include "base/time.h"

namespace sotto::store {

// Rows hold keys, so every buffer they pass through is wiped before its memory is given back,
// those that a growing vector leaves behind included.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  explicit WipingAllocator(const WipingAllocator<U>&) {}

  // New bytes are left as they are: whoever asks for them fills them.
  template <class U>
  void construct(U* at) {
    ::new (static_cast<void*>(at)) U;
  }
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
  }

  T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
  void deallocate(T* memory, std::size_t n) {
    wipe(std::as_writable_bytes(std::span(memory, n)));
    std::allocator<T>().deallocate(memory, n);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};
using WipedBytes = std::vector<std::byte, WipingAllocator<std::byte>>;

class Packer {
 public:
  explicit Packer(std::size_t expected = 256) { out_.reserve(expected); }

  Packer& flag(bool value) { return integer<std::uint8_t>(value ? 1 : 0); }
  Packer& fixed(ByteView bytes) {
    // Not insert(), which GCC 12 turns into a loop over bytes.
    if (bytes.empty()) return *this;
    const std::size_t at = out_.size();
    out_.resize(at + bytes.size());
    std::memcpy(out_.data() + at, bytes.data(), bytes.size());
    return *this;
  }
  Packer& variable(ByteView bytes) {
    integer(static_cast<std::uint32_t>(bytes.size()));
    return fixed(bytes);
  }
  Packer& text(std::string_view text) { return variable(as_bytes(text)); }
  Packer& time(WallTime time) { return integer(static_cast<std::uint64_t>(unix_ms(time))); }

  template <std::unsigned_integral T>
  Packer& integer(T value) {
    std::byte bytes[sizeof(T)];
    store_be<T>(bytes, value);
    return fixed(bytes);
  }

  ByteView view() const { return out_; }

 private:
  WipedBytes out_;
};

// Reads what Packer wrote.  Past the end it returns zeros and remembers: ask complete() before
// trusting any of it.
class Unpacker {
 public:
  explicit Unpacker(ByteView bytes) : rest_(bytes) {}

  bool flag() { return integer<std::uint8_t>() != 0; }
  Bytes variable() { return to_bytes(take(integer<std::uint32_t>())); }
  Secret secret() { return Secret(take(integer<std::uint32_t>())); }
  std::string text() { return to_string(take(integer<std::uint32_t>())); }
  WallTime time() { return from_unix_ms(static_cast<std::int64_t>(integer<std::uint64_t>())); }

  template <std::unsigned_integral T>
  T integer() {
    const ByteView bytes = take(sizeof(T));
    return bytes.empty() ? T{0} : load_be<T>(bytes);
  }
  template <std::size_t N>
  std::array<std::byte, N> array() {
    std::array<std::byte, N> bytes{};
    std::ranges::copy(take(N), bytes.begin());
    return bytes;
  }
  // A FixedBytes or SecretKey.
  template <class T>
  T fixed() {
    auto value = T::from(take(T::size));
    return value ? *std::move(value) : T();
  }

  // True when a field was not there, or cut.
  bool is_short() const { return short_; }
  // True when every field was there and nothing is left over.
  bool complete() const { return !short_ && rest_.empty(); }

 private:
  ByteView take(std::size_t n) {
    if (n > rest_.size()) {
      short_ = true;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }

  ByteView rest_;
  bool short_ = false;
};

}  // namespace sotto::store
