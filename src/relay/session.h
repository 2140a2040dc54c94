// One connection of the relay, from its first byte to its end (docs/protocol.md section 7):
//
//   shaking   TLS and WebSocket, within their time
//   asking    RelayHello is out; requests are answered one after the other
//   waiting   after RelayOpen: for the host to take the ticket, ten seconds
//   spliced   its bytes are the other side's; nothing of wire/relay_message.h applies any more
//
//   shaking --> asking <--> waiting --> spliced --> gone
//      |           |------- RelayTake ---->|
//      +-----------+-- a limit, a fault of the client, its end --> gone
//
// Each lives on the executor of its socket; what may be called from elsewhere says so.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>

#include "relay/desk.h"
#include "relay/house.h"
#include "relay/splice.h"
#include "relay/web_socket.h"

namespace sotto::relay {

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `house` must outlive it.
  Session(House& house, Switchboard::Arrival arrival, const AddressBlock& block,
          WebSocket::Socket socket);

  // Runs it to its end and departs from the switchboard, but not when another session has taken
  // it for a splice: that one does both then.
  boost::asio::awaitable<void> run();

  // --- from any thread
  void invite(const wire::RelayTicket& ticket);  // tells it of a visitor
  void end(CloseCode code);
  void end_unless_spliced(CloseCode code);
  void abort();  // at once, without a word

 private:
  using Work = boost::asio::awaitable<bool>;  // whether the connection goes on

  boost::asio::awaitable<void> converse();
  Work answer(wire::RelayRequest request);
  Work reply(std::uint32_t number, Reply what);
  Work refuse(std::uint32_t number, wire::RelayRefusal reason);
  Work listen(std::uint32_t number, const wire::RelayListen& request);
  Work open(std::uint32_t number, const wire::RelayOpen& request);
  Work take(std::uint32_t number, const wire::RelayTake& request);
  Work keep_it(wire::RelayRequest request);

  // For the session that has taken this one's ticket, on this one's executor: says that it is
  // spliced.  Null: it has gone.
  boost::asio::awaitable<std::shared_ptr<WebSocket>> be_taken();
  Meter meter(const wire::SlotId& slot);

  boost::asio::awaitable<void> write(Bytes message);
  boost::asio::awaitable<void> write_waiting();
  boost::asio::awaitable<void> all_written();
  boost::asio::awaitable<void> close(CloseCode code);
  void begin_close(CloseCode code);
  void set_deadline(milliseconds time);

  House& house_;
  Switchboard::Arrival arrival_;
  std::shared_ptr<WebSocket> socket_;
  Visitor visitor_;
  boost::asio::steady_timer deadline_;  // of the next request
  boost::asio::steady_timer host_;      // until the ticket is taken
  std::uint32_t opening_ = 0;           // the number of the RelayOpen that waits
  std::deque<Bytes> outbox_;
  bool writing_ = false;
  bool listening_ = false;
  bool taken_ = false;
  bool spliced_ = false;
  bool broken_ = false;  // the client takes nothing
};

}  // namespace sotto::relay
