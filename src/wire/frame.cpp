#include "wire/frame.h"

#include <algorithm>
#include <cassert>

#include "base/big_endian.h"

namespace sotto::wire {
namespace {

// Fewest and most bytes of a body; nothing for a type that does not exist.
struct BodyLength {
  std::size_t least;
  std::size_t most;
};

std::optional<BodyLength> body_length(FrameType type) {
  constexpr std::size_t any = 0xffff;
  switch (type) {
    case FrameType::ping:
    case FrameType::pong:
    case FrameType::ack:
      return BodyLength{8, 8};
    case FrameType::goodbye:
      return BodyLength{1, 1};
    case FrameType::welcome:
    case FrameType::refused:
      return BodyLength{0, any};
    case FrameType::data:
      return BodyLength{data_header_bytes, any};
    case FrameType::open:
    case FrameType::close:
      return BodyLength{session_header_bytes + 1,
                        type == FrameType::open ? any : session_header_bytes + 1};
    case FrameType::credit:
      return BodyLength{session_header_bytes + 4, session_header_bytes + 4};
    case FrameType::padding:
      break;
  }
  return std::nullopt;
}

std::unexpected<Error> malformed() {
  return fail(
      Errc::malformed,
      "The peer sent a frame that this version does not understand; update sotto on both "
      "sides.");
}

}  // namespace

Result<std::optional<Frame>> FrameReader::next() {
  if (rest_.empty()) return std::nullopt;
  const auto type = static_cast<FrameType>(rest_[0]);
  if (type == FrameType::padding) {
    if (std::ranges::any_of(rest_, [](std::byte b) { return b != std::byte{0}; })) {
      return malformed();
    }
    rest_ = {};
    return std::nullopt;
  }
  const auto lengths = body_length(type);
  if (!lengths || rest_.size() < frame_header_bytes) return malformed();
  const std::size_t length = load_be<std::uint16_t>(rest_.subspan(1));
  if (length < lengths->least || length > lengths->most ||
      length > rest_.size() - frame_header_bytes) {
    return malformed();
  }
  const Frame frame{type, rest_.subspan(frame_header_bytes, length)};
  rest_ = rest_.subspan(frame_header_bytes + length);
  return frame;
}

bool is_session_frame(FrameType type) {
  return type >= FrameType::data && type <= FrameType::close;
}

SessionHeader session_header(const Frame& frame) {
  assert(is_session_frame(frame.type));
  return {load_be<std::uint64_t>(frame.body), load_be<std::uint32_t>(frame.body.subspan(8))};
}

ByteView session_body(const Frame& frame) {
  return frame.body.subspan(session_header_bytes);
}

}  // namespace sotto::wire
