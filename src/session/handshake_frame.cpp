#include "session/handshake_frame.h"

#include <cassert>

#include "base/big_endian.h"

namespace sotto::session {
namespace {

constexpr std::size_t pattern_bytes = first_frame_bytes - handshake_frame_bytes;

std::unexpected<Error> no_frame() {
  return fail(Errc::handshake,
              "The other side does not speak as sotto does: another program is there.");
}

Bytes frame_of(ByteView message) {
  assert(message.size() == handshake_message_bytes);
  Bytes frame;
  frame.reserve(handshake_frame_bytes);
  append_be(frame, static_cast<std::uint16_t>(message.size()));
  append(frame, message);
  return frame;
}

std::optional<ByteView> message_of(ByteView frame) {
  if (frame.size() != handshake_frame_bytes ||
      load_be<std::uint16_t>(frame) != handshake_message_bytes) {
    return std::nullopt;
  }
  return frame.last(handshake_message_bytes);
}

}  // namespace

Result<LinkPattern> link_pattern(ByteView first_bytes) {
  if (first_bytes.size() < pattern_bytes || first_bytes[0] != std::byte{link_version}) {
    return no_frame();
  }
  switch (const auto pattern = static_cast<LinkPattern>(first_bytes[1])) {
    case LinkPattern::xk_psk3:
    case LinkPattern::xx:
    case LinkPattern::xx_psk0:
      return pattern;
  }
  return no_frame();
}

Bytes with_pattern(LinkPattern pattern, ByteView frame) {
  Bytes out{std::byte{link_version}, static_cast<std::byte>(pattern)};
  append(out, frame);
  return out;
}

std::optional<ByteView> without_pattern(LinkPattern pattern, ByteView first_frame) {
  if (link_pattern(first_frame) != pattern) return std::nullopt;
  return first_frame.subspan(pattern_bytes);
}

Bytes open_prologue(LinkPattern pattern) {
  Bytes prologue = to_bytes("sotto link 1");
  append_be(prologue, link_version);
  append_be(prologue, static_cast<std::uint8_t>(pattern));
  return prologue;
}

Bytes plain_frame(ByteView payload) {
  return frame_of(wire::pad_handshake(payload, handshake_message_bytes));
}

std::optional<Bytes> read_plain_frame(ByteView frame) {
  const auto message = message_of(frame);
  if (!message) return std::nullopt;
  auto payload = wire::unpad_handshake(*message);
  if (!payload) return std::nullopt;
  return std::move(*payload);
}

Result<Bytes> write_frame(noise::HandshakeState& noise, ByteView payload, Entropy& entropy) {
  const Bytes padded = wire::pad_handshake(payload, handshake_message_bytes - noise.overhead());
  const auto message = noise.write_message(padded, entropy);
  if (!message) return std::unexpected(message.error());
  return frame_of(*message);
}

Result<Bytes> read_frame(noise::HandshakeState& noise, ByteView frame) {
  const auto message = message_of(frame);
  if (!message) return no_frame();
  const auto padded = noise.read_message(*message);
  if (!padded) return std::unexpected(padded.error());
  auto payload = wire::unpad_handshake(*padded);
  if (!payload) return no_frame();
  return payload;
}

}  // namespace sotto::session
