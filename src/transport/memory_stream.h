// Two ByteStreams joined in memory, for tests: what one writes the other reads.
//
// Each direction holds at most `capacity` bytes; a writer waits for room, as with a socket.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <utility>

#include "transport/byte_stream.h"

namespace sotto::transport {

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> memory_pair(
    const boost::asio::any_io_executor& executor, std::size_t capacity = 1 << 16);

}  // namespace sotto::transport
