// Channels: the independent flows of messages inside a session (docs/protocol.md section 5).
//
// 0 and 1 are open from the start; others are opened by either side, the joiner's with odd and
// the host's with even numbers from 16.  Each direction of each channel has credit: what the
// receiver has room for.  A data frame uses its payload and data_frame_credit more, so that a
// flood of tiny messages is bounded as well.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>

#include "base/bytes.h"
#include "wire/limits.h"

namespace sotto::session {

using ChannelId = std::uint32_t;
inline constexpr ChannelId control_channel = 0;
inline constexpr ChannelId chat_channel = 1;
inline constexpr ChannelId first_dynamic_channel = 16;

inline constexpr std::size_t data_frame_credit = 64;

enum class ChannelKind : std::uint8_t { control = 0, chat = 1, file = 2, forward = 3 };

constexpr std::size_t message_limit(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::control:
      return 1 << 15;
    case ChannelKind::chat:
      return wire::room_frame_limit;
    case ChannelKind::file:
    case ChannelKind::forward:
      break;
  }
  return 1 << 19;
}

constexpr bool is_bulk(ChannelKind kind) {
  return kind == ChannelKind::file || kind == ChannelKind::forward;
}

// The credit that each side starts with: room for the longest message of the kind, twice; for
// bulk what is under way in a busy circuit of Tor, where an answer takes a quarter of a second.
constexpr std::size_t initial_credit(ChannelKind kind) {
  return (is_bulk(kind) ? 4 : 2) * message_limit(kind);
}

// Credit is given back in pieces of at least so much, so that it costs next to nothing on the
// wire, and small enough that a sender does not wait for one.
constexpr std::size_t credit_piece(ChannelKind kind) {
  return initial_credit(kind) / (is_bulk(kind) ? 8 : 4);
}

// One channel as one side sees it; Session keeps the rules.
struct Channel {
  explicit Channel(ChannelKind channel_kind)
      : kind(channel_kind),
        credit_to_send(initial_credit(channel_kind)),
        credit_given(initial_credit(channel_kind)) {}

  ChannelKind kind;

  // Sending: whole messages; `offset` bytes of the first are framed already.
  std::deque<std::shared_ptr<const Bytes>> outgoing;
  std::size_t offset = 0;
  std::size_t outgoing_bytes = 0;
  std::size_t credit_to_send;
  bool closing = false;  // a close follows the last message
  std::uint8_t close_reason = 0;

  // Receiving.
  Bytes partial;  // of the message that is arriving
  std::size_t partial_credit = 0;
  std::size_t credit_given;  // what the peer may still use
  std::size_t consumed = 0;  // given back by the application, not yet to the peer
};

}  // namespace sotto::session
