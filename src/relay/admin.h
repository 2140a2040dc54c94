// The second port, for the machine itself: GET /metrics and GET /healthz.
//
// No TLS and no password: it may only listen on a loopback address, which Server sees to.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>

#include "base/async.h"

namespace sotto::relay {

struct AdminPages {
  std::function<boost::asio::awaitable<std::string>()> metrics;
  // Empty: all is well.  Else why not, in words.
  std::function<boost::asio::awaitable<std::string>()> trouble;
};

// Serves until the acceptor is closed; the two must outlive it.  At most so many at once.
inline constexpr std::size_t admin_connections = 16;
boost::asio::awaitable<void> serve_admin(boost::asio::ip::tcp::acceptor& acceptor,
                                         const AdminPages& pages);

}  // namespace sotto::relay
