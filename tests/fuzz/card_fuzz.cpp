// A card, as peers send it.
#include <cstdint>

#include "round_trip.h"
#include "wire/card.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  const auto encode = [](const sotto::crypto::Card& card) { return sotto::wire::encode(card); };
  sotto::check_round_trip(sotto::wire::decode_card, encode, input);
  return 0;
}
