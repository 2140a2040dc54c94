// A frame of the chat channel, and a message as the store keeps it.
#include <cstdint>

#include "round_trip.h"
#include "wire/room_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  sotto::check_round_trip(sotto::wire::decode_room_frame, input);
  sotto::check_round_trip(sotto::wire::decode_message, input);
  return 0;
}
