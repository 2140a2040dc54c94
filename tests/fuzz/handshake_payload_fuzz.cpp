// The payload of any handshake message, padded or not.
#include <algorithm>
#include <cstdint>

#include "round_trip.h"
#include "wire/handshake.h"

namespace {

void check_all(sotto::ByteView payload) {
  sotto::check_round_trip(sotto::wire::decode_hello, payload);
  sotto::check_round_trip(sotto::wire::decode_joiner_auth, payload);
  sotto::check_round_trip(sotto::wire::decode_welcome, payload);
  sotto::check_round_trip(sotto::wire::decode_refused, payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  check_all(input);
  const auto payload = sotto::wire::unpad_handshake(input);
  if (!payload) return 0;
  sotto::require(std::ranges::equal(sotto::wire::pad_handshake(*payload, size), input));
  check_all(*payload);
  return 0;
}
