// A TURN server over a stream that says anything: the pieces in which it comes do not matter.
// The first byte says how large they are.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "reach/turn_framing.h"
#include "round_trip.h"

namespace {

using namespace sotto;

// The messages of `input`, and whether it is of no use behind them.
std::pair<std::vector<Bytes>, bool> cut(ByteView input, std::size_t piece) {
  reach::TurnStream stream;
  std::vector<Bytes> messages;
  while (!input.empty()) {
    const ByteView part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    stream.append(part);
    while (true) {
      const auto message = stream.next();
      if (!message) return {messages, true};
      if (!*message) break;
      messages.push_back(to_bytes(**message));
    }
  }
  return {messages, false};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const ByteView input = std::as_bytes(std::span(data, size)).subspan(1);
  const auto whole = cut(input, input.size());
  require(whole == cut(input, static_cast<std::size_t>(data[0]) % 31 + 1));
  std::size_t bytes = 0;
  for (const Bytes& message : whole.first) {
    require(message.size() >= 4 && message.size() % 4 == 0);
    bytes += message.size();
    const auto channel = reach::read_channel_data(message);
    if (!channel) continue;
    const Bytes again = reach::encode_channel_data(*channel, true);
    const std::size_t meant = 4 + channel->data.size();
    require(again.size() == message.size());
    require(std::equal(again.begin(), again.begin() + static_cast<std::ptrdiff_t>(meant),
                       message.begin()));
  }
  require(bytes <= input.size());
  return 0;
}
