// One port of a gateway that leads to one of ours, for as long as it is wanted: PCP (RFC 6887),
// or NAT-PMP (RFC 6886) where the gateway knows no other.  Opens no socket: datagrams and time
// in, datagrams to port 5351 of the gateway out.
//
//              asks again before it ends
//             +---------------------------+
//             v                           |
//   begin -> pcp ----------------------> held ----> ends unanswered, or the gateway began anew:
//     ^       | another version, silence  ^         begin
//     |       v                           |
//     |      address -> nat_pmp ----------+
//     |       | refused, silence
//     +---- resting      release() -> releasing -> ended, from anywhere
//
// Only what comes from the gateway itself is looked at.  PCP's answers must have our nonce;
// NAT-PMP has none: whoever may send in the gateway's name on this network can lie about it.
#pragma once
#include <variant>
#include <vector>

#include "base/entropy.h"
#include "reach/gateway_epoch.h"
#include "reach/mapping_message.h"

namespace sotto::reach {

enum class MappingMeans : std::uint8_t { pcp, nat_pmp };

// The port leads to us for `lifetime` from now; said again after each renewal.  `external` may
// be another than was wished or than it was, and of a private network: then there is another
// NAT beyond this one (is_private(), is_carrier()).
struct MappingMade {
  Endpoint external;
  seconds lifetime{};
  MappingMeans means = MappingMeans::pcp;
  bool as_wished = true;  // the external port is the one that was wished, or none was
};
// It does not any more, and is asked for again at once.
struct MappingLost {
  bool gateway_restarted = false;  // else: nobody answered until it ended
};
// The gateway refuses or does not answer; asked again after a rest.  While a mapping is held it
// is about its renewal only.
struct MappingFailed {
  Error error;  // mapping_refused, mapping_timeout
};
// After release(), nothing else follows.
struct MappingReleased {
  bool confirmed = false;
};
using MappingEvent = std::variant<MappingMade, MappingLost, MappingFailed, MappingReleased>;

struct MappingOptions {
  IpAddress gateway;
  IpAddress self;  // our address as the gateway sees it, of its family
  MappedProtocol protocol = MappedProtocol::tcp;
  std::uint16_t internal_port = 0;  // 1024 at least: some gateways hang on others
  std::uint16_t external_port = 0;  // wished; 0: any
  seconds lifetime = std::chrono::minutes(75);
};

class GatewayMapping {
 public:
  // Asks at once.  `entropy` must outlive it.
  GatewayMapping(const MappingOptions& options, Entropy& entropy, SteadyTime now);
  // Takes back what an earlier run left: `nonce` is what that one's nonce() was.
  static GatewayMapping leftover(const MappingOptions& options, MappingMeans means,
                                 const MappingNonce& nonce, Entropy& entropy, SteadyTime now);

  // Anything that came to the socket, also to the groups of a gateway's announcements.
  void on_datagram(const Endpoint& from, ByteView datagram, SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> next_deadline() const;  // nothing once it has ended

  // Takes the mapping back; at most three datagrams and 1.75 s.
  void release(SteadyTime now);

  // Each to port 5351 of the gateway.
  std::vector<Bytes> take_datagrams() { return std::exchange(datagrams_, {}); }
  std::vector<MappingEvent> take_events() { return std::exchange(events_, {}); }

  const MappingNonce& nonce() const { return nonce_; }
  bool ended() const { return step_ == Step::ended; }

 private:
  enum class Step : std::uint8_t {
    pcp,        // asked, no answer yet; so also address and nat_pmp
    address,    // NAT-PMP tells the external address by itself
    nat_pmp,    //
    held,       // until expires_, asked for again at due_
    resting,    // refused or unanswered: again at due_
    releasing,  //
    ended,
  };

  void begin(Step step, SteadyTime now);
  void send(SteadyTime now);
  Bytes request() const;
  milliseconds wait(SteadyTime now);
  milliseconds until_renewal(SteadyTime now);
  void on_silence(SteadyTime now);
  void on_answer(const PcpMapped& answer, SteadyTime now);
  void on_answer(const PcpAnnounced& answer, SteadyTime now);
  void on_answer(const NatPmpAddress& answer, SteadyTime now);
  void on_answer(const NatPmpMapped& answer, SteadyTime now);
  void on_answer(const UnsupportedVersion& answer, SteadyTime now);
  void make(const Endpoint& external, seconds lifetime, SteadyTime now);
  void lose(bool gateway_restarted, SteadyTime now);
  void refuse(std::string_view reason, milliseconds rest, SteadyTime now);
  void rest(Error error, milliseconds rest, SteadyTime now);
  void end(bool confirmed);
  bool is_ours(MappedProtocol protocol, std::uint16_t internal_port) const;

  MappingOptions options_;
  Entropy& entropy_;
  MappingNonce nonce_;
  GatewayEpoch epoch_;
  MappingMeans means_ = MappingMeans::pcp;
  Step step_ = Step::pcp;
  int tries_ = 0;
  SteadyTime due_{};
  std::optional<SteadyTime> expires_;  // of what is held
  // What is asked for next: what was wished, later what we have.
  std::uint16_t suggested_port_ = 0;
  std::optional<IpAddress> suggested_address_;
  IpAddress nat_pmp_address_;  // what step address found
  std::vector<Bytes> datagrams_;
  std::vector<MappingEvent> events_;
};

}  // namespace sotto::reach
