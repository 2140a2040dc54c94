// A connection to a relay, and what is said over it (wire/relay_message.h): requests, each
// answered before the next; who comes to a slot; and, once spliced, the other side's bytes.
//
// It believes the relay nothing that it can check: answers to questions that were not asked,
// and tickets that nobody wants, end it with RelayErrc::protocol.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "net/asio_timer.h"
#include "transport/byte_stream.h"
#include "transport/message_stream.h"
#include "wire/relay_message.h"

namespace sotto::node {

// A connection as it was made, before anything is said: net/web_socket.h's, or memory in tests.
struct RelayChannel {
  std::unique_ptr<transport::MessageStream> stream;
  crypto::Hash32 spki{};  // see wire::RelayBinding
  crypto::Hash32 exporter{};
};
using RelayDial = std::function<Async<RelayChannel>(SteadyTime deadline)>;

// How patient to be with a relay.
struct RelayTiming {
  milliseconds connect{10'000};  // until it has said hello
  milliseconds answer{10'000};   // to one request
  milliseconds idle{30'000};     // how long a connection is kept for the next request
};
inline constexpr RelayTiming relay_timing;
inline constexpr RelayTiming relay_timing_over_tor{milliseconds{40'000}, milliseconds{40'000},
                                                   milliseconds{120'000}};

// One relay, as those who connect to it see it.
struct RelayPlace {
  std::string name;   // HOST:PORT, for people
  std::string token;  // that it is shown if it wants one; empty: we have none
  RelayDial dial;
  RelayTiming timing = relay_timing;
};

// What a relay answers when it does not refuse.
using RelayAnswer = decltype(wire::RelayReply::kind);

class RelayConnection {
 public:
  // Connects and hears the relay's hello.  The dial's errors; RelayErrc::lost, silent,
  // protocol.
  static Async<std::unique_ptr<RelayConnection>> open(boost::asio::any_io_executor executor,
                                                      RelayPlace place);
  ~RelayConnection();

  // Signed by `owner` (alive until it ends) where the request is an owner's.  One at a time;
  // the answer is of the kind that belongs to the request, never RelayRefused.
  //
  // RelayErrc's of refusals; lost, silent, protocol, after which the connection is of no more
  // use, and token when the relay wants one and we have none.
  Async<RelayAnswer> ask(wire::RelayAction action, const crypto::Ed25519KeyPair* owner);

  // The next who comes, after a RelayListen was answered.  lost, protocol.
  Async<wire::RelayTicket> incoming();

  void close() noexcept;
  const std::string& relay() const { return place_.name; }

  // From a connection whose last answer was RelaySpliced: the other side's bytes.
  static std::unique_ptr<transport::ByteStream> spliced(
      std::unique_ptr<RelayConnection> connection);

 private:
  RelayConnection(boost::asio::any_io_executor executor, RelayPlace place,
                  RelayChannel channel);
  Async<void> hear_hello(SteadyTime deadline);
  Async<wire::RelayMessage> read();
  Async<RelayAnswer> exchange(wire::RelayRequest request);
  std::unexpected<Error> lies(const std::string& how);

  net::AsioTimer timer_;
  RelayPlace place_;
  std::unique_ptr<transport::MessageStream> stream_;
  wire::RelayBinding binding_;
  bool token_wanted_ = false;
  std::uint32_t asked_ = 0;
};

// Connects, asks one thing, and becomes the stream that the relay splices: RelayOpen and
// RelayTake.  The errors of both.
Async<std::unique_ptr<transport::ByteStream>> relay_splice(
    boost::asio::any_io_executor executor, RelayPlace place, wire::RelayAction action);

}  // namespace sotto::node
