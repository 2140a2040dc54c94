// Path candidates of a peer, as they are kept: each message with a moment, newest first or not.
//
//   input = (moment, in 100 ms (1) | length (2) | RoomFrame)*
#include <cassert>
#include <cstdint>
#include <span>

#include "base/big_endian.h"
#include "room/candidates.h"
#include "wire/limits.h"
#include "wire/room_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  ByteView rest = std::as_bytes(std::span(data, size));
  room::HeardCandidates heard;
  SteadyTime now{};
  while (rest.size() >= 3) {
    now += std::to_integer<int>(rest[0]) * milliseconds(100);
    const std::size_t length =
        std::min<std::size_t>(load_be<std::uint16_t>(rest.subspan(1)), rest.size() - 3);
    const auto frame = wire::decode_room_frame(rest.subspan(3, length));
    rest = rest.subspan(3 + length);
    if (!frame) continue;
    const auto* said = std::get_if<wire::Candidates>(&*frame);
    if (said == nullptr) continue;
    const std::uint64_t before = heard.generation();
    const bool taken = heard.take(*said, now);
    assert(heard.generation() >= before);
    assert(!taken || said->generation > before);
    assert(heard.at(now).size() <= wire::candidates_limit);
    assert(!taken || said->lifetime == milliseconds(0) || heard.at(now) == said->candidates);
    auto later = heard;
    assert(later.at(now + milliseconds(wire::candidates_lifetime_limit_ms)).empty());
  }
  return 0;
}
