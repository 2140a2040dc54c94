// How the messages of a handshake travel: in frames of one size, so that a watcher can count
// them and no more (docs/protocol.md section 3).
//
//   the first of a connection = version (1) | pattern (1) | frame
//   frame                     = length (2, big-endian): 512 | message
//   message                   = a Noise message, or plain bytes before Noise begins
//
// What is inside is padded with zeros to fill the message (wire::pad_handshake).
#pragma once
#include <optional>

#include "noise/handshake_state.h"
#include "session/handshake.h"

namespace sotto::session {

// What a connection asks for, from its first two bytes (or more).  Errc::handshake.
Result<LinkPattern> link_pattern(ByteView first_bytes);

Bytes with_pattern(LinkPattern pattern, ByteView frame);
// The frame of a first_frame_bytes that asks for `pattern`; nothing when it does not.
std::optional<ByteView> without_pattern(LinkPattern pattern, ByteView first_frame);

// "sotto link 1" | version | pattern: all that both sides know before an open handshake.
Bytes open_prologue(LinkPattern pattern);

// `payload` must fit (asserted: ours).
Bytes plain_frame(ByteView payload);
std::optional<Bytes> read_plain_frame(ByteView frame);

// The next Noise message.  noise's bad_key.
Result<Bytes> write_frame(noise::HandshakeState& noise, ByteView payload, Entropy& entropy);
// Its payload.  Errc::handshake for what is no frame; noise's decryption and bad_key.
Result<Bytes> read_frame(noise::HandshakeState& noise, ByteView frame);

}  // namespace sotto::session
