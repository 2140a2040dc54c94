// Pins as people paste them: what is accepted has one spelling.
#include <cstdint>

#include "round_trip.h"
#include "tls/pin.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const std::string text = to_string(std::as_bytes(std::span(data, size)));
  if (const auto pin = tls::pin_from(text)) require(tls::pin_text(*pin) == text);
  return 0;
}
