// A TURN server that knows our password and says anything: data comes from peers that were let
// in only, what is given leads somewhere, and once it has ended nothing happens any more.
//
// The input is steps: 0 time until the next deadline, 1 a signed answer to our last request, 2
// a refusal of it, 3 an indication, 4 to 7 what we do, else any bytes.  The first byte: whether
// it is a stream.
#include <algorithm>
#include <cstdint>
#include <set>

#include "constant_entropy.h"
#include "reach/turn_client.h"
#include "round_trip.h"
#include "steps.h"

namespace {

using namespace sotto;
using namespace sotto::reach;

Endpoint any_endpoint(Steps& steps) {
  const auto host =
      static_cast<std::uint32_t>(steps.byte()) << 24 | static_cast<std::uint32_t>(steps.byte());
  return {boost::asio::ip::address_v4(host), static_cast<std::uint16_t>(steps.number())};
}

Bytes answer_to(const StunMessage& request, Steps& steps) {
  StunMessage out(request.method(), StunClass::success, request.transaction());
  out.add_address(StunType::xor_relayed_address, any_endpoint(steps));
  out.add_address(StunType::xor_mapped_address, any_endpoint(steps));
  out.add_u32(StunType::lifetime, static_cast<std::uint32_t>(steps.number()));
  return out.encode_authentic(long_term_key("anna", "lab", "secret"));
}

Bytes refusal_of(const StunMessage& request, Steps& steps) {
  StunMessage out(request.method(), StunClass::error, request.transaction());
  out.add_error(300 + static_cast<int>(steps.number() % 400), "no");
  out.add(StunType::realm, "lab");
  out.add(StunType::nonce, ByteView(steps.bytes()));
  return out.encode();
}

Bytes indication(Steps& steps) {
  StunMessage out(StunMethod::data, StunClass::indication, StunTransaction());
  out.add_address(StunType::xor_peer_address, any_endpoint(steps));
  out.add(StunType::data, ByteView(steps.bytes()));
  return out.encode();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Steps steps(std::as_bytes(std::span(data, size)));
  Constant entropy(5);
  TurnOptions options;
  options.stream = (steps.byte() & 1) != 0;
  SteadyTime now{};
  TurnClient client(options, StunCredentials("anna", Secret(as_bytes("secret"))), entropy, now);
  StunMessage last(StunMethod::allocate, StunClass::request, StunTransaction());
  std::set<IpAddress> let_in;
  bool ended = false;
  while (!steps.empty()) {
    for (const Bytes& sent : client.take_sends()) {
      require(!ended);
      const auto message = StunMessage::decode(sent);
      if (message && message->message_class() == StunClass::request) last = *message;
    }
    const std::uint8_t step = steps.byte();
    const bool room = client.allocated() && let_in.size() < turn_peers_limit;
    if (step == 0 && client.next_deadline()) {
      now = std::max(now, *client.next_deadline());
      client.on_time(now);
    } else if (step == 1) {
      client.on_bytes(answer_to(last, steps), now);
    } else if (step == 2) {
      client.on_bytes(refusal_of(last, steps), now);
    } else if (step == 3) {
      client.on_bytes(indication(steps), now);
    } else if (step == 4 && room) {
      const Endpoint peer = any_endpoint(steps);
      let_in.insert(peer.address);
      client.permit(peer.address, now);
    } else if (step == 5 && room) {
      // One port a peer, so that there are no more channels than peers.
      const Endpoint peer{any_endpoint(steps).address, 5000};
      let_in.insert(peer.address);
      client.bind(peer, now);
    } else if (step == 6 && client.allocated()) {
      client.send(any_endpoint(steps), steps.bytes());
    } else if (step == 7) {
      client.close(now);
    } else {
      client.on_bytes(steps.bytes(), now);
    }
    for (const TurnEvent& event : client.take_events()) {
      require(!ended);
      if (const auto* got = std::get_if<TurnData>(&event)) {
        require(let_in.contains(got->peer.address));
      } else if (const auto* given = std::get_if<TurnAllocated>(&event)) {
        require(is_unicast(given->relayed.address) && given->relayed.port != 0);
      } else if (std::holds_alternative<TurnEnded>(event)) {
        ended = true;
      }
    }
    require(ended != client.next_deadline().has_value());
  }
  return 0;
}
