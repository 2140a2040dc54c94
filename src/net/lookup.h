// The addresses of a name, asked of the system's resolver.
//
// That one cannot be interrupted, and a dead name server keeps it for half a minute: it runs in
// threads of its own that nothing waits for, neither a coroutine that was ended nor the end of
// the process.  (Asio's resolver has its thread joined.)
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/time.h"

namespace sotto::net {

// In the order of the system (RFC 6724), at least one.  `executor` is that of the caller.
// Transport's name: the name has none; timeout, also when many other names are waited for.
// May be cancelled: closed.
Async<std::vector<boost::asio::ip::tcp::endpoint>> look_up(
    boost::asio::any_io_executor executor, std::string host, std::uint16_t port,
    SteadyTime deadline);

}  // namespace sotto::net
