// What a relay says to its clients.
#include <cstdint>

#include "round_trip.h"
#include "wire/relay_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sotto::check_round_trip(sotto::wire::decode_relay_message,
                          std::as_bytes(std::span(data, size)));
  return 0;
}
