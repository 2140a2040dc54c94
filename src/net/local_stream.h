// Byte streams over unix sockets: how we speak to tor's SOCKS port, and how tor brings the
// connections of an onion service to us.
//
// A socket file has mode 0600 in a directory of mode 0700: only this user comes in.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>

#include "base/time.h"
#include "transport/listener.h"

namespace sotto::net {

// transport's unreachable, when nobody listens there, and timeout.
Async<std::unique_ptr<transport::ByteStream>> dial_local(boost::asio::any_io_executor executor,
                                                         std::filesystem::path path,
                                                         SteadyTime deadline);

// Listens at `path` (at most 107 bytes), in the place of what an earlier process left there,
// and removes it in the end.  transport's bind.
Result<std::unique_ptr<transport::Listener>> listen_local(
    const boost::asio::any_io_executor& executor, const std::filesystem::path& path);

}  // namespace sotto::net
