// A relayed address at a TURN server (RFC 8656), over UDP or a stream (TCP, TLS): bytes and
// time in, bytes out.
//
//   allocating --answered--> allocated --close()--> closing --> ended
//       |                        |                               ^
//       +------ refused, silent, forgotten by the server --------+
//
// While allocated: the allocation, the permissions and the channels are refreshed before they
// end (after 10, 5 and 10 minutes).  What others send to the relayed address comes from those
// with a permission only.  Nothing here authenticates what the peers say.
#pragma once
#include <map>
#include <variant>
#include <vector>

#include "reach/stun_request.h"
#include "reach/turn_framing.h"

namespace sotto::reach {

inline constexpr std::size_t turn_data_limit = 65'000;  // bytes of a peer's packet
inline constexpr std::size_t turn_peers_limit = 256;

struct TurnAllocated {
  Endpoint relayed;  // what peers send to
  Endpoint mapped;   // how the server sees us
  seconds lifetime{};
};
struct TurnPermitted {
  IpAddress peer;
  std::optional<Error> refused;  // else packets of `peer` come through
};
struct TurnData {
  Endpoint peer;
  Bytes bytes;
};
// Nothing follows.  turn_lost: another port should be tried; turn_full, stun_*: another server.
struct TurnEnded {
  std::optional<Error> error;  // none after close()
};
using TurnEvent = std::variant<TurnAllocated, TurnPermitted, TurnData, TurnEnded>;

struct TurnOptions {
  bool stream = false;
  seconds lifetime{600};
  StunTiming timing = {};
};

class TurnClient {
 public:
  // `entropy` must outlive it.
  TurnClient(const TurnOptions& options, StunCredentials credentials, Entropy& entropy,
             SteadyTime now);
  TurnClient(const TurnClient&) = delete;
  TurnClient& operator=(const TurnClient&) = delete;

  // What the server sent: a datagram, or a piece of the stream.
  void on_bytes(ByteView bytes, SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> next_deadline() const;  // nothing once ended

  // The following are for an allocation that there is (asserted), and for turn_peers_limit
  // peers.

  // Lets packets of `peer` through; TurnPermitted follows.  Again does nothing.
  void permit(const IpAddress& peer, SteadyTime now);
  // And gives it a channel, which costs 4 bytes a packet instead of 36.
  void bind(const Endpoint& peer, SteadyTime now);
  // To a peer with a permission; lost without a word otherwise, as in UDP.
  void send(const Endpoint& peer, ByteView data);

  // Gives the address back.
  void close(SteadyTime now);

  bool allocated() const { return state_ == State::allocated; }
  const Endpoint& relayed() const { return relayed_; }

  // To the server, each a datagram or for the stream in this order.
  std::vector<Bytes> take_sends() { return std::exchange(sends_, {}); }
  std::vector<TurnEvent> take_events() { return std::exchange(events_, {}); }

 private:
  enum class State : std::uint8_t { allocating, allocated, closing, ended };
  enum class Subject : std::uint8_t { allocate, refresh, permission, channel, release };
  struct Pending {
    Subject subject;
    Endpoint peer;  // of a permission (its address) or channel
    StunRequest request;
  };
  struct Permission {
    bool granted = false;
    std::optional<SteadyTime> again;  // nothing while it is asked for
  };
  struct Channel {
    std::uint16_t number = 0;
    bool bound = false;
    std::optional<SteadyTime> again;
  };

  void ask(Subject subject, const Endpoint& peer, SteadyTime now);
  void fill(Subject subject, const Endpoint& peer, StunMessage& message) const;
  void send_due(SteadyTime now);
  void on_message(ByteView bytes, SteadyTime now);
  void on_indication(const StunMessage& message);
  void on_channel_data(const ChannelData& data);
  void on_answer(const Pending& pending, Result<StunMessage> answer, SteadyTime now);
  void on_allocated(const StunMessage& answer, SteadyTime now);
  void on_refusal(const Pending& pending, Error error, SteadyTime now);
  void schedule_refresh(seconds lifetime, SteadyTime now);
  void end(std::optional<Error> error);

  TurnOptions options_;
  StunCredentials credentials_;
  Entropy& entropy_;
  TurnStream stream_;
  State state_ = State::allocating;
  Endpoint relayed_;
  std::optional<SteadyTime> refresh_;
  std::vector<Pending> pending_;
  std::map<IpAddress, Permission> permissions_;
  std::map<Endpoint, Channel> channels_;
  std::uint16_t next_channel_ = first_channel;
  std::vector<Bytes> sends_;
  std::vector<TurnEvent> events_;
};

}  // namespace sotto::reach
