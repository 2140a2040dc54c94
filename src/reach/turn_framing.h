// What flows between a TURN client and its server (RFC 8656 sections 12.4 and 12.5): STUN
// messages, and the data of channels with four bytes in front,
//
//   channel (2) | length (2) | data | over a stream: padding to four bytes
//
// which the first two bits tell apart.  Over UDP each is a datagram; a stream is cut by
// lengths.
#pragma once
#include <optional>

#include "base/bytes.h"
#include "reach/errors.h"

namespace sotto::reach {

inline constexpr std::uint16_t first_channel = 0x4000;
// Of 0x4fff that there may be: what begins with letters of HTTP is none of ours.
inline constexpr std::uint16_t last_channel = 0x40ff;

struct ChannelData {
  std::uint16_t channel = 0;
  ByteView data;  // a view of what was read
};

Bytes encode_channel_data(const ChannelData& message, bool stream);
// One whole message; what is behind its length is padding.  Nothing for anything else.
std::optional<ChannelData> read_channel_data(ByteView bytes);

// Cuts a stream into messages.
class TurnStream {
 public:
  void append(ByteView bytes);  // at most 64 KiB at once, and next() until there is none
  // A whole STUN message or ChannelData with its padding; valid until append().  Nothing: more
  // bytes are needed.  Errc::stun_malformed: it is neither, and the stream is of no use any
  // more.
  Result<std::optional<ByteView>> next();

 private:
  Bytes buffer_;
  std::size_t read_ = 0;
};

}  // namespace sotto::reach
