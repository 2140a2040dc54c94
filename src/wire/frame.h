// Frames: what one record of a link carries (docs/protocol.md section 4).
//
//   record plaintext = frame* padding
//   frame            = type (1) | body length (2) | body
//   padding          = zero bytes to the end
//
//   link frames                         session frames: seq (8) | channel (4) | ...
//    1 ping     token (8)               16 data    flags (1: bit 0 ends a message) | payload
//    2 pong     token (8)               17 open    kind (1) | metadata
//    3 goodbye  reason (1)              18 credit  bytes (4)
//    4 ack      last_received (8)       19 close   reason (1)
//    8 welcome  protobuf Welcome
//    9 refused  protobuf Refused
//
// All integers big-endian.  An unknown type is an error: what is spoken is settled by the
// version in the prologue.
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "wire/errors.h"

namespace sotto::wire {

enum class FrameType : std::uint8_t {
  padding = 0,
  ping = 1,
  pong = 2,
  goodbye = 3,
  ack = 4,
  welcome = 8,
  refused = 9,
  data = 16,
  open = 17,
  credit = 18,
  close = 19,
};

inline constexpr std::size_t frame_header_bytes = 3;
inline constexpr std::size_t session_header_bytes = 12;  // seq | channel
inline constexpr std::size_t data_header_bytes = session_header_bytes + 1;

enum class GoodbyeReason : std::uint8_t {
  leaving = 0,         // the session is over
  replaced = 1,        // the session goes on over a newer link
  protocol_error = 2,  // the peer said something it may not say
  room_closed = 3,
  trouble = 4,  // this side cannot go on for now (its store has failed): come again later
  removed = 5,  // the peer is no member any more
  expired = 6,  // the room's time is over
};

struct Frame {
  FrameType type = FrameType::padding;
  ByteView body;
};

// Walks the frames of one plaintext.
class FrameReader {
 public:
  FrameReader() = default;
  explicit FrameReader(ByteView plaintext) : rest_(plaintext) {}

  // The next frame, a view into the plaintext, or nothing at the padding or the end.
  // Errc::malformed: an unknown type, a body that is cut or has the wrong length for its type,
  // padding that is not zero.
  Result<std::optional<Frame>> next();

 private:
  ByteView rest_;
};

// The fields of a session frame.
struct SessionHeader {
  std::uint64_t seq = 0;
  std::uint32_t channel = 0;
};
bool is_session_frame(FrameType type);
SessionHeader session_header(const Frame& frame);  // requires is_session_frame()
ByteView session_body(const Frame& frame);         // what follows seq and channel

}  // namespace sotto::wire
