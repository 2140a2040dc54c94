// A peer, and whoever else reaches our socket, with anything to say.  However much it is, what
// we send stays within a limit, nobody who does not know our password is answered, and time
// goes on.
//
// The input is steps: 0 time until the next deadline, 1 a candidate, 2 a check that is signed
// right, with what the input says in it, 3 an answer to our last packet, else any bytes.
#include <algorithm>
#include <cstdint>

#include "base/big_endian.h"
#include "constant_entropy.h"
#include "reach/ice_agent.h"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Steps steps(std::as_bytes(std::span(data, size)));
  Constant entropy(3);
  const auto ours = IceCredentials::random(entropy);
  const IceCredentials theirs{"peer", std::string(22, 'p')};
  IceOptions options;
  options.controlling = (steps.byte() & 1) != 0;
  options.credentials = ours;
  IceAgent agent(options, entropy);
  const auto home = *parse_endpoint("192.168.1.10:5000");
  agent.add_local({CandidateKind::host, CandidateTransport::udp, home, 0, home.address, {}, 1});
  SteadyTime now{};
  agent.set_remote(theirs, now);
  StunTransaction last;
  std::size_t given = 1;
  std::size_t sent = 0;
  while (!steps.empty()) {
    ++given;
    switch (steps.byte()) {
      case 0:
        if (const auto next = agent.next_deadline(now)) now = std::max(now, *next);
        break;
      case 1:
        agent.add_remote({static_cast<CandidateKind>(steps.byte() % 4),
                          static_cast<CandidateTransport>(steps.byte() % 4),
                          any_endpoint(steps), static_cast<std::uint32_t>(steps.number()),
                          sotto::to_string(steps.bytes())});
        break;
      case 2: {
        const IceCheck check{static_cast<std::uint32_t>(steps.number()),
                             (steps.byte() & 1) != 0, steps.number(), (steps.byte() & 1) != 0};
        agent.on_bytes(0, any_endpoint(steps),
                       encode_check(check, StunTransaction(), theirs, ours), now);
        break;
      }
      case 3:
        agent.on_bytes(0, any_endpoint(steps), encode_check_answer(last, home, theirs), now);
        break;
      default: {
        const std::size_t before = agent.take_sends().size();
        sent += before;
        agent.on_bytes(0, any_endpoint(steps), steps.bytes(), now);
        require(agent.take_sends().empty());
        break;
      }
    }
    agent.on_time(now);
    for (const IceSend& one : agent.take_sends()) {
      ++sent;
      const auto message = StunMessage::decode(one.bytes);
      require(message.has_value());
      require(is_unicast(one.to.address) && one.to.port != 0);
      if (message->message_class() == StunClass::request) last = message->transaction();
    }
    agent.take_events();
  }
  // An answer, and a check that is said seven times at most, for each thing that came.
  require(sent <= 9 * given + 8 * pairs_limit);
  return 0;
}
