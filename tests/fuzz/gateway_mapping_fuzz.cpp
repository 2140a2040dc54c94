// A gateway that says anything, at any time: it is never asked more often than once for each of
// its words and each moment that came, and what is said to be mapped leads somewhere.
//
// The input is steps: 0 time until the next deadline, 1 seconds, 2 a release, else a datagram.
// Where one of PCP holds zeros for a nonce it gets ours, which no fuzzer finds.
#include <algorithm>
#include <cstdint>

#include "constant_entropy.h"
#include "reach/gateway_mapping.h"
#include "round_trip.h"
#include "steps.h"

namespace {

using namespace sotto;

void with_our_nonce(Bytes& datagram, const reach::MappingNonce& nonce) {
  if (datagram.size() < 60 || datagram[0] != std::byte{2}) return;
  const auto begin = datagram.begin() + 24;
  if (std::all_of(begin, begin + 12, [](std::byte one) { return one == std::byte{0}; })) {
    std::ranges::copy(nonce.view(), begin);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  Steps steps(std::as_bytes(std::span(data, size)));
  Constant entropy(7);
  const auto gateway = boost::asio::ip::make_address("192.168.1.1");
  SteadyTime now{};
  reach::GatewayMapping mapping({gateway, boost::asio::ip::make_address("192.168.1.10"),
                                 reach::MappedProtocol::tcp, 4321, 40000},
                                entropy, now);
  std::size_t moments = 1;
  std::size_t sent = 0;
  while (!steps.empty()) {
    const std::uint8_t step = steps.byte();
    ++moments;
    if (step == 0 && mapping.next_deadline()) {
      now = std::max(now, *mapping.next_deadline());
      mapping.on_time(now);
    } else if (step == 1) {
      now += seconds(steps.number());
      mapping.on_time(now);
    } else if (step == 2) {
      mapping.release(now);
    } else {
      Bytes datagram = steps.bytes();
      with_our_nonce(datagram, mapping.nonce());
      mapping.on_datagram({gateway, reach::mapping_port}, datagram, now);
    }
    for (const Bytes& datagram : mapping.take_datagrams()) {
      require(datagram.size() <= 60);
      ++sent;
    }
    for (const reach::MappingEvent& event : mapping.take_events()) {
      if (const auto* made = std::get_if<reach::MappingMade>(&event)) {
        require(made->external.port != 0 && reach::is_unicast(made->external.address));
        require(made->lifetime >= seconds(30) && made->lifetime <= std::chrono::hours(24));
      }
    }
    require(mapping.ended() != mapping.next_deadline().has_value());
  }
  require(sent <= moments);
  return 0;
}
