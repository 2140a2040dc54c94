// The text of an event, and of GETINFO status/bootstrap-phase.
#include <cstdint>

#include "round_trip.h"
#include "tor/event.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const std::string text = to_string(std::as_bytes(std::span(data, size)));
  tor::Reply reply;
  reply.status = 650;
  reply.lines.push_back({text, std::nullopt});
  const auto check = [](const tor::Bootstrap& bootstrap) {
    require(bootstrap.progress >= 0 && bootstrap.progress <= 100);
    for (const char c : tor::describe(bootstrap)) {
      require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
    }
  };
  if (const auto event = tor::read_event(reply)) {
    if (const auto* bootstrap = std::get_if<tor::Bootstrap>(&*event)) check(*bootstrap);
    if (const auto* skew = std::get_if<tor::ClockSkew>(&*event)) {
      require(!tor::describe(*skew).empty());
    }
  }
  if (const auto phase = tor::read_bootstrap_phase(text)) check(*phase);
  // What is quoted comes back.
  if (const auto quoted = tor::quote(text)) {
    std::string_view rest = *quoted;
    require(tor::take_quoted(rest) == text && rest.empty());
  }
  return 0;
}
