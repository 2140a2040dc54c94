// What a client asks of a relay.
#include <cstdint>

#include "round_trip.h"
#include "wire/relay_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sotto::check_round_trip(sotto::wire::decode_relay_request,
                          std::as_bytes(std::span(data, size)));
  if (const auto request =
          sotto::wire::decode_relay_request(std::as_bytes(std::span(data, size)))) {
    // Nothing that a fuzzer writes is signed: what needs an owner has none.
    const bool held = sotto::wire::verify(*request, {}).has_value();
    const bool owned = std::visit(
        []<class Action>(const Action&) { return requires(Action a) { a.signature; }; },
        request->action);
    sotto::require(held != owned);
  }
  return 0;
}
