// The ports that a relay listens on.  Internal to relay/.
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include "base/error.h"
#include "relay/address_block.h"
#include "relay/server.h"

namespace sotto::relay {

// `flag` is what the sentence tells the person to change.  transport's port_taken, bind.
Result<boost::asio::ip::tcp::acceptor> listen_on(boost::asio::any_io_executor executor,
                                                 const Endpoint& endpoint, const char* flag);

AddressBlock block_of(const boost::asio::ip::address& address);

// As many descriptors as this process may have; how many that are.
std::size_t raise_descriptor_limit();

// Memory of this process that is in use.
std::uint64_t resident_bytes();

}  // namespace sotto::relay
