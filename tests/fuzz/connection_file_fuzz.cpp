// The content of a connection file, and the parts of it that the store keeps.
#include <cstdint>

#include "round_trip.h"
#include "wire/connection_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  sotto::check_round_trip(sotto::wire::decode_connection_file, input);
  sotto::check_round_trip(sotto::wire::decode_reach, input);
  sotto::check_round_trip(sotto::wire::decode_permissions, input);
  return 0;
}
