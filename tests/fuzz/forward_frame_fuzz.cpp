// What goes over a forward channel: its metadata and its messages.
#include <cstdint>

#include "round_trip.h"
#include "wire/forward_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  sotto::check_round_trip(sotto::wire::decode_forward_open, input);
  sotto::check_round_trip(sotto::wire::decode_forward_frame, input);
  return 0;
}
