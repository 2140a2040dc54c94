// N bytes with a meaning: ids, public keys, signatures.  The tag makes each a type of its own.
#pragma once
#include <algorithm>
#include <array>
#include <compare>
#include <optional>

#include "base/bytes.h"
#include "base/entropy.h"

namespace sotto {

template <class Tag, std::size_t N>
class FixedBytes {
 public:
  static constexpr std::size_t size = N;

  FixedBytes() = default;  // all zero
  explicit FixedBytes(const std::array<std::byte, N>& bytes) : bytes_(bytes) {}

  // Nothing when `bytes` is not exactly N long.
  static std::optional<FixedBytes> from(ByteView bytes) {
    if (bytes.size() != N) return std::nullopt;
    FixedBytes out;
    std::ranges::copy(bytes, out.bytes_.begin());
    return out;
  }

  static FixedBytes random(Entropy& entropy) { return FixedBytes(entropy.bytes<N>()); }

  ByteView view() const { return bytes_; }
  MutableBytes mutable_view() { return bytes_; }

  friend bool operator==(const FixedBytes&, const FixedBytes&) = default;
  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

 private:
  std::array<std::byte, N> bytes_{};
};

// The 16-byte names of things that several rooms of the source tree speak of.
using RoomId = FixedBytes<struct RoomIdTag, 16>;        // drawn by the host when a room is made
using LinkRef = FixedBytes<struct LinkRefTag, 16>;      // what message 1 names: see below
using SessionId = FixedBytes<struct SessionIdTag, 16>;  // drawn by the host
using MessageId = FixedBytes<struct MessageIdTag, 16>;  // chosen by the sender
using AttemptId = FixedBytes<struct AttemptIdTag, 16>;  // of one live verification, on one side

// A LinkRef is either the id of an invite or the tag of a member (docs/protocol.md section 3).
using InviteId = LinkRef;

}  // namespace sotto
