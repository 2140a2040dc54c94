// Requests to one relay that are no splices: its directory and mailboxes.
//
// One connection, made when something is asked and ended when nothing was for a while; requests
// go one after the other, in the order in which they were asked.  A connection that was kept
// and turns out to be gone is made anew once, with the same request: all of them may be
// repeated without harm.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>

#include "node/relay_connection.h"

namespace sotto::node {

class RelayDesk : public std::enable_shared_from_this<RelayDesk> {
 public:
  RelayDesk(boost::asio::any_io_executor executor, RelayPlace place);
  ~RelayDesk();

  // As RelayConnection::ask(), and the errors of opening one.  Any number may be pending.
  // `owner` must outlive the call.  Mailbox deposits and fetches want desks of their own
  // (docs/protocol.md section 7).
  Async<RelayAnswer> ask(wire::RelayAction action,
                         const crypto::Ed25519KeyPair* owner = nullptr);

  // Ends the connection; what is asked next makes another.
  void close();

  const std::string& relay() const { return place_.name; }  // HOST:PORT

 private:
  class Turn;
  Async<RelayAnswer> ask_now(const wire::RelayAction& action,
                             const crypto::Ed25519KeyPair* owner);
  void rest();

  boost::asio::any_io_executor executor_;
  RelayPlace place_;
  std::unique_ptr<RelayConnection> connection_;
  std::list<boost::asio::steady_timer> turns_;  // of those who ask; the first one's is now
  boost::asio::steady_timer idle_;
};

}  // namespace sotto::node
