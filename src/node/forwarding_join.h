// The ports of a member that lead to services of its host (docs/protocol.md section 5,
// "Forwards").
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/events.h"
#include "node/forwarding_session.h"
#include "node/forwarding_words.h"
#include "node/seldom.h"

namespace sotto::node {

// How long streams wait for a link to come back: a host forgets a session after that.
inline constexpr milliseconds streams_outlive_link{120'000};

// A port that is taken, though nobody is let in yet.
struct OpenPort {
  Forward forward;
  net::ServicePort port;
};
// All of them, or the error of one: transport's port_taken, bind.
Result<std::vector<OpenPort>> open_ports(const boost::asio::any_io_executor& executor,
                                         const std::vector<Forward>& forwards);

// Of one room, whose sessions come and go.  Its coroutines keep it alive until close().
class ForwardPorts final : public std::enable_shared_from_this<ForwardPorts> {
 public:
  using ClientId = std::uint64_t;  // Agent::ClientId

  // `tell` hears what becomes of it, until close().
  ForwardPorts(boost::asio::any_io_executor executor, std::function<void(const Event&)> tell,
               milliseconds patience = streams_outlive_link);

  // Lets programs in, for as long as the client stays.
  void add(ClientId client, std::vector<OpenPort> ports);
  void remove(ClientId client);  // the streams of its services end, too
  void close();

  // What takes the channels of a new session; streams open there from now on.
  std::shared_ptr<room::ChannelUser> attach(session::Session& session);

  // The link has come, or was lost.
  void on_link(bool stands);

 private:
  class Attached;
  struct Port;

  static boost::asio::awaitable<void> serve(std::shared_ptr<ForwardPorts> self,
                                            std::shared_ptr<Port> port);
  void wake();
  void refused(const std::string& service, wire::ForwardRefusal reason);

  boost::asio::any_io_executor executor_;
  std::function<void(const Event&)> tell_;
  milliseconds patience_;
  std::vector<std::shared_ptr<Port>> ports_;
  std::weak_ptr<Attached> attached_;
  boost::asio::steady_timer away_;  // runs while there is no link
  bool linked_ = false;
  Seldom seldom_;
};

}  // namespace sotto::node
