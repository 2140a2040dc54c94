// Connecting one socket to one place of this machine: a socket file, or a port of loopback.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>

#include "base/async.h"
#include "base/time.h"
#include "net/socket_stream.h"
#include "net/tor_control.h"

namespace sotto::net {

// `who` begins the sentence of an error: "Tor's control port".  transport's unreachable, also
// for a path that is too long and for a host that is not a literal loopback address, so that
// no name is ever looked up; timeout.
Async<Socket> connect_here(boost::asio::any_io_executor executor, TorEndpoint endpoint,
                           std::string who, SteadyTime deadline);

}  // namespace sotto::net
