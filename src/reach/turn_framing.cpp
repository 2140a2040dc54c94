#include "reach/turn_framing.h"

#include <cassert>

#include "base/big_endian.h"
#include "reach/stun_message.h"

namespace sotto::reach {
namespace {

constexpr std::size_t channel_head_bytes = 4;

bool is_channel(std::uint16_t number) {
  return number >= first_channel && number <= last_channel;
}

constexpr std::size_t padded(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

}  // namespace

Bytes encode_channel_data(const ChannelData& message, bool stream) {
  assert(is_channel(message.channel) && message.data.size() <= UINT16_MAX);
  Bytes out;
  append_be(out, message.channel);
  append_be(out, static_cast<std::uint16_t>(message.data.size()));
  append(out, message.data);
  if (stream) out.resize(padded(out.size()));
  return out;
}

std::optional<ChannelData> read_channel_data(ByteView bytes) {
  if (bytes.size() < channel_head_bytes) return std::nullopt;
  const auto channel = load_be<std::uint16_t>(bytes);
  const std::size_t length = load_be<std::uint16_t>(bytes.subspan(2));
  if (!is_channel(channel) || length > bytes.size() - channel_head_bytes) return std::nullopt;
  return ChannelData{channel, bytes.subspan(channel_head_bytes, length)};
}

void TurnStream::append(ByteView bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
  read_ = 0;
  sotto::append(buffer_, bytes);
}

Result<std::optional<ByteView>> TurnStream::next() {
  const ByteView rest = ByteView(buffer_).subspan(read_);
  if (rest.size() < channel_head_bytes) return std::nullopt;
  const auto first = load_be<std::uint16_t>(rest);
  const std::size_t length = load_be<std::uint16_t>(rest.subspan(2));
  const bool stun = (first & 0xc000) == 0 && length % 4 == 0;
  if (!stun && !is_channel(first)) {
    return fail(Errc::stun_malformed,
                "What comes from the TURN server is none of its messages. Check that its "
                "address and port are those of a TURN server, and whether it wants TLS.");
  }
  const std::size_t whole =
      stun ? stun_head_bytes + length : channel_head_bytes + padded(length);
  if (rest.size() < whole) return std::nullopt;
  read_ += whole;
  return rest.first(whole);
}

}  // namespace sotto::reach
